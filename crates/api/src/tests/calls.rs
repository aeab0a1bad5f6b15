//! The intake: calls in every format, what they do, and their log.

use actix_web::test::TestRequest;
use serde_json::{Value, json};
use storage::{Window, events};

use super::{Answer, Api, start};

/// An incoming webhook that is made of `body`, and the path of its URL.
async fn webhook(api: &Api, body: Value) -> (String, String) {
    let webhook = api.create("/v1/incoming-webhooks", &body).await;
    let url = webhook["url"]
        .as_str()
        .unwrap()
        .strip_prefix("http://127.0.0.1:8080")
        .unwrap();
    (
        format!("/v1/incoming-webhooks/{}", webhook["id"].as_str().unwrap()),
        url.to_owned(),
    )
}

async fn call(api: &Api, url: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
    let request = TestRequest::post()
        .uri(url)
        .insert_header(("content-type", content_type))
        .set_payload(body.into());
    api.send(request).await
}

async fn form(api: &Api, url: &str, body: &str) -> Answer {
    call(api, url, "application/x-www-form-urlencoded", body).await
}

/// As `curl --form` sends it.
fn multipart(fields: &[(&str, &str)]) -> String {
    let part = |(name, value): &(&str, &str)| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    fields.iter().map(part).collect::<String>() + "--b--\r\n"
}

async fn event_kinds(api: &Api) -> Vec<String> {
    let window = Window {
        limit: 100,
        from: None,
    };
    let page = events::list(
        &mut api.state.db.read().await.unwrap(),
        &events::EventFilter::default(),
        &window,
    )
    .await
    .unwrap();
    page.rows.into_iter().rev().map(|row| row.kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_form_makes_a_user_who_joins_and_enrolls() {
    let api = start().await;
    let space = api.create("/v1/spaces", &json!({"title": "Lobby"})).await["id"].clone();
    let course = api
        .create("/v1/courses", &json!({"title": "Rust 101"}))
        .await["id"]
        .clone();
    let (path, url) = webhook(
        &api,
        json!({"name": "Shop", "add_space_ids": [space], "add_course_ids": [course]}),
    )
    .await;
    let fields = [
        ("email", "Ines@Example.org"),
        ("first_name", "Ines"),
        ("last_name", "Marlow"),
        ("user_login", "ines_marlow"),
        ("user_pass", " 0\"'ü "),
        ("utm_source", "newsletter"),
    ];
    let answer = call(
        &api,
        &url,
        "multipart/form-data; boundary=b",
        multipart(&fields),
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let changes = json!([{"kind": "space", "id": space, "action": "added"}, {"kind": "course", "id": course, "action": "added"}]);
    let expected = json!({
        "status": "success", "message": "Webhook executed.", "execution_timestamp": 1_773_475_512, "user_id": answer.body["user_id"],
        "call_id": answer.body["call_id"], "user_created": true, "username": "ines_marlow", "changes": changes,
    });
    assert_eq!(answer.body, expected);
    let user = api
        .get(&format!(
            "/v1/users/{}",
            answer.body["user_id"].as_str().unwrap()
        ))
        .await
        .body;
    assert_eq!(
        (&user["email"], &user["display_name"], &user["has_password"]),
        (
            &json!("Ines@example.org"),
            &json!("Ines Marlow"),
            &json!(true)
        )
    );
    assert_eq!(
        event_kinds(&api).await,
        ["user.created", "space.joined", "course.enrolled"]
    );

    let again = form(
        &api,
        &url,
        "email=INES%40example.org&first_name=Other&user_pass=other",
    )
    .await;
    assert_eq!(
        (&again.body["user_created"], &again.body["user_id"]),
        (&json!(false), &answer.body["user_id"])
    );
    let actions: Vec<_> = again.body["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["already_member", "already_enrolled"]);
    assert_eq!(event_kinds(&api).await.len(), 3, "no second event");
    let user_after = api
        .get(&format!(
            "/v1/users/{}",
            answer.body["user_id"].as_str().unwrap()
        ))
        .await
        .body;
    assert_eq!(user_after, user, "an existing user keeps everything");

    let webhook = api.get(&path).await.body;
    assert_eq!(
        (&webhook["call_count"], &webhook["last_called_at"]),
        (&json!(2), &json!("2026-03-14T08:05:12Z"))
    );
    let calls = api.get(&format!("{path}/calls")).await.body["data"].clone();
    assert_eq!(calls.as_array().unwrap().len(), 2);
    let first = api
        .get(&format!(
            "/v1/calls/{}",
            answer.body["call_id"].as_str().unwrap()
        ))
        .await
        .body;
    assert_eq!(first, calls[1]);
    assert_eq!(
        (&first["status"], &first["outcome"], &first["changes"]),
        (&json!(200), &json!("success"), &changes)
    );
    assert_eq!(
        (
            &first["payload"]["user_pass"],
            &first["payload"]["utm_source"]
        ),
        (&json!("***"), &json!("newsletter"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn json_with_a_field_map_and_removals_work_alike() {
    let api = start().await;
    let space = api.create("/v1/spaces", &json!({"title": "Lobby"})).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let other = api.create("/v1/spaces", &json!({"title": "Bar"})).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let user = api
        .create("/v1/users", &json!({"email": "ines@example.org"}))
        .await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    api.json(
        "PUT",
        &format!("/v1/spaces/{space}/members/{user}"),
        &json!({"role": "admin"}),
    )
    .await;
    api.json(
        "PUT",
        &format!("/v1/spaces/{other}/members/{user}"),
        &json!({"status": "pending"}),
    )
    .await;
    let (path, url) = webhook(
        &api,
        json!({"name": "Shop", "remove_space_ids": [space, other], "protect_roles": true, "field_map": {"email": "/customer/email"}}),
    )
    .await;
    let body =
        json!({"email": "no@example.org", "customer": {"email": "ines@example.org"}}).to_string();
    let answer = call(&api, &url, "application/json", body.clone()).await;
    assert_eq!(
        (
            &answer.body["user_id"],
            &answer.body["changes"][0]["action"]
        ),
        (&json!(user), &json!("protected"))
    );
    assert_eq!(answer.body["changes"][1]["action"], "request_withdrawn");
    api.json("PATCH", &path, &json!({"protect_roles": false}))
        .await;
    api.delete(&format!("/v1/spaces/{other}")).await;
    let answer = call(&api, &url, "application/json; charset=utf-8", body).await;
    assert_eq!(
        answer.body["changes"][0],
        json!({"kind": "space", "id": space, "action": "removed"})
    );
    assert_eq!(
        answer.body["changes"][1],
        json!({"kind": "space", "id": other, "action": "skipped", "reason": "not_found"})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_call_writes_nothing_but_its_log() {
    let api = start().await;
    let (path, url) = webhook(&api, json!({"name": "Shop"})).await;
    for (content_type, body, status, code) in [
        (
            "application/x-www-form-urlencoded",
            "first_name=Ines",
            422,
            "invalid_fields",
        ),
        (
            "application/x-www-form-urlencoded",
            "email=nobody&user_pass=secret",
            422,
            "invalid_fields",
        ),
        (
            "application/x-www-form-urlencoded",
            "email[]=a@b.org",
            422,
            "invalid_fields",
        ),
        (
            "application/x-www-form-urlencoded",
            "email=a@b.org&user_pass=x&user_password=y",
            422,
            "invalid_fields",
        ),
        (
            "application/x-www-form-urlencoded",
            "",
            422,
            "invalid_fields",
        ),
        (
            "application/x-www-form-urlencoded",
            "email=%ff",
            400,
            "malformed",
        ),
        ("application/json", "[1]", 400, "malformed"),
        ("application/json", "{", 400, "malformed"),
        ("multipart/form-data", "x", 400, "malformed"),
        ("text/plain", "email=a@b.org", 415, "unsupported_media_type"),
    ] {
        call(&api, &url, content_type, body)
            .await
            .expect_problem(status, code);
    }
    call(&api, &url, "application/json", vec![b' '; 256 * 1024 + 1])
        .await
        .expect_problem(413, "too_large");
    let zipped = TestRequest::post()
        .uri(&url)
        .insert_header(("content-encoding", "gzip"))
        .set_form([("email", "a@b.org")]);
    api.send(zipped)
        .await
        .expect_problem(415, "unsupported_media_type");
    let xml = TestRequest::post()
        .uri(&url)
        .insert_header(("content-type", "application/xml"))
        .set_payload("<email>a@b.org</email>");
    api.send(xml)
        .await
        .expect_problem(415, "unsupported_media_type");
    assert_eq!(form(&api, &url, "x=1").await.pointers(), ["email"]);

    assert_eq!(api.get("/v1/users").await.body["data"], json!([]));
    let calls = api.get(&format!("{path}/calls?limit=100")).await;
    assert_eq!(calls.body["data"].as_array().unwrap().len(), 14);
    assert_eq!(calls.body["data"][0]["outcome"], "invalid_fields");
    assert!(!calls.text.contains("secret"));
    assert_eq!(
        api.get(&path).await.body["call_count"],
        0,
        "only calls that succeeded count"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_disabled_and_expired_look_the_same() {
    let api = start().await;
    let (path, url) = webhook(&api, json!({"name": "Shop"})).await;
    assert_eq!(form(&api, &url, "email=a@b.org").await.status, 200);
    let unknown = form(
        &api,
        "/hooks/in/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "email=a@b.org",
    )
    .await;
    unknown.expect_problem(404, "webhook_not_found");
    for change in [
        json!({"enabled": false}),
        json!({"enabled": true, "expires_at": "2026-03-14T08:05:12Z"}),
    ] {
        api.json("PATCH", &path, &change).await;
        let mut answer = form(&api, &url, "email=a@b.org").await;
        answer.body["request_id"] = unknown.body["request_id"].clone();
        assert_eq!(answer.body, unknown.body);
    }
    api.json(
        "PATCH",
        &path,
        &json!({"expires_at": "2026-03-14T08:05:13Z"}),
    )
    .await;
    assert_eq!(form(&api, &url, "email=a@b.org").await.status, 200);
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
        let answer = api.send(api.request(method, &url)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("allow")),
            (405, "POST"),
            "{method}"
        );
    }
}
