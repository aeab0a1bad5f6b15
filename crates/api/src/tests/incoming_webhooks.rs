//! Incoming webhooks as their owners see them.

use domain::{
    api_key::Scope,
    id::{CourseId, IncomingWebhookId, SpaceId},
};
use serde_json::json;
use storage::incoming_webhooks;

use super::{key, start};
use crate::verification;

#[tokio::test(flavor = "multi_thread")]
async fn an_incoming_webhook_lives_from_post_to_delete() {
    let api = start().await;
    let webhook = api
        .create("/v1/incoming-webhooks", &json!({"name": " Course shop "}))
        .await;
    let expected = json!({
        "id": webhook["id"], "name": "Course shop", "enabled": true, "add_space_ids": [], "remove_space_ids": [], "add_course_ids": [],
        "remove_course_ids": [], "send_welcome_email": false, "url": webhook["url"], "previous_url_expires_at": null, "field_map": {}, "verification": {"scheme": "none"},
        "allowed_ips": [], "rate_limit_per_minute": null, "protect_roles": false, "expires_at": null, "call_count": 0,
        "last_called_at": null, "created_at": "2026-03-14T08:05:12Z", "updated_at": "2026-03-14T08:05:12Z",
        "warnings": [],
    });
    assert_eq!(webhook, expected);
    let token = webhook["url"]
        .as_str()
        .unwrap()
        .strip_prefix("http://127.0.0.1:8080/hooks/in/")
        .unwrap();
    assert_eq!(token.len(), 32, "192 bits in base64url");

    let path = format!("/v1/incoming-webhooks/{}", webhook["id"].as_str().unwrap());
    let change = json!({"name": "Shop", "expires_at": "2027-01-01T00:00:00Z", "field_map": {"email": "/customer/email"}});
    let changed = api.json("PATCH", &path, &change).await;
    assert_eq!(
        (changed.header("etag"), &changed.body["url"]),
        ("\"v2\"", &webhook["url"])
    );
    assert_eq!(
        (&changed.body["field_map"], &changed.body["expires_at"]),
        (&change["field_map"], &change["expires_at"])
    );
    let cleared = api.json("PATCH", &path, &json!({"expires_at": null})).await;
    assert_eq!(
        (&cleared.body["name"], &cleared.body["expires_at"]),
        (&json!("Shop"), &json!(null))
    );
    assert_eq!(
        api.json("PATCH", &path, &json!({})).await.header("etag"),
        "\"v3\"",
        "nothing changed"
    );
    assert_eq!(
        api.get("/v1/incoming-webhooks?search=SHO&enabled=true")
            .await
            .body["data"],
        json!([cleared.body])
    );
    assert_eq!(
        api.get("/v1/incoming-webhooks?enabled=false").await.body["data"],
        json!([])
    );
    assert_eq!(api.delete(&path).await.status, 204);
    api.get(&path).await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_url_is_whole_only_for_those_who_may_write() {
    let api = start().await;
    let webhook = api
        .create("/v1/incoming-webhooks", &json!({"name": "Shop"}))
        .await;
    let path = format!("/v1/incoming-webhooks/{}", webhook["id"].as_str().unwrap());
    let reader = key(&api.state, &[Scope::IncomingWebhooksRead]).await;
    let writer = key(&api.state, &[Scope::IncomingWebhooksWrite]).await;
    for (key, url) in [
        (reader, json!("http://127.0.0.1:8080/hooks/in/****")),
        (writer, webhook["url"].clone()),
    ] {
        let as_key = |path: &str| {
            api.request("GET", path)
                .insert_header(("authorization", format!("Bearer {key}")))
        };
        assert_eq!(api.send(as_key(&path)).await.body["url"], url);
        assert_eq!(
            api.send(as_key("/v1/incoming-webhooks")).await.body["data"][0]["url"],
            url
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_by_pointer() {
    let api = start().await;
    let space = api.create("/v1/spaces", &json!({"title": "Lobby"})).await["id"].clone();
    let (no_space, no_course) = (SpaceId::generate(), CourseId::generate());
    let body = json!({
        "name": "", "add_space_ids": [space, space], "remove_space_ids": [space], "allowed_ips": ["203.0.113.700"],
        "verification": {"scheme": "stripe", "tolerance_seconds": 5}, "rate_limit_per_minute": 0, "field_map": {"mail": "/a"},
    });
    let answer = api.json("POST", "/v1/incoming-webhooks", &body).await;
    answer.expect_problem(422, "invalid_fields");
    let expected = [
        "/name",
        "/add_space_ids/1",
        "/remove_space_ids/0",
        "/field_map/mail",
        "/allowed_ips/0",
        "/rate_limit_per_minute",
        "/verification/tolerance_seconds",
        "/verification/secret",
    ];
    assert_eq!(answer.pointers(), expected);

    let body = json!({"name": "Shop", "add_space_ids": [space, no_space], "remove_course_ids": [no_course]});
    let answer = api.json("POST", "/v1/incoming-webhooks", &body).await;
    answer.expect_problem(422, "invalid_fields");
    assert_eq!(
        answer.pointers(),
        ["/add_space_ids/1", "/remove_course_ids/0"]
    );
    let body = json!({"name": "Shop", "add_course_ids": [space]});
    assert_eq!(
        api.json("POST", "/v1/incoming-webhooks", &body)
            .await
            .pointers(),
        ["/add_course_ids/0"],
        "a space is no course"
    );
    let body = json!({"name": "Shop", "add_space_ids": [space]});
    api.create("/v1/incoming-webhooks", &body).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_for_callers_is_sealed_and_belongs_to_its_webhook() {
    let api = start().await;
    let body = json!({"name": "Shop", "verification": {"scheme": "github", "secret": "correct horse battery"}});
    let webhook = api.create("/v1/incoming-webhooks", &body).await;
    let id: IncomingWebhookId = webhook["id"].as_str().unwrap().parse().unwrap();
    let row = incoming_webhooks::find(&mut api.state.db.read().await.unwrap(), id)
        .await
        .unwrap();
    assert!(!row.verification.0.to_string().contains("horse"));
    let open = |row: &incoming_webhooks::IncomingWebhook| verification::open(&api.state.vault, row);
    assert_eq!(open(&row).unwrap().expose(), "correct horse battery");
    let mut other = row.clone();
    other.id = IncomingWebhookId::generate();
    assert!(open(&other).is_err(), "a secret cannot be moved");
    let sealed = &row.verification.0["sealed_secret"];
    for damaged in [
        json!({}),
        json!({"scheme": "github"}),
        json!({"scheme": "github", "sealed_secret": "AAAA"}),
        json!({"scheme": "none", "sealed_secret": sealed}),
        json!({"scheme": "of tomorrow", "sealed_secret": sealed}),
    ] {
        let mut row = row.clone();
        row.verification.0 = damaged;
        assert!(
            open(&row).is_err(),
            "nobody is believed: {:?}",
            row.verification.0
        );
    }
}
