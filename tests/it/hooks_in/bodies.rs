//! What of a request is read, and what is not. (E…: the numbered edge cases of the intake.)

use hookyard_tests::{App, Profile, both_profiles, fixtures};
use reqwest::Method;
use serde_json::json;

both_profiles!(
    what_is_clear_is_understood,
    fields_are_found_in_any_case_and_one_object_down,
    what_is_not_a_call_is_answered_with_json,
    webhooks_that_are_gone_or_expired_look_like_unknown_ones,
    only_post_acts,
    a_body_needs_a_type_that_is_understood,
    sizes_and_parts_are_bounded_and_files_passed_over,
    of_repeated_fields_the_last_counts_but_lists_do_not,
    other_charsets_are_refused_not_guessed,
    unknown_fields_are_ignored_and_the_time_is_in_seconds,
);

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=b";

fn part(name: &str, more: &str, value: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{value}\r\n")
}

fn multipart(parts: &[String]) -> String {
    format!("{}--b--\r\n", parts.concat())
}

/// An empty body is a call without an address. A URL without a token is JSON too, not a
/// page.
async fn what_is_not_a_call_is_answered_with_json(profile: Profile) {
    let app = App::start(profile).await;
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    for content_type in [FORM, MULTIPART, "application/json", "text/plain"] {
        let required = vec![("email".to_owned(), "required".to_owned())];
        assert_eq!(
            app.api.call(&url, content_type, "").await.invalid(),
            required,
            "{content_type}"
        );
    }
    let token = url.rsplit('/').next().unwrap();
    for path in [
        "/hooks/in",
        "/hooks/in/",
        "/hooks",
        "/?fcom_action=incoming_webhook",
        &format!("/hooks/in/{token}/more"),
    ] {
        let answer = app
            .api
            .without_key()
            .send(
                Method::POST,
                path,
                Some((FORM, "email=a%40example.org".into())),
            )
            .await;
        assert_eq!(answer.ok(404).json()["status"], 404, "{path}");
    }
    assert_eq!(app.api.list_users("").await.ok(200).list().len(), 0);
    assert_eq!(
        app.api.read_incoming_webhook(&webhook).await.ok(200).json()["call_count"],
        0
    );
}

async fn webhooks_that_are_gone_or_expired_look_like_unknown_ones(profile: Profile) {
    let app = App::start(profile).await;
    let (gone, gone_url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Gone" })).await;
    app.api.delete_incoming_webhook(&gone).await.ok(204);
    let expired = json!({ "name": "Expired", "expires_at": chrono::Utc::now() - chrono::TimeDelta::seconds(1) });
    let (_, expired_url) = fixtures::incoming_webhook(&app.api, &expired).await;
    let unknown = format!("{}/hooks/in/{}", app.api.base, "x".repeat(32));
    let mut answers = Vec::new();
    for url in [
        &gone_url,
        &expired_url,
        &unknown,
        &unknown.replace('x', "%C3%A9"),
        &format!("{unknown}{}", "x".repeat(3000)),
    ] {
        let mut problem = app
            .api
            .call_form(url, &[("email", "ines@example.org")])
            .await
            .problem(404, "webhook_not_found");
        problem.as_object_mut().unwrap().remove("request_id");
        answers.push(problem);
    }
    assert!(
        answers.windows(2).all(|two| two[0] == two[1]),
        "{answers:?}"
    );
}

/// Previews of links must not act, and pages in browsers are granted nothing.
async fn only_post_acts(profile: Profile) {
    let app = App::configured(profile, |settings| {
        _ = settings.set("server.cors_origins", "https://app.example.org")
    })
    .await;
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let url = format!(
        "{}{}?email=ines%40example.org",
        app.api.base,
        url::Url::parse(&url).unwrap().path()
    );
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::OPTIONS] {
        let request = http
            .request(method.clone(), &url)
            .header("origin", "https://app.example.org");
        let answer = request
            .header("access-control-request-method", "POST")
            .send()
            .await
            .unwrap();
        let header = |name: &str| {
            answer
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(header("access-control-allow-origin"), None, "{method}");
        assert_eq!(
            (answer.status().as_u16(), header("allow").as_deref()),
            (405, Some("POST")),
            "{method}"
        );
    }
    assert_eq!(app.api.list_calls(&webhook).await.ok(200).list().len(), 0);
    assert_eq!(app.api.list_users("").await.ok(200).list().len(), 0);
}

/// What names no type at all, and JSON that is no object.
async fn a_body_needs_a_type_that_is_understood(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let address = format!("{}{}", app.api.base, url::Url::parse(&url).unwrap().path());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for body in ["ines@example.org", "--b\r\n", "<email>a=b</email>", "[1]"] {
        let answer = http.post(&address).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 415, "no Content-Type: {body}");
    }
    let twice = http
        .post(&address)
        .header("content-type", FORM)
        .header("content-type", "application/json")
        .body("{}");
    assert_eq!(twice.send().await.unwrap().status(), 415, "two of them");
    for body in [
        "null",
        "7",
        "true",
        "\"a\"",
        "[{\"email\":\"a@example.org\"}]",
        "{\"email\":\"a@example.org\"}}",
    ] {
        app.api
            .call(&url, "application/json", body)
            .await
            .problem(400, "malformed");
    }
    let deep = format!(
        "{{\"email\":\"a@example.org\",\"x\":{}{}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    app.api
        .call(&url, "application/json", deep)
        .await
        .problem(400, "malformed");
    let form = multipart(&[part("email", "", "a@example.org")]);
    for content_type in [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=other",
    ] {
        app.api
            .call(&url, content_type, form.clone())
            .await
            .problem(400, "malformed");
    }
    assert_eq!(app.api.list_users("").await.ok(200).list().len(), 0);
}

async fn sizes_and_parts_are_bounded_and_files_passed_over(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let email = part("email", "", "a@example.org");
    let with =
        |count: usize| multipart(&[vec![email.clone()], vec![part("x", "", "1"); count]].concat());
    app.api
        .call(&url, MULTIPART, with(256))
        .await
        .problem(413, "too_large");
    app.api
        .call(
            &url,
            MULTIPART,
            multipart(&[email.clone(), part("x", "", &"x".repeat(256 * 1024))]),
        )
        .await
        .problem(413, "too_large");
    assert_eq!(app.api.list_users("").await.ok(200).list().len(), 0);
    app.api.call(&url, MULTIPART, with(255)).await.ok(200);
    let more = |count: usize| (0..count).map(|i| format!("&x{i}=1")).collect::<String>();
    let object = |count: usize| {
        let members: String = (0..count).map(|i| format!(",\"x{i}\":[1,2]")).collect();
        format!("{{\"email\":\"a@example.org\"{members}}}")
    };
    for (content_type, whole, too_many) in [
        (FORM, more(255), more(256)),
        ("application/json", object(255), object(256)),
        (FORM, object(255), object(256)),
    ] {
        let form = |fields: String| match fields.strip_prefix('&') {
            Some(_) => format!("email=a@example.org{fields}"),
            None => fields,
        };
        app.api.call(&url, content_type, form(whole)).await.ok(200);
        app.api
            .call(&url, content_type, form(too_many))
            .await
            .problem(413, "too_large");
    }
    let file = part("email", "; filename=\"email.txt\"", "file@example.org");
    let required = vec![("email".to_owned(), "required".to_owned())];
    assert_eq!(
        app.api
            .call(&url, MULTIPART, multipart(std::slice::from_ref(&file)))
            .await
            .invalid(),
        required,
        "a file is no field"
    );
    let big = part("avatar", "; filename=\"a.png\"", &"x".repeat(200 * 1024));
    let done = app
        .api
        .call(&url, MULTIPART, multipart(&[big, email, file]))
        .await
        .ok(200)
        .json();
    assert_eq!(
        done["user_created"], false,
        "the text field beside the files"
    );
}

async fn of_repeated_fields_the_last_counts_but_lists_do_not(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let email = async |done: hookyard_tests::Answer| {
        let user = done.ok(200).json()["user_id"].as_str().unwrap().to_owned();
        app.api.read_user(&user).await.ok(200).json()["email"].clone()
    };
    let twice = "email=first%40example.org&email=last%40example.org";
    assert_eq!(
        email(app.api.call(&url, FORM, twice).await).await,
        "last@example.org"
    );
    let parts = multipart(&[
        part("email", "", "one@example.org"),
        part("email", "", "two@example.org"),
    ]);
    assert_eq!(
        email(app.api.call(&url, MULTIPART, parts).await).await,
        "two@example.org"
    );
    let twice = "{\"email\":\"three@example.org\",\"email\":\"four@example.org\"}";
    assert_eq!(
        email(app.api.call(&url, "application/json", twice).await).await,
        "four@example.org"
    );
    let invalid = vec![("email".to_owned(), "invalid_type".to_owned())];
    for body in [
        "email%5B%5D=a%40example.org",
        "email[]=a@example.org&email=b@example.org",
        "email[0]=a@example.org",
        "email[x][y]=1",
    ] {
        assert_eq!(
            app.api.call(&url, FORM, body).await.invalid(),
            invalid,
            "{body}"
        );
    }
    let parts = multipart(&[part("email[]", "", "a@example.org")]);
    assert_eq!(
        app.api.call(&url, MULTIPART, parts).await.invalid(),
        invalid
    );
    for value in [
        json!(["a@example.org"]),
        json!([]),
        json!({ "0": "a@example.org" }),
    ] {
        let invalid = vec![("/email".to_owned(), "invalid_type".to_owned())];
        assert_eq!(
            app.api
                .call_json(&url, &json!({ "email": value }))
                .await
                .invalid(),
            invalid,
            "{value}"
        );
    }
    for value in [json!(null), json!("")] {
        assert_eq!(
            app.api
                .call_json(&url, &json!({ "email": value }))
                .await
                .invalid()[0]
                .1,
            "required",
            "{value}"
        );
    }
    for value in [json!(7), json!(true), json!(1.5)] {
        assert_eq!(
            app.api
                .call_json(&url, &json!({ "email": value }))
                .await
                .invalid()[0]
                .1,
            "invalid_email",
            "{value}"
        );
    }
    assert_eq!(app.api.list_users("").await.ok(200).list().len(), 3);
}

/// Names are never stored broken.
async fn other_charsets_are_refused_not_guessed(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let latin1 =
        |before: &str, after: &str| [before.as_bytes(), b"In\xeas", after.as_bytes()].concat();
    let form = latin1("email=a%40example.org&first_name=", "");
    let parts = latin1(
        &[
            part("email", "", "a@example.org"),
            part("first_name", "", ""),
        ]
        .concat()
        .trim_end_matches("\r\n")
        .replace("\r\n\r\n\r\n", "\r\n\r\n"),
        "\r\n--b--\r\n",
    );
    let json_body = latin1("{\"email\":\"a@example.org\",\"first_name\":\"", "\"}");
    for (content_type, body) in [
        (FORM, form.clone()),
        (FORM, b"email=a%40example.org&first_name=In%EAs".to_vec()),
        (
            "application/x-www-form-urlencoded; charset=ISO-8859-1",
            form,
        ),
        (MULTIPART, parts),
        ("application/json", json_body.clone()),
        ("application/json; charset=latin1", json_body),
        // Bytes that are UTF-8 too, but would be other letters in the charset that is named.
        (
            "application/x-www-form-urlencoded; charset=windows-1252",
            "email=a%40example.org&first_name=In%C3%AAs".into(),
        ),
        (
            "application/json; charset=\"latin1\"",
            "{\"email\":\"a@example.org\",\"first_name\":\"Inês\"}".into(),
        ),
    ] {
        app.api
            .call(&url, content_type, body)
            .await
            .problem(400, "malformed");
    }
    assert_eq!(app.api.list_users("").await.ok(200).list().len(), 0);
    // ASCII is the same in all of them.
    for (i, charset) in ["ISO-8859-1", "utf-8", "\"UTF-8\"", "us-ascii"]
        .iter()
        .enumerate()
    {
        let body = format!("email=ascii{i}%40example.org&first_name=Ines");
        app.api
            .call(&url, &format!("{FORM}; charset={charset}"), body)
            .await
            .ok(200);
    }
    let done = app
        .api
        .call(
            &url,
            "application/json;charset=utf8",
            "{\"email\":\"b@example.org\",\"first_name\":\"Inês\"}",
        )
        .await;
    let user = app
        .api
        .read_user(done.ok(200).json()["user_id"].as_str().unwrap())
        .await
        .ok(200)
        .json();
    assert_eq!(user["first_name"], "Inês");
}

async fn unknown_fields_are_ignored_and_the_time_is_in_seconds(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let before = chrono::Utc::now().timestamp();
    let form = [
        ("email", "a@example.org"),
        ("__proto__", "x"),
        ("id", "user_1"),
        ("status", "blocked"),
        ("role", "admin"),
        ("", ""),
    ];
    let done = app.api.call_form(&url, &form).await.ok(200).json();
    let at = done["execution_timestamp"].as_i64().expect("an integer");
    assert!(
        (before..=chrono::Utc::now().timestamp()).contains(&at),
        "{at}"
    );
    let user = app
        .api
        .read_user(done["user_id"].as_str().unwrap())
        .await
        .ok(200)
        .json();
    assert_eq!(
        (&user["status"], user["id"] == "user_1"),
        (&json!("active"), false)
    );
    let body = json!({ "email": "b@example.org", "email_": 1, "constructor": { "prototype": [] }, "many": vec![0; 5000] });
    app.api.call_json(&url, &body).await.ok(200);
}

/// Types of vendors, a byte order mark, JSON that is sent as a form, and no type at all.
async fn what_is_clear_is_understood(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let json = "{\"email\":\"ines@example.org\",\"first_name\":\"In\u{ea}s\"}";
    let marked = format!("\u{feff}{json}");
    for (content_type, body) in [
        ("application/vnd.api+json", json),
        ("application/ld+json; charset=utf-8", json),
        ("application/json", &marked),
        (FORM, json),
        (FORM, "\u{feff}email=ines%40example.org"),
    ] {
        let done = app.api.call(&url, content_type, body.to_owned()).await;
        assert_eq!(done.ok(200).json()["username"], "ines", "{content_type}");
    }
    let address = format!("{}{}", app.api.base, url::Url::parse(&url).unwrap().path());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for body in [json, &marked, "email=ines%40example.org"] {
        let answer = http.post(&address).body(body.to_owned()).send().await;
        assert_eq!(answer.unwrap().status(), 200, "no Content-Type: {body}");
    }
    let users = app.api.list_users("").await.ok(200).list();
    assert_eq!(
        (users.len(), &users[0]["first_name"]),
        (1, &json!("In\u{ea}s"))
    );
}

/// In all formats, and a password there is not kept.
async fn fields_are_found_in_any_case_and_one_object_down(profile: Profile) {
    let app = App::start(profile).await;
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let inner = r#"{"EMAIL":"c@example.org","First_Name":"Ines","user_pass":"s3cret"}"#;
    for (content_type, body) in [
        (
            "application/json",
            r#"{"Email":"a@example.org","FIRST_NAME":"Ines"}"#.to_owned(),
        ),
        (
            "application/json",
            r#"{"id":7,"data":{"email":"b@example.org","first_name":"Ines"}}"#.to_owned(),
        ),
        (
            FORM,
            format!(
                "payload={}",
                url::form_urlencoded::byte_serialize(inner.as_bytes()).collect::<String>()
            ),
        ),
        (
            FORM,
            "body[Email]=d@example.org&body[first_name]=Ines".to_owned(),
        ),
        (
            MULTIPART,
            multipart(&[
                part("E-Mail", "", "x"),
                part("Email", "", "e@example.org"),
                part("first_Name", "", "Ines"),
            ]),
        ),
    ] {
        let done = app.api.call(&url, content_type, body).await.ok(200).json();
        let user = app.api.read_user(done["user_id"].as_str().unwrap()).await;
        assert_eq!(user.ok(200).json()["first_name"], "Ines", "{done}");
    }
    let calls = app.api.list_calls(&webhook).await.ok(200).json();
    assert!(!calls.to_string().contains("s3cret"), "{calls}");
    // What is found nowhere is at least hinted at.
    let lost = json!({ "order": { "buyer": { "mail": "f@example.org" } } });
    let problem = app.api.call_json(&url, &lost).await;
    let problem = problem.problem(422, "invalid_fields").to_string();
    assert!(problem.contains("/order/buyer/mail"), "{problem}");
}
