//! The three ways to send a call.

use hookyard_tests::{
    App, Profile, Receiver, both_profiles,
    fixtures::{self, id},
};
use serde_json::json;

both_profiles!(
    the_documented_form_works_as_curl_sends_it,
    urlencoded_and_json_mean_the_same,
    curl_itself_is_understood,
    a_field_map_finds_nested_fields,
    the_events_of_a_call_reach_a_feed,
);

const BOUNDARY: &str = "------------------------d74496d66958873e";

/// A multipart body as `curl --form` writes it.
fn multipart(fields: &[(&str, &str)]) -> (String, String) {
    let part = |(name, value): &(&str, &str)| {
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
    };
    let body = format!(
        "{}--{BOUNDARY}--\r\n",
        fields.iter().map(part).collect::<String>()
    );
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

async fn the_documented_form_works_as_curl_sends_it(profile: Profile) {
    let app = App::start(profile).await;
    let (space, course) = (
        fixtures::space(&app.api, "Lobby").await,
        fixtures::course(&app.api, "Rust 101").await,
    );
    let body = json!({ "name": "Shop", "add_space_ids": [space], "add_course_ids": [course] });
    let (_, url) = fixtures::incoming_webhook(&app.api, &body).await;
    let fields = [
        ("email", "ines@example.org"),
        ("first_name", "Ines"),
        ("last_name", "Marlow"),
    ];
    let (content_type, form) = multipart(
        &[
            &fields[..],
            &[
                ("user_login", "ines_marlow"),
                ("user_pass", "a \"quoted\" word"),
            ],
        ]
        .concat(),
    );
    let done = app.api.call(&url, &content_type, form).await.ok(200).json();
    assert_eq!(
        (&done["status"], &done["message"]),
        (&json!("success"), &json!("Webhook executed."))
    );
    assert_eq!(
        (&done["user_created"], &done["username"]),
        (&json!(true), &json!("ines_marlow"))
    );
    assert!(
        done["execution_timestamp"]
            .as_i64()
            .is_some_and(|at| (at - chrono::Utc::now().timestamp()).abs() < 60),
        "{done}"
    );
    let added = |kind: &str, id: &str| json!({ "kind": kind, "id": id, "action": "added" });
    let mut changes = done["changes"].as_array().unwrap().clone();
    changes.sort_by_key(|change| std::cmp::Reverse(change["kind"].as_str().map(str::to_owned)));
    assert_eq!(changes, [added("space", &space), added("course", &course)]);
    let user = app
        .api
        .read_user(done["user_id"].as_str().unwrap())
        .await
        .ok(200)
        .json();
    assert_eq!(
        (&user["display_name"], &user["has_password"]),
        (&json!("Ines Marlow"), &json!(true))
    );
    let member = &app.api.list_members(&space).await.ok(200).list()[0];
    assert_eq!(
        (&member["user"]["id"], &member["role"], &member["status"]),
        (&done["user_id"], &json!("member"), &json!("active"))
    );
    assert_eq!(
        app.api.list_students(&course).await.ok(200).list()[0]["user"]["id"],
        done["user_id"]
    );
}

async fn urlencoded_and_json_mean_the_same(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let form = [
        ("email", " Form@Example.org "),
        ("first_name", "Zoë & Co"),
        ("utm_source", "x"),
        ("user_login", "form user"),
    ];
    let by_form = app.api.call_form(&url, &form).await.ok(200).json();
    let body = json!({ "email": "json@example.org", "first_name": "Zoë & Co", "user_login": "json user", "extra": { "a": [1] } });
    let by_json = app.api.call_json(&url, &body).await.ok(200).json();
    for (done, email, login) in [
        (&by_form, "form@example.org", "form user"),
        (&by_json, "json@example.org", "json user"),
    ] {
        let user = app
            .api
            .read_user(done["user_id"].as_str().unwrap())
            .await
            .ok(200)
            .json();
        assert_eq!(user["email"].as_str().unwrap().to_lowercase(), email);
        assert_eq!(
            (&user["username"], &user["first_name"]),
            (&json!(login), &json!("Zoë & Co"))
        );
    }
}

async fn curl_itself_is_understood(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let fields = [
        "email=ines@example.org",
        "first_name=Ines",
        "last_name=Marlow",
        "user_login=ines_m",
        "user_pass=x y",
    ];
    let mut command = std::process::Command::new("curl");
    command.args([
        "--silent",
        "--show-error",
        "--fail-with-body",
        "--noproxy",
        "*",
        "--location",
        &url,
    ]);
    for field in fields {
        command.args(["--form", field]);
    }
    let Ok(output) = command.output() else {
        return eprintln!("curl is not installed");
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let done: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&done["status"], &done["username"]),
        (&json!("success"), &json!("ines_m"))
    );
}

async fn a_field_map_finds_nested_fields(profile: Profile) {
    let app = App::start(profile).await;
    let map = json!({ "email": "/customer/email", "first_name": "/customer/first" });
    let (_, url) =
        fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop", "field_map": map })).await;
    let body = json!({ "customer": { "email": "ines@example.org", "first": "Ines" } });
    let done = app.api.call_json(&url, &body).await.ok(200).json();
    let user = app
        .api
        .read_user(done["user_id"].as_str().unwrap())
        .await
        .ok(200)
        .json();
    assert_eq!(
        (&user["email"], &user["first_name"]),
        (&json!("ines@example.org"), &json!("Ines"))
    );
    let required = |place: &str| vec![(place.to_owned(), "required".to_owned())];
    assert_eq!(
        app.api
            .call_json(&url, &json!({ "email": "a@b.org" }))
            .await
            .invalid(),
        required("/customer/email")
    );
    assert_eq!(
        app.api
            .call_form(&url, &[("email", "a@b.org")])
            .await
            .invalid(),
        required("customer[email]")
    );
}

async fn the_events_of_a_call_reach_a_feed(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    let (space, course) = (
        fixtures::space(&app.api, "Lobby").await,
        fixtures::course(&app.api, "Rust 101").await,
    );
    let body = json!({ "name": "Shop", "add_space_ids": [space], "add_course_ids": [course] });
    let (_, url) = fixtures::incoming_webhook(&app.api, &body).await;
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["user.*", "space.*", "course.*"],
        json!({}),
    )
    .await;
    let done = app
        .api
        .call_form(
            &url,
            &[("email", "ines@example.org"), ("user_pass", "s3cret-word")],
        )
        .await
        .ok(200)
        .json();
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200);
    let got: Vec<_> = receiver
        .wait_for(3)
        .await
        .iter()
        .map(|request| request.json())
        .collect();
    let mut kinds: Vec<_> = got
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        ["course.enrolled", "space.joined", "user.created"],
        "and nothing for the repeat"
    );
    assert!(
        got.iter()
            .all(|event| event["data"]["user"]["id"] == done["user_id"]),
        "{got:?}"
    );
    assert!(!format!("{got:?}").contains("s3cret-word"));
    for event in got {
        app.api.delivery(&id(&event), &feed, "succeeded").await;
    }
}
