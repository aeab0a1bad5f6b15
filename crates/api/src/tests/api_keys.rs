//! API keys over the API.

use domain::api_key::Scope;
use serde_json::{Value, json};

use super::{key, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_works_and_is_revoked() {
    let api = start().await;
    let body = json!({"name": "Storefront", "scopes": ["community:read"], "expires_at": "2026-03-15T00:00:00Z"});
    let post = || {
        api.send(
            api.request("POST", "/v1/api-keys")
                .insert_header(("idempotency-key", "k"))
                .set_json(&body),
        )
    };
    let made = post().await;
    assert_eq!(made.status, 201, "{}", made.body);
    let secret = made.body["key"].as_str().unwrap().to_owned();
    let repeat = post().await;
    assert_eq!(
        (
            repeat.status.as_u16(),
            &repeat.body["id"],
            &repeat.body["key"]
        ),
        (201, &made.body["id"], &Value::Null)
    );

    let with = |path: &str| {
        api.request("GET", path)
            .insert_header(("authorization", format!("Bearer {secret}")))
    };
    assert_eq!(api.send(with("/v1/spaces")).await.status, 200);
    api.send(with("/v1/api-keys"))
        .await
        .expect_problem(403, "missing_scope");
    let path = made.header("location").to_owned();
    let read = api.get(&path).await;
    assert_eq!(
        (read.header("etag"), read.body.get("key")),
        (made.header("etag"), None)
    );
    assert!(secret.starts_with(read.body["hint"].as_str().unwrap()));
    assert_eq!(
        api.get("/v1/api-keys?limit=1").await.body["data"],
        json!([read.body])
    );

    api.send(
        api.request("DELETE", &path)
            .insert_header(("if-match", "\"v1\"")),
    )
    .await
    .expect_problem(412, "stale");
    assert_eq!(
        api.send(
            api.request("DELETE", &path)
                .insert_header(("if-match", read.header("etag")))
        )
        .await
        .status,
        204
    );
    api.send(with("/v1/spaces"))
        .await
        .expect_problem(401, "unauthenticated");
    api.get(&path).await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_expire_and_never_hand_on_more_than_they_have() {
    let api = start().await;
    let body = json!({"name": "Short", "scopes": ["community:read"], "expires_at": "2026-03-14T08:06:00Z"});
    let made = api.json("POST", "/v1/api-keys", &body).await.body;
    let with = || {
        api.request("GET", "/v1/spaces").insert_header((
            "authorization",
            format!("bearer {}", made["key"].as_str().unwrap()),
        ))
    };
    assert_eq!(api.send(with()).await.status, 200);
    api.state.clock.advance(chrono::TimeDelta::minutes(1));
    api.send(with())
        .await
        .expect_problem(401, "unauthenticated");

    let manager = key(&api.state, &[Scope::KeysManage, Scope::CommunityWrite]).await;
    let ask = |scopes: Value| {
        let request = api
            .request("POST", "/v1/api-keys")
            .insert_header(("authorization", format!("Bearer {manager}")));
        api.send(request.set_json(json!({"name": "x", "scopes": scopes})))
    };
    assert_eq!(ask(json!(["community:read"])).await.status, 201);
    ask(json!(["admin"]))
        .await
        .expect_problem(403, "missing_scope");
    let wrong = ask(json!(["community:read", "nonsense"])).await;
    wrong.expect_problem(422, "invalid_fields");
    assert_eq!(wrong.pointers(), ["/scopes/1"]);
    let wrong = api
        .json(
            "POST",
            "/v1/api-keys",
            &json!({"name": " ", "scopes": [], "expires_at": "2020-01-01T00:00:00Z"}),
        )
        .await;
    assert_eq!(wrong.pointers(), ["/name", "/scopes", "/expires_at"]);
}
