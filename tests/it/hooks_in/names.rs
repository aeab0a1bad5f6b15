//! What becomes of names, logins and passwords. (E…: the numbered edge cases of the intake.)

use argon2::{Argon2, PasswordVerifier, password_hash::phc::PasswordHash};
use hookyard_tests::{App, Profile, both_profiles, fixtures};
use serde_json::{Value, json};

both_profiles!(
    names_are_cleaned_cut_and_shown,
    a_login_that_cannot_be_had_is_replaced,
    an_address_that_gives_no_login_is_no_obstacle,
    one_local_part_makes_many_logins,
    simultaneous_people_of_one_name_all_get_a_login,
    passwords_are_taken_as_they_are_or_refused,
);

/// A call that makes a user; the user.
async fn made(app: &App, url: &str, form: &[(&str, &str)]) -> Value {
    let done = app.api.call_form(url, form).await.ok(200).json();
    assert_eq!(done["user_created"], true, "{form:?}");
    let user = app
        .api
        .read_user(done["user_id"].as_str().unwrap())
        .await
        .ok(200)
        .json();
    assert_eq!(
        user["username"], done["username"],
        "the answer tells the login"
    );
    user
}

async fn names_are_cleaned_cut_and_shown(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let long = "é".repeat(300);
    let cases = [
        (
            "  Inês ",
            "<b>Marlow</b>\r\n",
            "Inês",
            "Marlow",
            "Inês Marlow",
        ),
        ("<script>x</script>", "\u{0}\u{7}\u{1b}", "x", "", "x"),
        (
            "👩‍🚀 Zoë",
            "محمد علي",
            "👩‍🚀 Zoë",
            "محمد علي",
            "👩‍🚀 Zoë محمد علي",
        ),
        (
            "",
            "'; DROP TABLE users; --",
            "",
            "'; DROP TABLE users; --",
            "'; DROP TABLE users; --",
        ),
        ("{{ 7*7 }}", "%s", "{{ 7*7 }}", "%s", "{{ 7*7 }} %s"),
    ];
    for (i, (first, last, shown_first, shown_last, shown)) in cases.into_iter().enumerate() {
        let user = made(
            &app,
            &url,
            &[
                ("email", &format!("u{i}00@example.org")),
                ("first_name", first),
                ("last_name", last),
            ],
        )
        .await;
        assert_eq!(
            (&user["first_name"], &user["last_name"]),
            (&json!(shown_first), &json!(shown_last)),
            "{first:?}"
        );
        assert_eq!(user["display_name"], shown, "{first:?}");
    }
    let user = made(
        &app,
        &url,
        &[("email", "long@example.org"), ("first_name", &long)],
    )
    .await;
    assert_eq!(
        user["first_name"],
        "é".repeat(100),
        "characters are counted, not bytes"
    );
    let nobody = made(
        &app,
        &url,
        &[
            ("email", "nameless@example.org"),
            ("first_name", " "),
            ("last_name", ""),
        ],
    )
    .await;
    assert_eq!(
        (&nobody["display_name"], &nobody["first_name"]),
        (&json!("nameless"), &json!("")),
        "the login stands in"
    );
}

async fn a_login_that_cannot_be_had_is_replaced(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let mut count = 0;
    let mut login = async |wanted: &str| {
        count += 1;
        made(
            &app,
            &url,
            &[
                ("email", &format!("person{count}x@example.org")),
                ("user_login", wanted),
            ],
        )
        .await["username"]
            .clone()
    };
    assert_eq!(login("Ines Marlow").await, "Ines Marlow");
    let taken = login("INES MARLOW").await;
    assert!(
        taken != "INES MARLOW",
        "whatever its case, it is taken: {taken}"
    );
    let long = "x".repeat(61);
    for wanted in [
        "admin",
        "Support",
        "NO-REPLY",
        "_root_",
        "ab",
        "",
        "  ",
        &long,
        "!!!",
        "é",
        "ines@example.org",
        "person1x@example.org",
        "\u{0}\u{1}",
    ] {
        let given = login(wanted).await;
        assert!(
            given.as_str().unwrap().starts_with("person"),
            "{wanted:?} became {given}, not what the address suggests"
        );
    }
    assert_eq!(
        login("  Zoë.Mc-Kay_2 ").await,
        "Zoe.Mc-Kay_2",
        "letters are written as ASCII would"
    );
    assert_eq!(login("Инес 🎉").await, "Ines");
    assert_eq!(login(&"y".repeat(60)).await, "y".repeat(60));
}

async fn an_address_that_gives_no_login_is_no_obstacle(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let login = async |email: &str, first: &str, last: &str| {
        made(
            &app,
            &url,
            &[("email", email), ("first_name", first), ("last_name", last)],
        )
        .await["username"]
            .clone()
    };
    assert_eq!(
        login("1@example.org", "Ines", "Marlow").await,
        "ines_marlow"
    );
    assert_eq!(
        login("1@example.com", "Ines", "Marlow").await,
        "ines",
        "the next of what the name suggests"
    );
    assert_eq!(login("___@example.org", "", "Grace").await, "grace");
    let neutral = login("2@example.org", "", "")
        .await
        .as_str()
        .unwrap()
        .to_owned();
    for (email, first) in [
        ("!@example.org", ""),
        ("admin@example.org", "?!"),
        ("ab@example.org", "--"),
    ] {
        let next = login(email, first, "").await;
        assert!(
            next.as_str().unwrap().starts_with(&neutral) && next != neutral,
            "{email}: {next}"
        );
    }
}

async fn one_local_part_makes_many_logins(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let mut logins = Vec::new();
    for domain in ["a.org", "b.org", "c.org", "d.org"] {
        logins.push(
            made(&app, &url, &[("email", &format!("ines@{domain}"))]).await["username"].clone(),
        );
    }
    assert_eq!(logins, ["ines", "ines2", "ines3", "ines4"]);
}

async fn simultaneous_people_of_one_name_all_get_a_login(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let forms: Vec<_> = (0..12)
        .map(|i| format!("ines@host{i}.example.org"))
        .collect();
    let calls = forms.iter().map(|email| {
        made(
            &app,
            &url,
            std::slice::from_ref(Box::leak(Box::new(("email", email.as_str())))),
        )
    });
    let mut logins: Vec<_> = futures_util::future::join_all(calls)
        .await
        .iter()
        .map(|user| user["username"].to_string())
        .collect();
    logins.sort();
    logins.dedup();
    assert_eq!(logins.len(), 12, "{logins:?}");
}

/// Whether a stored hash is of this password, as the argon2 crate sees it.
fn verifies(stored: &str, password: &str) -> bool {
    let hash = PasswordHash::new(stored).expect("a PHC string");
    Argon2::default()
        .verify_password(password.as_bytes(), &hash)
        .is_ok()
}

async fn passwords_are_taken_as_they_are_or_refused(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let longest = "x".repeat(4096);
    for (i, (password, has_one)) in [
        ("0", true),
        (" lead and \"quotes\" \\ ", true),
        ("🔑 é", true),
        (&longest, true),
        ("", false),
    ]
    .into_iter()
    .enumerate()
    {
        let user = made(
            &app,
            &url,
            &[
                ("email", &format!("p{i}00@example.org")),
                ("user_pass", password),
            ],
        )
        .await;
        assert_eq!(user["has_password"], has_one, "{i}");
        if has_one {
            let username = user["username"].as_str().unwrap();
            let stored = app
                .texts(&format!(
                    "SELECT password_hash AS text FROM users WHERE username = '{username}'"
                ))
                .await;
            assert!(
                verifies(&stored[0], password),
                "{i}: other bytes were hashed"
            );
            assert!(
                !verifies(&stored[0], password.trim()) || password == password.trim(),
                "{i}: anything verifies"
            );
        }
    }
    let same = [
        ("email", "same@example.org"),
        ("user_pass", "one word"),
        ("user_password", "one word"),
    ];
    assert_eq!(made(&app, &url, &same).await["has_password"], true);
    let other = [
        ("email", "other@example.org"),
        ("user_pass", ""),
        ("user_password", "one word"),
    ];
    assert_eq!(
        made(&app, &url, &other).await["has_password"],
        true,
        "the empty one counts as absent"
    );
    let too_long = "x".repeat(4097);
    for (form, problem) in [
        (
            vec![("user_pass", too_long.as_str())],
            ("user_pass", "too_long"),
        ),
        (
            vec![("user_pass", "a\0b")],
            ("user_pass", "control_character"),
        ),
        (
            vec![("user_pass", "one"), ("user_password", "two")],
            ("user_password", "conflicting_passwords"),
        ),
    ] {
        let form = [vec![("email", "refused@example.org")], form].concat();
        assert_eq!(
            app.api.call_form(&url, &form).await.invalid(),
            [(problem.0.to_owned(), problem.1.to_owned())]
        );
    }
    assert_eq!(
        app.api
            .list_users("?email=refused@example.org")
            .await
            .ok(200)
            .list()
            .len(),
        0
    );
}
