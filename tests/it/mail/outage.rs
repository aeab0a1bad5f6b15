//! Mail servers that are away or refuse, and workers that die.

use std::time::{Duration, Instant};

use hookyard_tests::{App, MailServer, Process, Profile, both_profiles, fixtures};
use serde_json::json;

use super::{app, logged, logged_at_least};

both_profiles!(
    a_mail_server_that_is_away_costs_a_call_nothing_and_a_mail_only_time,
    a_refusal_for_now_is_tried_again_and_one_for_good_is_not,
    a_wrong_password_of_ours_is_no_reason_to_give_a_mail_up,
    a_hanging_mail_server_is_given_up_and_tried_again,
    a_killed_worker_loses_no_mail,
);

async fn call(app: &App, email: &str) {
    let (_, url) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Shop", "send_welcome_email": true }),
    )
    .await;
    app.api.call_form(&url, &[("email", email)]).await.ok(200);
}

async fn a_mail_server_that_is_away_costs_a_call_nothing_and_a_mail_only_time(profile: Profile) {
    let mut server = MailServer::down();
    let mut app = app(profile, &server).await;
    let began = Instant::now();
    call(&app, "ines@example.org").await;
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    logged_at_least(&mut app, "a mail could not be sent").await;
    server.up();
    let mail = server.wait_for(1).await.remove(0);
    assert_eq!(mail.recipients, ["ines@example.org"]);
    logged(&mut app, "a mail was sent", 1).await;
    assert_eq!(server.mails().len(), 1);
    app.api
        .reset_password(&mail.token(), "correct horse")
        .await
        .ok(204);
}

async fn a_refusal_for_now_is_tried_again_and_one_for_good_is_not(profile: Profile) {
    let server = MailServer::start();
    let mut app = app(profile, &server).await;
    server.refuse([451, 421]);
    call(&app, "ines@example.org").await;
    assert_eq!(server.wait_for(1).await[0].recipients, ["ines@example.org"]);
    assert_eq!(server.refused(), 2);
    server.refuse([550]);
    call(&app, "gone@example.org").await;
    logged(&mut app, "a mail failed for good", 1).await;
    call(&app, "last@example.org").await;
    assert_eq!(server.wait_for(2).await[1].recipients, ["last@example.org"]);
    assert_eq!(
        server.refused(),
        3,
        "the refusal for good was not tried again"
    );
    assert!(
        !app.log(Process::Worker)
            .join("\n")
            .contains("gone@example.org"),
        "no addresses in the log"
    );
}

async fn a_wrong_password_of_ours_is_no_reason_to_give_a_mail_up(profile: Profile) {
    let server = MailServer::with_login("hookyard", "s3cret-of-the-relay");
    let mut app = App::configured(profile, |settings| {
        super::mailing(settings, &server);
        settings.set(
            "mail.url",
            server
                .url()
                .replace("s3cret-of-the-relay", "wr0ng-password"),
        );
    })
    .await;
    call(&app, "ines@example.org").await;
    logged_at_least(&mut app, "a mail could not be sent").await;
    assert_eq!(app.run(&["doctor"]).status.code(), Some(1));
    app.stop(Process::Worker).await;
    assert!(
        !app.log(Process::Worker)
            .join("\n")
            .contains("wr0ng-password"),
        "no passwords in the log"
    );
    app.settings.set("mail.url", server.url());
    app.restart(Process::Worker).await;
    assert_eq!(server.wait_for(1).await[0].recipients, ["ines@example.org"]);
}

async fn a_hanging_mail_server_is_given_up_and_tried_again(profile: Profile) {
    let server = MailServer::start();
    let mut app = App::configured(profile, |settings| {
        super::mailing(settings, &server);
        settings.set("mail.timeout_seconds", "1");
    })
    .await;
    server.hold();
    call(&app, "ines@example.org").await;
    logged_at_least(&mut app, "a mail could not be sent").await;
    server.release();
    server.wait_for(1).await;
    logged(&mut app, "a mail was sent", 1).await;
    assert_eq!(server.mails().len(), 1);
}

async fn a_killed_worker_loses_no_mail(profile: Profile) {
    let server = MailServer::start();
    let mut app = App::configured(profile, |settings| {
        super::mailing(settings, &server);
        settings.set("mail.timeout_seconds", "2");
    })
    .await;
    server.hold();
    call(&app, "ines@example.org").await;
    server.connected(1).await;
    app.kill9(Process::Worker);
    server.release();
    app.restart(Process::Worker).await;
    assert_eq!(server.wait_for(1).await[0].recipients, ["ines@example.org"]);
    logged(&mut app, "a mail was sent", 1).await;
    assert_eq!(server.mails().len(), 1);
}
