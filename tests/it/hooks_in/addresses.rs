//! Which addresses are accepted, and when two are one person. (E…: the numbered edge cases of the
//! intake.)

use hookyard_tests::{App, Profile, both_profiles, fixtures};
use serde_json::{Value, json};

both_profiles!(
    addresses_are_trimmed_and_folded_but_nothing_else,
    addresses_that_cannot_be_are_named,
    a_plus_that_became_a_space_is_hinted_at,
);

async fn addresses_are_trimmed_and_folded_but_nothing_else(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let call = async |email: &str| {
        app.api
            .call_form(&url, &[("email", email)])
            .await
            .ok(200)
            .json()
    };
    // Each line is one person.
    let people: [&[&str]; 6] = [
        &[
            "Ines@Example.org",
            " ines@example.org\r\n",
            "INES@EXAMPLE.ORG",
            "\t\u{a0}ines@eXample.org ",
        ],
        &["ines+news@example.org", "INES+NEWS@example.org"],
        &["i.nes@example.org"],
        &["o'hara@example.org", "O'HARA@example.org"],
        &[
            "a@bücher.example",
            "a@xn--bcher-kva.example",
            "A@BÜCHER.example",
        ],
        &["x_y-z!#$%&*/=?^`{|}~@sub.example.co.uk"],
    ];
    let mut ids: Vec<Value> = Vec::new();
    for spellings in people {
        let first = call(spellings[0]).await;
        assert_eq!(first["user_created"], true, "{spellings:?}");
        for spelling in &spellings[1..] {
            let again = call(spelling).await;
            assert_eq!(
                (&again["user_id"], &again["user_created"]),
                (&first["user_id"], &json!(false)),
                "{spelling:?}"
            );
        }
        assert!(!ids.contains(&first["user_id"]), "{spellings:?}");
        ids.push(first["user_id"].clone());
    }
    let shown = async |id: &Value| {
        app.api.read_user(id.as_str().unwrap()).await.ok(200).json()["email"].clone()
    };
    assert_eq!(
        shown(&ids[0]).await,
        "Ines@example.org",
        "as it was given first, its domain in small letters"
    );
    assert_eq!(shown(&ids[4]).await, "a@xn--bcher-kva.example");
}

/// A refusal always names the field, and is never a database error.
async fn addresses_that_cannot_be_are_named(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let long_local = format!("{}@example.org", "x".repeat(65));
    let long_domain = format!("a@{}example.org", "abcdefgh.".repeat(30));
    let very_long = format!("{}@example.org", "x".repeat(7000));
    for email in [
        "a\rb@example.org",
        "a\nb@example.org",
        "a\0b@example.org",
        "a@exam\nple.org",
        "é@example.org",
        "инес@example.org",
        "\"a b\"@example.org",
        "\"a\"@example.org",
        "a@b",
        "a@",
        "@example.org",
        "a@@example.org",
        "a@.org",
        "a@example..org",
        "a@-example.org",
        "a@example-.org",
        "a@127.0.0.1",
        "a@[127.0.0.1]",
        "a.@example.org",
        ".a@example.org",
        "a..b@example.org",
        "a@exa_mple.org",
        "a@example.org,b@example.org",
        "Ines <a@example.org>",
        "mailto:a@example.org@",
        &long_local,
        &long_domain,
        &very_long,
    ] {
        let invalid = vec![("email".to_owned(), "invalid_email".to_owned())];
        assert_eq!(
            app.api.call_form(&url, &[("email", email)]).await.invalid(),
            invalid,
            "{email:?}"
        );
    }
    let beyond = "x".repeat(9000);
    assert_eq!(
        app.api
            .call_form(&url, &[("email", &beyond)])
            .await
            .invalid(),
        [("email".to_owned(), "too_long".to_owned())]
    );
    let of_length = |length: usize| {
        let labels = [59, 59, length - 197]
            .map(|length| "y".repeat(length))
            .join(".");
        format!("{}@{labels}.example.org", "x".repeat(64))
    };
    assert_eq!(of_length(254).len(), 254);
    assert_eq!(
        app.api
            .call_form(&url, &[("email", &of_length(255))])
            .await
            .invalid()[0]
            .1,
        "invalid_email"
    );
    let longest = of_length(254);
    app.api
        .call_form(&url, &[("email", &longest)])
        .await
        .ok(200);
    assert_eq!(app.api.list_users("").await.ok(200).list().len(), 1);
}

async fn a_plus_that_became_a_space_is_hinted_at(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let form = "application/x-www-form-urlencoded";
    let problem = app
        .api
        .call(&url, form, "email=ines+news@example.org")
        .await
        .problem(422, "invalid_fields");
    let error = &problem["errors"][0];
    assert_eq!(
        (&error["pointer"], &error["code"]),
        (&json!("email"), &json!("invalid_email"))
    );
    assert!(error["detail"].as_str().unwrap().contains("%2B"), "{error}");
    app.api
        .call(&url, form, "email=ines%2Bnews@example.org")
        .await
        .ok(200);
}
