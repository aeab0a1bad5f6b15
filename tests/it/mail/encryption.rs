//! Mail servers that are spoken to in secret, and whom to believe.

use hookyard_tests::{App, Encryption, MailServer, Process, Profile, both_profiles, fixtures};
use serde_json::json;

use super::{logged, logged_at_least, mailing};

both_profiles!(with_implicit_tls, with_starttls);

async fn with_implicit_tls(profile: Profile) {
    only_a_known_server_gets_the_password_and_the_mail(profile, Encryption::Implicit).await;
}

async fn with_starttls(profile: Profile) {
    only_a_known_server_gets_the_password_and_the_mail(profile, Encryption::StartTls).await;
}

async fn only_a_known_server_gets_the_password_and_the_mail(
    profile: Profile,
    encryption: Encryption,
) {
    let server = MailServer::encrypted(encryption, "hookyard", "s3cret-of-the-relay");
    let mut app = App::configured(profile, |settings| mailing(settings, &server)).await;
    let (_, url) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Shop", "send_welcome_email": true }),
    )
    .await;
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200);
    logged_at_least(&mut app, "a mail could not be sent").await;
    assert_eq!((server.logins(), server.mails().len()), (0, 0));
    let told = app.run(&["doctor"]);
    let told = format!(
        "{}{}",
        String::from_utf8_lossy(&told.stdout),
        String::from_utf8_lossy(&told.stderr)
    );
    assert!(told.contains("certificate"), "{told}");

    app.stop(Process::Worker).await;
    app.settings.variable("SSL_CERT_FILE", server.certificate());
    app.restart(Process::Worker).await;
    assert_eq!(server.wait_for(1).await[0].recipients, ["ines@example.org"]);
    logged(&mut app, "a mail was sent", 1).await;
    assert!(server.logins() > 0);
    app.succeeds(&["mail", "test", "--to", "ines@example.org"]);
    assert_eq!(server.wait_for(2).await.len(), 2);
}
