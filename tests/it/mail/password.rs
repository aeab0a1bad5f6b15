//! Forgotten passwords, and setting them.

use hookyard_tests::{Answer, App, MailServer, Profile, Receiver, both_profiles, fixtures};
use serde_json::json;

use super::app;

both_profiles!(
    whoever_has_the_address_gets_a_link_and_nobody_else_learns_of_it,
    a_password_is_set_once_and_ends_all_links,
    a_link_that_expired_is_asked_for_again,
    what_is_wrong_is_named,
    of_two_who_come_at_once_one_wins,
    a_blocked_user_gets_nothing,
    a_new_address_ends_the_links_that_went_to_the_old_one,
    requests_are_limited_by_address,
);

/// What an answer says, without what is new each time.
fn told(answer: &Answer) -> (u16, String, Vec<String>) {
    let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
    names.sort_unstable();
    (
        answer.status,
        String::from_utf8_lossy(&answer.body).into_owned(),
        names,
    )
}

async fn whoever_has_the_address_gets_a_link_and_nobody_else_learns_of_it(profile: Profile) {
    let server = MailServer::start();
    let app = app(profile, &server).await;
    app.api
        .create_user(&json!({ "email": "Ines@example.org", "first_name": "Inês" }))
        .await
        .ok(201);
    let unknown = app.api.forgot_password("nobody@example.org").await;
    let known = app.api.forgot_password(" INES@example.org ").await;
    assert_eq!(told(&unknown), told(&known));
    assert_eq!(known.status, 202);
    // Mails go one after the other: when the second is there, the first would be, too.
    let mail = server.wait_for(1).await.remove(0);
    assert_eq!(
        (mail.recipients, mail.subject.as_str()),
        (
            vec!["Ines@example.org".to_owned()],
            "Set your password for The Yard"
        )
    );
    assert_eq!(server.mails().len(), 1);
    let invalid = app.api.forgot_password("nobody").await.invalid();
    assert_eq!(invalid, [("/email".to_owned(), "invalid_email".to_owned())]);
}

async fn a_password_is_set_once_and_ends_all_links(profile: Profile) {
    let (server, receiver) = (MailServer::start(), Receiver::start());
    let app = app(profile, &server).await;
    let user = fixtures::user(&app.api, "ines@example.org").await;
    fixtures::feed(&app.api, &receiver, &["user.updated"], json!({})).await;
    for count in 1..=2 {
        app.api.forgot_password("ines@example.org").await.ok(202);
        server.wait_for(count).await;
    }
    let mails = server.mails();
    assert_ne!(mails[0].token(), mails[1].token());
    app.api
        .reset_password(&mails[0].token(), " a \"quoted\" pässword ")
        .await
        .ok(204);
    for mail in mails {
        let refused = app
            .api
            .reset_password(&mail.token(), "another one")
            .await
            .invalid();
        assert_eq!(refused, [("/token".to_owned(), "invalid_token".to_owned())]);
    }
    assert_eq!(
        app.api.read_user(&user).await.ok(200).json()["has_password"],
        true
    );
    let event = receiver.wait_for(1).await[0].json();
    assert_eq!(
        (
            &event["data"]["user"]["id"],
            &event["data"]["user"]["has_password"]
        ),
        (&json!(user), &json!(true))
    );
}

async fn a_link_that_expired_is_asked_for_again(profile: Profile) {
    let server = MailServer::start();
    let app = app(profile, &server).await;
    fixtures::user(&app.api, "ines@example.org").await;
    app.api.forgot_password("ines@example.org").await.ok(202);
    let expired = server.wait_for(1).await.remove(0).token();
    app.execute(&format!(
        "UPDATE password_tokens SET expires_at = expires_at - {}",
        profile.days(1)
    ))
    .await;
    let refused = app
        .api
        .reset_password(&expired, "correct horse")
        .await
        .invalid();
    assert_eq!(refused, [("/token".to_owned(), "invalid_token".to_owned())]);
    app.api.forgot_password("ines@example.org").await.ok(202);
    let fresh = server.wait_for(2).await.remove(1).token();
    app.api
        .reset_password(&fresh, "correct horse")
        .await
        .ok(204);
}

async fn what_is_wrong_is_named(profile: Profile) {
    let server = MailServer::start();
    let app = app(profile, &server).await;
    fixtures::user(&app.api, "ines@example.org").await;
    app.api.forgot_password("ines@example.org").await.ok(202);
    let token = server.wait_for(1).await[0].token();
    let named =
        async |token: &str, password: &str| app.api.reset_password(token, password).await.invalid();
    let pair = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    assert_eq!(
        named("nonsense", "short").await,
        [
            pair("/password", "too_short"),
            pair("/token", "invalid_token")
        ]
    );
    assert_eq!(
        named(&token, "1234567").await,
        [pair("/password", "too_short")]
    );
    assert_eq!(
        named(&token, &"x".repeat(4097)).await,
        [pair("/password", "too_long")]
    );
    assert_eq!(
        named(&token, "12345678\0").await,
        [pair("/password", "control_character")]
    );
    assert_eq!(
        named("", "12345678").await,
        [pair("/token", "invalid_token")]
    );
    app.api.reset_password(&token, "12345678").await.ok(204);
}

async fn of_two_who_come_at_once_one_wins(profile: Profile) {
    let server = MailServer::start();
    let app = app(profile, &server).await;
    let user = fixtures::user(&app.api, "ines@example.org").await;
    for round in 1..=3 {
        app.api.forgot_password("ines@example.org").await.ok(202);
        let token = server.wait_for(round).await[round - 1].token();
        let resets = (0..8).map(|n| {
            let (api, token) = (app.api.clone(), token.clone());
            async move {
                api.reset_password(&token, &format!("password {n}"))
                    .await
                    .status
            }
        });
        let mut statuses = futures_util::future::join_all(resets).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [&[204][..], &[422; 7]].concat());
    }
    let events = app.api.all("/v1/events").await;
    assert_eq!(
        events
            .iter()
            .filter(|event| event["type"] == "user.updated")
            .count(),
        3,
        "{user}: {events:?}"
    );
}

async fn a_blocked_user_gets_nothing(profile: Profile) {
    let server = MailServer::start();
    let app = app(profile, &server).await;
    let (ines, _) = (
        fixtures::user(&app.api, "ines@example.org").await,
        fixtures::user(&app.api, "last@example.org").await,
    );
    app.api.forgot_password("ines@example.org").await.ok(202);
    let token = server.wait_for(1).await[0].token();
    app.api
        .update_user(&ines, &json!({ "status": "blocked" }))
        .await
        .ok(200);
    let refused = app
        .api
        .reset_password(&token, "correct horse")
        .await
        .invalid();
    assert_eq!(refused, [("/token".to_owned(), "invalid_token".to_owned())]);
    app.api.forgot_password("ines@example.org").await.ok(202);
    app.api.forgot_password("last@example.org").await.ok(202);
    assert_eq!(server.wait_for(2).await[1].recipients, ["last@example.org"]);
    app.api
        .update_user(&ines, &json!({ "status": "active" }))
        .await
        .ok(200);
    app.api
        .reset_password(&token, "correct horse")
        .await
        .ok(204);
}

async fn a_new_address_ends_the_links_that_went_to_the_old_one(profile: Profile) {
    let server = MailServer::start();
    let app = app(profile, &server).await;
    let user = fixtures::user(&app.api, "ines@example.org").await;
    app.api.forgot_password("ines@example.org").await.ok(202);
    let token = server.wait_for(1).await[0].token();
    app.api
        .update_user(
            &user,
            &json!({ "first_name": "Ines", "email": "INES@example.org" }),
        )
        .await
        .ok(200);
    app.api
        .update_user(&user, &json!({ "email": "new@example.org" }))
        .await
        .ok(200);
    app.api
        .reset_password(&token, "correct horse")
        .await
        .problem(422, "invalid_fields");
    app.api.forgot_password("new@example.org").await.ok(202);
    let mail = server.wait_for(2).await.remove(1);
    assert_eq!(mail.recipients, ["new@example.org"]);
    app.api
        .reset_password(&mail.token(), "correct horse")
        .await
        .ok(204);
}

async fn requests_are_limited_by_address(profile: Profile) {
    let app = App::configured(profile, |settings| {
        settings
            .set("auth.password_requests_per_minute", "5")
            .set("auth.password_mails_per_hour", "2");
    })
    .await;
    for _ in 0..2 {
        app.api.forgot_password("ines@example.org").await.ok(202);
    }
    let limited = app.api.forgot_password("INES@example.org").await;
    let wait: u64 = limited
        .header("retry-after")
        .expect("Retry-After")
        .parse()
        .unwrap();
    assert!((60..=1800).contains(&wait), "{wait}");
    limited.problem(429, "too_many_requests");
    app.api.forgot_password("other@example.org").await.ok(202);
    app.api
        .reset_password("nonsense", "12345678")
        .await
        .problem(422, "invalid_fields");
    let limited = app.api.reset_password("nonsense", "12345678").await;
    assert!(
        limited
            .header("retry-after")
            .expect("Retry-After")
            .parse::<u64>()
            .is_ok_and(|wait| (1..=12).contains(&wait))
    );
    limited.problem(429, "too_many_requests");
    app.api
        .forgot_password("other@example.org")
        .await
        .problem(429, "too_many_requests");
    app.api.list_users("").await.ok(200);
}
