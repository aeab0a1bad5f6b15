//! What holds for every resource, shown on spaces.

use domain::api_key::Scope;
use serde_json::{Value, json};

use storage::idempotency::{self, IdempotencyKey};

use super::{key, start};
use crate::request::idempotency::digest;

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_scopes_come_before_everything_else() {
    let api = start().await;
    let weak = key(&api.state, &[Scope::CommunityRead]).await;
    let with = |key: &str| {
        api.request("POST", "/v1/spaces")
            .insert_header(("authorization", format!("Bearer {key}")))
    };
    for (request, status, code) in [
        (
            actix_web::test::TestRequest::post().uri("/v1/spaces"),
            401,
            "unauthenticated",
        ),
        (
            with("hyk_unknown").set_payload("not json"),
            401,
            "unauthenticated",
        ),
        (with(&weak).set_payload("not json"), 403, "missing_scope"),
        (
            with(&api.admin).set_payload("{}"),
            415,
            "unsupported_media_type",
        ),
        (
            with(&api.admin)
                .insert_header(("content-type", "application/json"))
                .set_payload("{"),
            400,
            "malformed",
        ),
        (
            with(&api.admin).set_json(json!({"title": "x".repeat(1024 * 1024)})),
            413,
            "too_large",
        ),
        (
            with(&api.admin).set_json(json!({"title": "x", "colour": 1})),
            422,
            "invalid_fields",
        ),
    ] {
        let answer = api.send(request).await;
        answer.expect_problem(status, code);
        assert_eq!(
            answer.header("www-authenticate"),
            if status == 401 { "Bearer" } else { "" }
        );
    }
    assert_eq!(
        api.json("POST", "/v1/spaces", &json!({"colour": 1}))
            .await
            .pointers(),
        ["/colour"]
    );
    assert_eq!(
        api.json("POST", "/v1/spaces", &json!({})).await.pointers(),
        ["/title"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_says_so() {
    let api = start().await;
    for path in [
        "/v1/spaces/nonsense",
        "/v1/spaces/user_01h455vb4pex5vsknk084sn02q",
        "/v1/spaces/space_01h455vb4pex5vsknk084sn02q",
        "/v1/x",
        "/",
    ] {
        api.get(path).await.expect_problem(404, "not_found");
    }
    for (method, path, allow) in [
        ("PUT", "/v1/spaces", "GET, HEAD, POST"),
        (
            "POST",
            "/v1/spaces/space_01h455vb4pex5vsknk084sn02q",
            "DELETE, GET, HEAD, PATCH",
        ),
        ("DELETE", "/health/live", "GET, HEAD"),
        ("POST", "/openapi.json", "GET, HEAD"),
        ("BREW", "/v1/users", "GET, HEAD, POST"),
    ] {
        let answer = api.send(api.request(method, path)).await;
        answer.expect_problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), allow);
    }
    assert_eq!(
        api.send(api.request("HEAD", "/v1/spaces")).await.status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_and_cursors_cannot_be_made_up() {
    let api = start().await;
    for n in 0..5 {
        api.create("/v1/spaces", &json!({"title": format!("Room {n}")}))
            .await;
    }
    let titles = |body: &Value| -> Vec<String> {
        body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|space| space["title"].as_str().unwrap()[5..].to_owned())
            .collect()
    };
    let first = api.get("/v1/spaces?limit=2&search=room").await.body;
    assert_eq!(
        (titles(&first), &first["prev_cursor"]),
        (vec!["4".to_owned(), "3".to_owned()], &Value::Null)
    );
    let next = first["next_cursor"].as_str().unwrap();
    api.create("/v1/spaces", &json!({"title": "Room 5"})).await;
    let second = api
        .get(&format!("/v1/spaces?limit=2&search=room&cursor={next}"))
        .await
        .body;
    assert_eq!(
        titles(&second),
        ["2", "1"],
        "new rows do not move the pages"
    );
    let last = api
        .get(&format!(
            "/v1/spaces?limit=2&search=room&cursor={}",
            second["next_cursor"].as_str().unwrap()
        ))
        .await
        .body;
    assert_eq!(
        (titles(&last), &last["next_cursor"]),
        (vec!["0".to_owned()], &Value::Null)
    );
    let back = api
        .get(&format!(
            "/v1/spaces?limit=2&search=room&cursor={}",
            second["prev_cursor"].as_str().unwrap()
        ))
        .await
        .body;
    assert_eq!(titles(&back), ["4", "3"]);

    for path in [
        format!("/v1/spaces?cursor={next}"),
        format!("/v1/courses?search=room&cursor={next}"),
        "/v1/spaces?cursor=AAAA".into(),
    ] {
        api.get(&path).await.expect_problem(400, "invalid_cursor");
    }
    for (query, pointer) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("serach=x", "serach"),
    ] {
        let answer = api.get(&format!("/v1/spaces?{query}")).await;
        answer.expect_problem(422, "invalid_fields");
        assert_eq!(answer.pointers(), [pointer]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gets_the_first_answer() {
    let api = start().await;
    let post = |key: &str, body: &Value| {
        api.send(
            api.request("POST", "/v1/spaces")
                .insert_header(("idempotency-key", key))
                .set_json(body),
        )
    };
    let body = json!({"title": "Lobby"});
    let first = post("a-1", &body).await;
    let repeat = post("a-1", &body).await;
    assert_eq!(
        (first.status.as_u16(), first.header("idempotency-replayed")),
        (201, "")
    );
    assert_eq!(
        (
            repeat.status.as_u16(),
            repeat.header("idempotency-replayed"),
            &repeat.body
        ),
        (201, "true", &first.body)
    );
    assert_eq!(
        (repeat.header("location"), repeat.header("etag")),
        (first.header("location"), "\"v1\"")
    );
    assert_ne!(repeat.header("x-request-id"), first.header("x-request-id"));
    post("a-1", &json!({"title": "Bar"}))
        .await
        .expect_problem(422, "idempotency_key_reused");
    assert_eq!(
        api.get("/v1/spaces").await.body["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    post("a-2", &json!({}))
        .await
        .expect_problem(422, "invalid_fields");
    assert_eq!(
        post("a-2", &json!({})).await.header("idempotency-replayed"),
        "true",
        "refusals are kept, too"
    );
    for bad in ["", "with space", &"x".repeat(256)] {
        post(bad, &body)
            .await
            .expect_problem(400, "invalid_idempotency_key");
    }
    let large = json!({"title": "x".repeat(1024 * 1024)});
    post("a-3", &large).await.expect_problem(413, "too_large");

    let other = key(&api.state, &[Scope::CommunityWrite]).await;
    let request = api
        .request("POST", "/v1/spaces")
        .insert_header(("authorization", format!("Bearer {other}")));
    let theirs = api
        .send(
            request
                .insert_header(("idempotency-key", "a-1"))
                .set_json(&body),
        )
        .await;
    assert_eq!(
        (theirs.status.as_u16(), &theirs.body["slug"]),
        (201, &json!("lobby-2")),
        "keys belong to their caller"
    );

    let weak = key(&api.state, &[Scope::CommunityRead]).await;
    for _ in 0..2 {
        let request = api
            .request("POST", "/v1/spaces")
            .insert_header(("authorization", format!("Bearer {weak}")));
        let answer = api
            .send(
                request
                    .insert_header(("idempotency-key", "a-4"))
                    .set_json(&body),
            )
            .await;
        answer.expect_problem(403, "missing_scope");
        assert_eq!(
            answer.header("idempotency-replayed"),
            "",
            "the scope may come tomorrow"
        );
    }
    api.state.clock.advance(chrono::TimeDelta::hours(25));
    assert_eq!(
        post("a-1", &json!({"title": "Bar"})).await.status,
        201,
        "after 24 hours the key is free"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_still_runs_is_not_run_twice() {
    let api = start().await;
    let post = || {
        api.send(
            api.request("POST", "/v1/spaces")
                .insert_header(("idempotency-key", "busy"))
                .set_json(json!({"title": "Lobby"})),
        )
    };
    let (one, other) = futures_util::future::join(post(), post()).await;
    let made = [&one, &other]
        .into_iter()
        .filter(|answer| answer.status == 201 && answer.header("idempotency-replayed").is_empty())
        .count();
    assert_eq!(made, 1, "{} {}", one.body, other.body);

    // As it is while a request with this key runs: claimed, without an answer.
    let caller = api.get("/v1/api-keys").await.body["data"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let now = api.state.clock.now();
    let running = IdempotencyKey {
        key_hash: digest(&[caller.as_bytes(), b"held"]),
        fingerprint: api
            .state
            .vault
            .tag(&digest(&[b"POST", b"/v1/spaces", br#"{"title":"Bar"}"#]))
            .to_vec(),
        answer: None,
        locked_until: now + chrono::TimeDelta::seconds(60),
        expires_at: now + chrono::TimeDelta::hours(24),
    };
    idempotency::claim(&mut api.state.db.write().await.unwrap(), &running, now)
        .await
        .unwrap();
    let post = || {
        api.send(
            api.request("POST", "/v1/spaces")
                .insert_header(("idempotency-key", "held"))
                .set_json(json!({"title": "Bar"})),
        )
    };
    let answer = post().await;
    answer.expect_problem(409, "idempotency_in_progress");
    assert_eq!(answer.header("retry-after"), "1");
    api.state.clock.advance(chrono::TimeDelta::seconds(61));
    assert_eq!(
        post().await.status,
        201,
        "the process that ran it must have died"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn request_ids_cors_and_health() {
    let api = start().await;
    let answer = api
        .send(
            api.request("GET", "/v1/spaces")
                .insert_header(("x-request-id", "mine-1"))
                .insert_header(("origin", "https://app.example.org")),
        )
        .await;
    assert_eq!(
        (
            answer.header("x-request-id"),
            answer.header("access-control-allow-origin")
        ),
        ("mine-1", "https://app.example.org")
    );
    assert!(
        answer
            .header("access-control-expose-headers")
            .contains("etag"),
        "{:?}",
        answer.headers
    );
    let ask = |origin: &str| {
        let request = actix_web::test::TestRequest::default()
            .method(actix_web::http::Method::OPTIONS)
            .uri("/v1/spaces/x");
        request
            .insert_header(("origin", origin))
            .insert_header(("access-control-request-method", "PATCH"))
    };
    let granted = api.send(ask("https://app.example.org")).await;
    assert_eq!(granted.status, 200);
    assert!(
        granted
            .header("access-control-allow-methods")
            .contains("PATCH")
    );
    api.send(ask("https://evil.example"))
        .await
        .expect_problem(400, "bad_request");

    assert_eq!(api.get("/health/live").await.body["status"], "ok");
    let ready = api.get("/health/ready").await;
    assert_eq!(ready.status, 200, "{}", ready.body);
    api.create("/v1/users", &json!({"email": "ines@example.org"}))
        .await;
    api.state.clock.advance(chrono::TimeDelta::minutes(6));
    let stuck = api.get("/health/ready").await;
    assert_eq!(
        (stuck.status.as_u16(), &stuck.body["status"]),
        (503, &json!("bad"))
    );
    let bad: Vec<_> = stuck.body["parts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|part| part["ok"] == false)
        .collect();
    assert_eq!((bad.len(), &bad[0]["name"]), (1, &json!("outbox")));
}
