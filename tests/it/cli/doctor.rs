//! `hookyard doctor` and `hookyard mail test`.

use hookyard_tests::{App, MailServer, Profile, both_profiles, fixtures, settings::Settings};
use serde_json::json;

use super::{run, stderr, stdout};

both_profiles!(what_is_right_and_what_is_wrong_is_told);

async fn what_is_right_and_what_is_wrong_is_told(profile: Profile) {
    let server = MailServer::with_login("hookyard", "s3cret");
    let mut app = App::configured(profile, |settings| {
        settings
            .set("mail.url", server.url())
            .set("mail.from", "hello@example.org");
    })
    .await;
    fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let told = app.succeeds(&["doctor", "--mail-to", "operator@example.org"]);
    for what in [
        "configuration",
        "database",
        "clock",
        "schema",
        "master key: opens",
        "broker",
        "mail server",
        "test mail",
    ] {
        assert!(
            told.lines()
                .any(|line| line.starts_with("ok ") && line.contains(what)),
            "{what}: {told}"
        );
    }
    app.succeeds(&["mail", "test", "--to", "operator@example.org"]);
    let mails = server.mails();
    assert_eq!(
        mails
            .iter()
            .map(|mail| mail.recipients[0].as_str())
            .collect::<Vec<_>>(),
        ["operator@example.org"; 2]
    );
    assert!(
        mails[0].subject.contains("test mail") && mails[0].text.contains("operator@example.org")
    );
    assert_ne!(mails[0].message_id, mails[1].message_id);

    let away = MailServer::down();
    app.settings.set("mail.url", away.url()).set(
        "secrets.master_key",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    );
    if profile == Profile::Server {
        app.settings
            .set("broker.url", "amqp://guest:hidden@127.0.0.1:1");
    }
    let output = app.run(&["doctor"]);
    let (told, expected): (_, &[_]) = match profile {
        Profile::Embedded => (stdout(&output), &["master key", "mail server"]),
        Profile::Server => (stdout(&output), &["master key", "mail server", "broker"]),
    };
    assert_eq!(output.status.code(), Some(1), "{told}");
    for what in expected {
        assert!(
            told.lines()
                .any(|line| line.starts_with("wrong ") && line.contains(what)),
            "{what}: {told}"
        );
    }
    assert_eq!(
        told.lines()
            .filter(|line| line.starts_with("wrong "))
            .count(),
        expected.len(),
        "{told}"
    );
    assert!(
        !told.contains("hidden") && !stderr(&output).contains("hidden"),
        "{told}"
    );
    assert_eq!(
        app.run(&["mail", "test", "--to", "operator@example.org"])
            .status
            .code(),
        Some(1)
    );
}

#[test]
fn a_fresh_store_is_fine_and_stays_fresh() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &Settings::default(), &["doctor"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "the doctor changes nothing"
    );
    let mut settings = Settings::default();
    settings.set("mail.from", "nobody");
    let output = run(folder.path(), &settings, &["doctor"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("mail.from"), "{}", stdout(&output));
    for arguments in [
        &["doctor", "--mail-to", "nobody"][..],
        &["mail", "test", "--to", "nobody"],
        &["mail", "test", "--to", "a@b.org"],
    ] {
        let output = run(folder.path(), &Settings::default(), arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::default();
    settings.set("database.url", "postgres://postgres:hidden@127.0.0.1:1/x");
    settings.set(
        "secrets.master_key",
        "dGVzdCBtYXN0ZXIga2V5IG9mIDMyIGJ5dGVzISEhISE=",
    );
    let output = run(folder.path(), &settings, &["doctor"]);
    let told = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("wrong  database") && !told.contains("hidden"),
        "{told}"
    );
}
