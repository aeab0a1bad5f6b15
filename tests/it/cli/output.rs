//! What commands print, and to whom.

use std::{
    io::pipe,
    process::{Output, Stdio},
};

use hookyard_tests::{Client, PATIENCE, binary, process::Running, settings::Settings, until};

use super::{run, stderr};

/// Runs a command whose reader is gone before it says anything.
fn unread(folder: &std::path::Path, arguments: &[&str]) -> Output {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let mut command = binary::command(arguments, folder);
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn();
    // It holds the other end of the pipe.
    drop(command);
    child.unwrap().wait_with_output().unwrap()
}

#[test]
fn a_closed_pipe_ends_every_command_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let event = r#"{"type":"order.paid","data":{}}"#;
    std::fs::write(folder.path().join("event.json"), event).unwrap();
    let made = run(
        folder.path(),
        &Settings::default(),
        &["keys", "create", "--name", "Shop"],
    );
    assert!(made.status.success(), "{}", stderr(&made));
    for arguments in [
        &["--help"][..],
        &["demo", "--exit"],
        &["demo", "--listen", "127.0.0.1:0"],
        &["openapi"],
        &["completions", "bash"],
        &["doctor"],
        &["migrate"],
        &["migrate", "status"],
        &["keys", "list"],
        &["events", "publish", "event.json"],
        &["prune"],
    ] {
        let output = unread(folder.path(), arguments);
        assert_eq!(
            (output.status.code(), stderr(&output).as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

/// The first key stands alone between blank lines, apart from the log, and is shown once.
#[tokio::test]
async fn the_first_key_is_easy_to_find() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::default();
    settings
        .set("server.listen", "127.0.0.1:0")
        .set("log.format", "json");
    let serve = || {
        let mut command = binary::command(&["serve"], folder.path());
        settings.apply(&mut command);
        command
    };
    // What nobody reads makes no key.
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let mut command = serve();
    command.stdout(writer).stderr(Stdio::null());
    let mut unread = command.spawn().unwrap();
    let ended = until("a serve that nobody reads ends", PATIENCE, async || {
        unread.try_wait().unwrap()
    });
    let ended = ended.await;
    assert_eq!(ended.code(), Some(0));

    let mut running = Running::start(serve());
    let url = running.listening().await;
    let key = until("the first key", PATIENCE, async || {
        let lines = running.lines();
        let keys = lines
            .iter()
            .filter_map(|line| line.strip_prefix("    hyk_"));
        let keys: Vec<_> = keys.collect();
        (!keys.is_empty()).then(|| {
            assert_eq!(keys.len(), 1, "{lines:?}");
            format!("hyk_{}", keys[0])
        })
    })
    .await;
    let lines = running.lines();
    let around = lines.iter().filter(|line| !line.starts_with('{'));
    let around: Vec<_> = around.map(String::as_str).collect();
    let title = "A first API key with all rights. It is shown only now:";
    assert_eq!(around, ["", title, "", &format!("    {key}"), ""]);
    Client::new(&url, &key).list_users("").await.ok(200);
    running.terminate().await;

    let mut again = Running::start(serve());
    again.listening().await;
    assert!(!again.lines().join("\n").contains("hyk_"));
}
