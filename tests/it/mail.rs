//! Mails, at a real SMTP server.

mod encryption;
mod outage;
mod password;
mod welcome;

use hookyard_tests::{App, MailServer, PATIENCE, Process, Profile, settings::Settings, until};

/// An app that sends its mails to this server, one after the other, and tries again after a second.
async fn app(profile: Profile, server: &MailServer) -> App {
    App::configured(profile, |settings| mailing(settings, server)).await
}

fn mailing(settings: &mut Settings, server: &MailServer) {
    settings
        .set("mail.url", server.url())
        .set("mail.from", "The Yard <hello@example.org>");
    settings.set("mail.site_name", "The Yard").set(
        "mail.set_password_url",
        "https://app.example.org/set?token={token}",
    );
    settings
        .set("mail.retry_seconds", "1,1,1,1,1,1,1,1,1,1")
        .set("mail.timeout_seconds", "5")
        .set("mail.max_in_flight", "1");
    settings
        .set("auth.password_requests_per_minute", "1000")
        .set("auth.password_mails_per_hour", "1000");
}

/// Waits until the worker has written down this often that a mail ended this way.
pub(crate) async fn logged(app: &mut App, message: &str, times: usize) {
    until(
        &format!("{times} × \"{message}\" in the log"),
        PATIENCE,
        async || (count(app, message) >= times).then_some(()),
    )
    .await;
    assert_eq!(count(app, message), times, "{message}");
}

/// Waits until the worker has written this down at least once.
async fn logged_at_least(app: &mut App, message: &str) {
    until(&format!("\"{message}\" in the log"), PATIENCE, async || {
        (count(app, message) > 0).then_some(())
    })
    .await;
}

fn count(app: &mut App, message: &str) -> usize {
    app.log(Process::Worker)
        .iter()
        .filter(|line| line.contains(&format!("\"message\":\"{message}")))
        .count()
}
