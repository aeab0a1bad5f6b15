//! User names and passwords of receivers.

use hookyard_tests::{App, Profile, Receiver, both_profiles, fixtures};
use serde_json::json;

both_profiles!(
    a_user_name_and_a_password_become_a_header,
    what_conflicts_is_refused
);

async fn a_user_name_and_a_password_become_a_header(profile: Profile) {
    let app = App::start(profile).await;
    let (receiver, other) = (Receiver::start(), Receiver::start());
    let login = json!({ "basic_auth": { "username": "Aladdin", "password": "open sesame" } });
    let feed = fixtures::feed(&app.api, &receiver, &["order.paid"], login).await;
    let sent = async |n: usize| {
        let tested = app.api.test_feed(&feed, &json!({})).await.ok(200).json();
        let shown = tested["attempts"][0]["request"]["headers"]
            .as_array()
            .unwrap()
            .clone();
        assert!(
            shown.contains(&json!({ "name": "Authorization", "value": "***" })),
            "{tested}"
        );
        receiver.wait_for(n).await[n - 1]
            .header("authorization")
            .to_owned()
    };
    assert_eq!(
        sent(1).await,
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "the example of RFC 7617"
    );
    let shown = app.api.read_feed(&feed).await.ok(200).json();
    assert_eq!(
        (&shown["basic_auth"], &shown["headers"]),
        (
            &json!({ "username": "Aladdin", "password": null }),
            &json!([])
        )
    );
    // Edits that do not speak of it keep it, and another user name keeps the password.
    app.api
        .update_feed(
            &feed,
            &json!({ "headers": [{ "name": "X-A", "value": "a" }] }),
        )
        .await
        .ok(200);
    assert_eq!(sent(2).await, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    app.api
        .update_feed(
            &feed,
            &json!({ "basic_auth": { "username": "Jasmine", "password": null } }),
        )
        .await
        .ok(200);
    assert_eq!(sent(3).await, "Basic SmFzbWluZTpvcGVuIHNlc2FtZQ==");
    // Another origin needs it anew.
    let required = [("/basic_auth/password".to_owned(), "required".to_owned())];
    let moved = json!({ "url": other.url("/"), "basic_auth": { "username": "Jasmine" } });
    assert_eq!(app.api.update_feed(&feed, &moved).await.invalid(), required);
    let moved = json!({ "url": other.url("/") });
    assert_eq!(app.api.update_feed(&feed, &moved).await.invalid(), required);
    let moved = json!({ "url": other.url("/"), "basic_auth": null });
    let moved = app.api.update_feed(&feed, &moved).await.ok(200).json();
    assert_eq!(moved["basic_auth"], json!(null));
}

async fn what_conflicts_is_refused(profile: Profile) {
    let app = App::start(profile).await;
    let draft = |more: serde_json::Value| {
        let mut draft =
            json!({ "title": "Login", "enabled": false, "url": "https://example.com/" });
        draft
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        draft
    };
    let login = json!({ "username": "a", "password": "b" });
    let both = draft(
        json!({ "basic_auth": login, "headers": [{ "name": "authorization", "value": "Bearer x", "secret": true }] }),
    );
    let conflict = [("/basic_auth".to_owned(), "conflicts_with_header".to_owned())];
    assert_eq!(app.api.create_feed(&both).await.invalid(), conflict);
    let feed = fixtures::id(
        &app.api
            .create_feed(&draft(json!({ "basic_auth": login })))
            .await
            .ok(201)
            .json(),
    );
    let header = json!({ "headers": [{ "name": "Authorization", "value": "Bearer x" }] });
    assert_eq!(
        app.api.update_feed(&feed, &header).await.invalid(),
        conflict
    );
    let instead = json!({ "headers": header["headers"], "basic_auth": null });
    assert_eq!(
        app.api.update_feed(&feed, &instead).await.ok(200).json()["basic_auth"],
        json!(null)
    );
    for (login, pointer) in [
        (
            json!({ "username": "a:b", "password": "c" }),
            "/basic_auth/username",
        ),
        (
            json!({ "username": "", "password": "c" }),
            "/basic_auth/username",
        ),
        (
            json!({ "username": "a\r\nX: y", "password": "c" }),
            "/basic_auth/username",
        ),
        (
            json!({ "username": "a", "password": "b\nc" }),
            "/basic_auth/password",
        ),
        (json!({ "username": "a" }), "/basic_auth/password"),
    ] {
        assert_eq!(
            app.api
                .create_feed(&draft(json!({ "basic_auth": login })))
                .await
                .invalid()[0]
                .0,
            pointer,
            "{login}"
        );
    }
    // In the URL it would be shown and logged.
    let answer = app
        .api
        .create_feed(&draft(json!({ "url": "https://user:pass@example.com/" })))
        .await
        .problem(422, "invalid_fields");
    assert_eq!(
        (
            &answer["errors"][0]["pointer"],
            &answer["errors"][0]["code"]
        ),
        (&json!("/url"), &json!("url_userinfo"))
    );
    assert!(
        answer["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("basic_auth"),
        "{answer}"
    );
}
