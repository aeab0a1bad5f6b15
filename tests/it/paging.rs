//! Lists: cursors that stay right while rows come and go.

use hookyard_tests::{App, Client, Profile, both_profiles, fixtures};
use serde_json::Value;

both_profiles!(
    pages_are_stable_while_rows_come_and_go,
    pages_go_both_ways,
    filters_stay_with_their_cursor,
    limits_are_checked,
);

async fn page(api: &Client, query: &str) -> (Vec<String>, Value) {
    let answer = api.list_spaces(query).await.ok(200);
    let titles = answer
        .list()
        .iter()
        .map(|space| space["title"].as_str().unwrap().to_owned())
        .collect();
    (titles, answer.json())
}

fn cursor(page: &Value, which: &str) -> String {
    page[which]
        .as_str()
        .unwrap_or_else(|| panic!("no {which}: {page}"))
        .to_owned()
}

async fn spaces(api: &Client, numbers: std::ops::Range<u32>) -> Vec<String> {
    let mut made = Vec::new();
    for number in numbers {
        made.push(fixtures::space(api, &format!("Space {number}")).await);
    }
    made
}

async fn pages_are_stable_while_rows_come_and_go(profile: Profile) {
    let app = App::start(profile).await;
    let made = spaces(&app.api, 0..7).await;
    let (first, json) = page(&app.api, "?limit=3").await;
    assert_eq!(
        (first, &json["prev_cursor"]),
        (
            vec!["Space 6".into(), "Space 5".into(), "Space 4".into()],
            &Value::Null
        )
    );
    // Newer rows appear, the row at the edge and one of the next page go.
    spaces(&app.api, 7..9).await;
    app.api.delete_space(&made[4]).await.ok(204);
    app.api.delete_space(&made[2]).await.ok(204);
    let (second, json) = page(
        &app.api,
        &format!("?limit=3&cursor={}", cursor(&json, "next_cursor")),
    )
    .await;
    assert_eq!(
        (second, &json["next_cursor"]),
        (
            vec!["Space 3".into(), "Space 1".into(), "Space 0".into()],
            &Value::Null
        )
    );
    let (back, json) = page(
        &app.api,
        &format!("?limit=3&cursor={}", cursor(&json, "prev_cursor")),
    )
    .await;
    assert_eq!(
        back,
        ["Space 7", "Space 6", "Space 5"],
        "what came meanwhile is seen on the way back"
    );
    let (front, json) = page(
        &app.api,
        &format!("?limit=3&cursor={}", cursor(&json, "prev_cursor")),
    )
    .await;
    assert_eq!(
        (front, &json["prev_cursor"]),
        (vec!["Space 8".into()], &Value::Null)
    );
}

async fn pages_go_both_ways(profile: Profile) {
    let app = App::start(profile).await;
    spaces(&app.api, 0..10).await;
    let (mut forth, mut pages, mut query) = (Vec::new(), Vec::new(), "?limit=4".to_owned());
    loop {
        let (titles, json) = page(&app.api, &query).await;
        forth.extend(titles.clone());
        pages.push((titles, json.clone()));
        let Some(next) = json["next_cursor"].as_str() else {
            break;
        };
        query = format!("?limit=4&cursor={next}");
    }
    let expected: Vec<_> = (0..10).rev().map(|n| format!("Space {n}")).collect();
    assert_eq!((forth, pages.len()), (expected, 3));
    for pair in pages.windows(2).rev() {
        let (titles, json) = page(
            &app.api,
            &format!("?limit=4&cursor={}", cursor(&pair[1].1, "prev_cursor")),
        )
        .await;
        assert_eq!(titles, pair[0].0);
        assert_eq!(
            json["prev_cursor"].is_null(),
            pair[0].1["prev_cursor"].is_null()
        );
    }
    let (_, exact) = page(&app.api, "?limit=10").await;
    assert_eq!(
        (&exact["next_cursor"], &exact["prev_cursor"]),
        (&Value::Null, &Value::Null),
        "no page that is empty"
    );
    assert_eq!(
        page(&app.api, "").await.0.len(),
        10,
        "the default limit is 25"
    );
}

async fn filters_stay_with_their_cursor(profile: Profile) {
    let app = App::start(profile).await;
    spaces(&app.api, 0..4).await;
    fixtures::space(&app.api, "Lobby").await;
    let (titles, json) = page(&app.api, "?search=space&limit=2").await;
    assert_eq!(titles, ["Space 3", "Space 2"]);
    let next = cursor(&json, "next_cursor");
    assert_eq!(
        page(&app.api, &format!("?search=space&limit=2&cursor={next}"))
            .await
            .0,
        ["Space 1", "Space 0"]
    );
    app.api
        .list_spaces(&format!("?search=lobby&cursor={next}"))
        .await
        .problem(400, "invalid_cursor");
    app.api
        .list_spaces(&format!("?cursor={next}"))
        .await
        .problem(400, "invalid_cursor");
    app.api
        .list_courses(&format!("?search=space&cursor={next}"))
        .await
        .problem(400, "invalid_cursor");
}

async fn limits_are_checked(profile: Profile) {
    let app = App::start(profile).await;
    for query in ["?limit=0", "?limit=101", "?limit=-1", "?limit=ten"] {
        assert_eq!(
            app.api.list_spaces(query).await.invalid()[0].0,
            "limit",
            "{query}"
        );
    }
    assert_eq!(
        app.api.list_spaces("?limti=3").await.invalid()[0].0,
        "limti"
    );
    app.api.list_spaces("?limit=100").await.ok(200);
}
