//! What a call would do.

use hookyard_tests::{App, Profile, both_profiles, fixtures};
use serde_json::{Value, json};

both_profiles!(
    a_preview_says_what_the_call_then_does,
    a_preview_writes_nothing,
    a_preview_shows_members_only_to_those_who_may_read_them,
    a_preview_tells_what_is_wrong
);

fn pick(from: &Value, keys: &[&str]) -> Value {
    keys.iter()
        .map(|key| ((*key).to_owned(), from[*key].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

async fn a_preview_says_what_the_call_then_does(profile: Profile) {
    let app = App::start(profile).await;
    let (lobby, bar) = (
        fixtures::space(&app.api, "Lobby").await,
        fixtures::space(&app.api, "Bar").await,
    );
    let (gone, course) = (
        fixtures::space(&app.api, "Gone").await,
        fixtures::course(&app.api, "Rust 101").await,
    );
    let user = fixtures::user(&app.api, "ben@example.org").await;
    app.api
        .put_member(&bar, &user, &json!({ "role": "admin" }))
        .await
        .ok(200);
    app.api
        .put_member(&lobby, &user, &json!({ "status": "pending" }))
        .await
        .ok(200);
    let body = json!({
        "name": "Shop", "add_space_ids": [lobby, gone], "remove_space_ids": [bar], "add_course_ids": [course],
        "send_welcome_email": true, "field_map": { "email": "/customer/email", "first_name": "/customer/first" },
    });
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &body).await;
    app.api.delete_space(&gone).await.ok(204);
    for email in ["ines@example.org", "ben@example.org"] {
        let payload = json!({ "customer": { "email": email, "first": " Ines " }, "user_login": "admin", "user_pass": "s3cret-word" });
        let preview = app
            .api
            .preview_call(&webhook, &payload)
            .await
            .ok(200)
            .json();
        let done = app.api.call_json(&url, &payload).await.ok(200).json();
        let keys = ["user_created", "username", "changes"];
        assert_eq!(pick(&preview, &keys), pick(&done, &keys));
        assert_eq!(
            (&preview["status"], &preview["outcome"], &preview["errors"]),
            (&json!(200), &json!("success"), &json!([]))
        );
        assert_eq!(
            (&preview["email"], &preview["first_name"]),
            (&json!(email), &json!("Ines"))
        );
        let created = done["user_created"] == true;
        assert_eq!(
            preview["user_id"],
            if created {
                json!(null)
            } else {
                done["user_id"].clone()
            }
        );
        assert_eq!(
            (&preview["welcome_email"], &preview["password_set"]),
            (&json!(created), &json!(created))
        );
        assert!(!preview.to_string().contains("s3cret-word"));
    }
}

async fn a_preview_writes_nothing(profile: Profile) {
    let app = App::start(profile).await;
    let space = fixtures::space(&app.api, "Lobby").await;
    let (webhook, url) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Shop", "add_space_ids": [space] }),
    )
    .await;
    let before = app.api.read_incoming_webhook(&webhook).await.ok(200);
    app.api
        .update_incoming_webhook(&webhook, &json!({ "enabled": false }))
        .await
        .ok(200);
    let form = "email=ines%40example.org&first_name=Ines";
    let path = format!("/v1/incoming-webhooks/{webhook}/preview");
    let preview = app
        .api
        .send(
            reqwest::Method::POST,
            &path,
            Some(("application/x-www-form-urlencoded", form.into())),
        )
        .await;
    assert_eq!(
        preview.ok(200).json()["changes"][0]["action"],
        "added",
        "also while the webhook is disabled"
    );
    assert_eq!(app.api.list_users("").await.ok(200).list().len(), 0);
    assert_eq!(app.api.list_members(&space).await.ok(200).list().len(), 0);
    assert_eq!(app.api.list_calls(&webhook).await.ok(200).list().len(), 0);
    assert_eq!(app.api.all("/v1/events").await.len(), 0);
    assert_eq!(before.json()["call_count"], 0);
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .problem(404, "webhook_not_found");
}

async fn a_preview_tells_what_is_wrong(profile: Profile) {
    let app = App::start(profile).await;
    let user = fixtures::user(&app.api, "ines@example.org").await;
    app.api
        .update_user(&user, &json!({ "status": "blocked" }))
        .await
        .ok(200);
    let (webhook, _) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let preview = async |payload: Value| {
        app.api
            .preview_call(&webhook, &payload)
            .await
            .ok(200)
            .json()
    };
    let wrong =
        preview(json!({ "email": "nonsense", "user_pass": "a", "user_password": "b" })).await;
    assert_eq!(
        (&wrong["status"], &wrong["outcome"]),
        (&json!(422), &json!("invalid_fields"))
    );
    let pointers: Vec<_> = wrong["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].clone())
        .collect();
    assert_eq!(pointers, ["/email", "/user_password"]);
    let blocked = preview(json!({ "email": "Ines@example.org" })).await;
    assert_eq!(
        (&blocked["status"], &blocked["outcome"], &blocked["user_id"]),
        (&json!(403), &json!("user_blocked"), &json!(user))
    );
    let path = format!("/v1/incoming-webhooks/{webhook}/preview");
    let unread = app
        .api
        .send(
            reqwest::Method::POST,
            &path,
            Some(("application/json", "[".into())),
        )
        .await;
    unread.problem(400, "malformed");
}

async fn a_preview_shows_members_only_to_those_who_may_read_them(profile: Profile) {
    let app = App::start(profile).await;
    let secret = json!({ "title": "Secret", "privacy": "secret" });
    let space = fixtures::id(&app.api.create_space(&secret).await.ok(201).json());
    let body = json!({ "name": "Shop", "add_space_ids": [space] });
    let (webhook, _) = fixtures::incoming_webhook(&app.api, &body).await;
    let payload = json!({ "email": "ines@example.org" });
    app.api
        .limited_to(&["incoming-webhooks:read"])
        .await
        .preview_call(&webhook, &payload)
        .await
        .problem(403, "missing_scope");
    app.api
        .limited_to(&["incoming-webhooks:read", "community:read"])
        .await
        .preview_call(&webhook, &payload)
        .await
        .ok(200);
}
