//! Commands that do something and end.

use std::{
    io::Write,
    process::{Output, Stdio},
};

use hookyard_tests::{
    App, Database, PATIENCE, Process, Profile, Receiver, binary, both_profiles, fixtures,
    settings::Settings, until,
};
use serde_json::json;

use super::{run, stderr, stdout};
use crate::event_types::schemas;

both_profiles!(
    health_is_asked_from_the_shell,
    keys_are_made_listed_and_revoked,
    an_event_is_published_from_the_shell,
    broken_events_are_refused
);

async fn health_is_asked_from_the_shell(profile: Profile) {
    let mut app = App::start(profile).await;
    let url = app.api.base.clone();
    until("the app is ready", PATIENCE, async || {
        app.run(&["health", "--url", &url])
            .status
            .success()
            .then_some(())
    })
    .await;
    app.kill9(Process::Api);
    let output = app.run(&["health", "--url", &url]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains(&url), "{}", stderr(&output));
}

async fn keys_are_made_listed_and_revoked(profile: Profile) {
    let app = App::start(profile).await;
    let key = app.succeeds(&[
        "keys",
        "create",
        "--name",
        "Shop",
        "--scope",
        "events:publish",
        "--scope",
        "events:read",
    ]);
    let shop = app.api.with_key(key.trim());
    shop.create_event(&json!({ "type": "order.paid", "data": {} }))
        .await
        .ok(202);
    shop.list_users("").await.problem(403, "missing_scope");
    let listed = app.succeeds(&["keys", "list"]);
    let line = listed
        .lines()
        .find(|line| line.contains("Shop"))
        .expect("the new key is listed")
        .to_owned();
    assert!(
        line.contains("events:publish") && !listed.contains(key.trim()),
        "{listed}"
    );
    let id = line.split_whitespace().next().expect("an id");
    app.succeeds(&["keys", "revoke", id]);
    assert!(!app.succeeds(&["keys", "list"]).contains("Shop"));
    until("the revoked key is refused", PATIENCE, async || {
        (shop.list_events("").await.status == 401).then_some(())
    })
    .await;
    assert_ne!(
        app.run(&["keys", "revoke", id]).status.code(),
        Some(0),
        "there is nothing left to revoke"
    );
    assert_eq!(
        app.run(&["keys", "create", "--name", "x", "--scope", "everything"])
            .status
            .code(),
        Some(2)
    );
}

fn publish(app: &App, arguments: &[&str], input: &str) -> Output {
    let mut command = binary::command(&[&["events", "publish"], arguments].concat(), app.home());
    app.settings.apply(&mut command);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

async fn an_event_is_published_from_the_shell(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    let event = |n: u64| {
        json!({ "type": "order.paid", "id": format!("o-{n}"), "source": "shell", "data": fixtures::order(n) }).to_string()
    };
    std::fs::write(app.home().join("event.json"), event(1)).unwrap();
    for output in [
        publish(&app, &["event.json"], ""),
        publish(&app, &[], &event(2)),
        publish(&app, &["-"], &event(2)),
    ] {
        assert!(output.status.success(), "{}", stderr(&output));
    }
    receiver.wait_for(2).await;
    publish(&app, &[], &event(3));
    let got = receiver.wait_for(3).await;
    let mut numbers: Vec<_> = got
        .iter()
        .filter_map(|request| request.json()["data"]["order"]["id"].as_u64())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3], "the same id twice is one event");
}

async fn broken_events_are_refused(profile: Profile) {
    let app = App::start(profile).await;
    for input in [
        "",
        "nonsense",
        "{}",
        r#"{"type":"Order Paid","data":{}}"#,
        r#"{"type":"order.paid","data":[]}"#,
        r#"{"type":"order.paid","source":"community","data":{}}"#,
        r#"{"type":"order.payed","data":{}}"#,
        r#"{"type":"feed.disabled","data":{}}"#,
    ] {
        let output = publish(&app, &[], input);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{input}: {}",
            stderr(&output)
        );
    }
    assert_ne!(publish(&app, &["missing.json"], "").status.code(), Some(0));
    schemas::quiz(&app.api).await;
    let output = publish(
        &app,
        &[],
        r#"{"type":"quiz.passed","data":{"quiz":{"score":"s3cret-word"}}}"#,
    );
    let told = stderr(&output);
    assert!(
        output.status.code() == Some(2)
            && told.contains("/data/quiz/score")
            && !told.contains("s3cret"),
        "{told}"
    );
}

#[tokio::test]
async fn the_schema_goes_up_and_down() {
    let database = Database::create().await;
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite://{}", folder.path().join("x.db").display());
    for url in [database.url.as_str(), &sqlite] {
        let mut settings = Settings::default();
        settings.set("database.url", url);
        settings.set(
            "secrets.master_key",
            "dGVzdCBtYXN0ZXIga2V5IG9mIDMyIGJ5dGVzISEhISE=",
        );
        let migrate = |arguments: &[&str]| {
            let output = run(
                folder.path(),
                &settings,
                &[&["migrate"], arguments].concat(),
            );
            assert!(
                output.status.success(),
                "{arguments:?}: {}",
                stderr(&output)
            );
            stdout(&output)
        };
        let count =
            |text: &str, word: &str| text.lines().filter(|line| line.starts_with(word)).count();
        let waiting = count(&migrate(&["status"]), "waiting");
        assert!(waiting > 0);
        migrate(&["up"]);
        assert_eq!(
            (
                count(&migrate(&["status"]), "waiting"),
                count(&migrate(&["status"]), "applied")
            ),
            (0, waiting)
        );
        migrate(&[]);
        for _ in 0..waiting {
            migrate(&["down"]);
        }
        assert_eq!(count(&migrate(&["status"]), "waiting"), waiting);
        migrate(&["down"]);
    }
}

#[tokio::test]
async fn a_wrong_schema_is_refused_with_the_mending_command() {
    let database = Database::create().await;
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::default();
    settings.set("database.url", &database.url).set(
        "secrets.master_key",
        "dGVzdCBtYXN0ZXIga2V5IG9mIDMyIGJ5dGVzISEhISE=",
    );
    settings
        .set("server.listen", "127.0.0.1:0")
        .set("worker.listen", "127.0.0.1:0");
    for command in ["api", "worker"] {
        let output = run(folder.path(), &settings, &[command]);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(
            stderr(&output).contains("hookyard migrate"),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn the_golden_openapi_document_is_current() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &Settings::default(), &["openapi"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let golden = std::fs::read_to_string(binary::workspace().join("openapi/openapi.json"))
        .unwrap_or_default();
    // Not assert_eq: the difference of two long documents helps nobody.
    assert!(
        stdout(&output) == golden,
        "openapi/openapi.json is out of date; run: cargo run -p hookyard -- openapi > openapi/openapi.json"
    );
}
