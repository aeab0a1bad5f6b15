//! All data in the URL of a GET: a feed that could not send its events is not saved.

use hookyard_tests::{App, Profile, both_profiles, fixtures::id};
use serde_json::{Value, json};

both_profiles!(
    a_get_that_could_not_carry_its_events_is_refused,
    examples_of_custom_types_and_the_url_itself_count,
    a_preview_says_it_whatever_it_shows
);

fn feed(events: &[&str]) -> Value {
    json!({ "title": "Feed", "url": "https://example.com/hook", "method": "GET", "events": events })
}

/// What is said about the body, which is all that is wrong.
#[track_caller]
fn detail(answer: hookyard_tests::Answer) -> String {
    let problem = answer.problem(422, "invalid_fields");
    let errors = problem["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{problem}");
    assert_eq!(
        (&errors[0]["pointer"], &errors[0]["code"]),
        (&json!("/body"), &json!("too_large"))
    );
    errors[0]["detail"].as_str().unwrap().to_owned()
}

async fn a_get_that_could_not_carry_its_events_is_refused(profile: Profile) {
    let app = App::start(profile).await;
    let told = detail(app.api.create_feed(&feed(&["order_paid_done"])).await);
    assert!(
        told.contains("\"order.paid\"") && told.contains("Select fields, or use POST."),
        "{told}"
    );
    // Some of its events would fit: it says which do not.
    let mixed = feed(&["user.*", "order.paid", "webhook.test"]);
    let told = detail(app.api.create_feed(&mixed).await);
    assert!(
        told.contains("the example of \"order.paid\".") && !told.contains("user."),
        "{told}"
    );
    assert!(app.api.list_feeds("").await.ok(200).list().is_empty());
    // A draft may be unfinished, but not be enabled.
    let mut draft = feed(&["order.paid"]);
    draft["enabled"] = json!(false);
    let draft = id(&app.api.create_feed(&draft).await.ok(201).json());
    detail(app.api.enable_feed(&draft).await);
    detail(
        app.api
            .update_feed(&draft, &json!({ "enabled": true }))
            .await,
    );
    let fields = json!([{ "key": "id", "value": "{{ data.order.id }}" }]);
    let selected = json!({ "body": { "mode": "selected", "fields": fields } });
    app.api.update_feed(&draft, &selected).await.ok(200);
    app.api.enable_feed(&draft).await.ok(200);
    let all = json!({ "body": { "mode": "all" } });
    detail(app.api.update_feed(&draft, &all).await);
    let post = json!({ "body": { "mode": "all" }, "method": "POST" });
    app.api.update_feed(&draft, &post).await.ok(200);
    detail(
        app.api
            .update_feed(&draft, &json!({ "method": "GET" }))
            .await,
    );
    let kept = app.api.read_feed(&draft).await.ok(200).json();
    assert_eq!(
        (&kept["method"], &kept["enabled"]),
        (&json!("POST"), &json!(true))
    );
    // What fits is saved.
    app.api
        .create_feed(&feed(&["user.*", "webhook.test"]))
        .await
        .ok(201);
}

async fn examples_of_custom_types_and_the_url_itself_count(profile: Profile) {
    let app = App::start(profile).await;
    for (name, length) in [("note.short", 10), ("note.long", 7000)] {
        let example = json!({ "text": "x".repeat(length) });
        let kind = json!({ "name": name, "label": name, "group": "Tests", "example": example });
        app.api.create_event_type(&kind).await.ok(201);
    }
    app.api.create_feed(&feed(&["note.*"])).await.ok(201);
    let mut long = feed(&["note.*"]);
    long["url"] = json!(format!("https://example.com/{}", "y".repeat(1500)));
    let told = detail(app.api.create_feed(&long).await);
    assert!(
        told.contains("\"note.long\"") && !told.contains("note.short"),
        "{told}"
    );
    long["events"] = json!(["note.short"]);
    app.api.create_feed(&long).await.ok(201);
}

/// A preview reports what saving would, also when it shows an event that fits.
async fn a_preview_says_it_whatever_it_shows(profile: Profile) {
    let app = App::start(profile).await;
    let mut draft = feed(&["webhook.test", "order.paid"]);
    draft["enabled"] = json!(false);
    let saved = id(&app.api.create_feed(&draft).await.ok(201).json());
    for what in [json!({ "feed": draft }), json!({ "feed_id": saved })] {
        for (kind, fits) in [("webhook.test", true), ("order.paid", false)] {
            let mut asked = what.clone();
            asked["event_type"] = json!(kind);
            let preview = app.api.preview_feed(&asked).await.ok(200).json();
            assert_eq!(preview["url"].is_string(), fits, "{preview}");
            let errors = preview["errors"].as_array().unwrap();
            assert_eq!(errors.len(), 1, "{preview}");
            assert_eq!(
                (&errors[0]["pointer"], &errors[0]["code"]),
                (&json!("/body"), &json!("too_large"))
            );
        }
    }
}
