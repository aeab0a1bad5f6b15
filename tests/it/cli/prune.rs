//! `hookyard prune`.

use hookyard_tests::{App, MailServer, Profile, both_profiles, fixtures};
use serde_json::json;

both_profiles!(what_is_young_stays, what_is_old_goes);

/// An app with one call, one mail, one link and one idempotency key; gives the webhook and the
/// link's token.
async fn used(app: &App, server: &MailServer) -> (String, String) {
    let (webhook, url) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Shop", "send_welcome_email": true }),
    )
    .await;
    app.api
        .idempotent("order-1")
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200);
    (webhook, server.wait_for(1).await[0].token())
}

async fn start(profile: Profile, server: &MailServer) -> App {
    App::configured(profile, |settings| {
        settings
            .set("mail.url", server.url())
            .set("mail.from", "hello@example.org");
    })
    .await
}

async fn what_is_young_stays(profile: Profile) {
    let server = MailServer::start();
    let app = start(profile, &server).await;
    let (webhook, token) = used(&app, &server).await;
    let told = app.succeeds(&["prune"]);
    assert_eq!(
        told.lines().collect::<Vec<_>>(),
        [
            "calls 0",
            "mails 0",
            "password links 0",
            "idempotency keys 0",
            "hourly counters of feeds 0"
        ]
    );
    assert_eq!(app.api.list_calls(&webhook).await.ok(200).list().len(), 1);
    app.api
        .reset_password(&token, "correct horse")
        .await
        .ok(204);
}

async fn what_is_old_goes(profile: Profile) {
    let server = MailServer::start();
    let mut app = start(profile, &server).await;
    let (webhook, token) = used(&app, &server).await;
    crate::mail::logged(&mut app, "a mail was sent", 1).await;
    let id = match profile {
        Profile::Embedded => "x'01900000000070008000000000000000'",
        Profile::Server => "'01900000-0000-7000-8000-000000000000'",
    };
    let (month, two_days) = (profile.days(31), profile.days(2));
    app.execute(&format!(
        "UPDATE calls SET id = {id}, created_at = created_at - {month}; \
         UPDATE mails SET finished_at = finished_at - {month}; \
         UPDATE password_tokens SET expires_at = expires_at - {two_days}; \
         UPDATE idempotency_keys SET expires_at = expires_at - {two_days}"
    ))
    .await;
    app.api
        .reset_password(&token, "correct horse")
        .await
        .problem(422, "invalid_fields");
    let told = app.succeeds(&["prune"]);
    assert_eq!(
        told.lines().collect::<Vec<_>>(),
        [
            "calls 1",
            "mails 1",
            "password links 1",
            "idempotency keys 1",
            "hourly counters of feeds 0"
        ]
    );
    assert_eq!(app.api.list_calls(&webhook).await.ok(200).list().len(), 0);
}
