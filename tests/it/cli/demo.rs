//! The README's first command.

use std::net::TcpListener;

use hookyard_tests::{Client, PATIENCE, binary, process::Running, settings::Settings, until};
use serde_json::{Value, json};

use super::{run, stderr, stdout};

/// The fields of the documented form.
const FORM: [&str; 5] = [
    "email=ines@example.org",
    "first_name=",
    "last_name=",
    "user_login=",
    "user_pass=",
];

fn shown() -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &Settings::default(), &["demo", "--exit"]);
    let shown = stdout(&output);
    assert_eq!(
        (output.status.code(), stderr(&output).as_str()),
        (Some(0), ""),
        "{shown}"
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "everything was temporary"
    );
    shown
}

/// The requests of a paid order: a ruler stands above each, and what its receiver made of it below.
fn requests(shown: &str) -> Vec<(&str, &str)> {
    const RULER: &str =
        "--------------------------------------------------------------------------------";
    let parts = shown.split(RULER).skip(1);
    parts
        .map(|part| {
            part.split_once("\n=> ")
                .unwrap_or_else(|| panic!("not answered: {part}"))
        })
        .collect()
}

#[test]
fn the_demo_shows_the_main_job_and_ends() {
    let shown = shown();
    for part in FORM.iter().chain(&[
        "/hooks/in/",
        "\"status\": \"success\"",
        "nobody",
        "Ines Marlow",
        "order.paid",
    ]) {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let requests = requests(&shown);
    assert_eq!(requests.len(), 3, "{shown}");
    for (request, answer) in &requests {
        assert!(
            request.contains("webhook-signature: v1,")
                && request.contains("hookyard-event: order.paid"),
            "{request}"
        );
        assert!(
            answer.starts_with("answered 200; signature verified\n"),
            "{answer}"
        );
    }
    for (n, begins, holds) in [
        (0, "POST /all", "\"type\":\"order.paid\""),
        (1, "POST /form", "email=ines.marlow%40example.org"),
        (2, "GET /get?shop=1&email=", "x-api-key: demo"),
    ] {
        let request = requests[n].0.trim_start();
        assert!(
            request.starts_with(begins) && request.contains(holds),
            "{begins} with {holds}: {shown}"
        );
    }
}

#[test]
fn it_is_readable_in_80_columns_and_headers_stand_in_order() {
    let shown = shown();
    for line in shown.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let first = [
        "host",
        "content-type",
        "user-agent",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "hookyard-attempt",
        "hookyard-event",
        "accept",
    ];
    for (request, _) in requests(&shown) {
        let head = request.trim_start().split("\n\n").next().unwrap();
        let headers: Vec<_> = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .collect();
        let names = headers.iter().map(|(name, _)| name.trim());
        let expected: Vec<_> = first
            .into_iter()
            .filter(|name| *name != "content-type" || request.contains("content-type"))
            .collect();
        assert_eq!(
            names.take(expected.len()).collect::<Vec<_>>(),
            expected,
            "{request}"
        );
        assert!(
            headers.iter().all(|(name, _)| name.len() == 17),
            "one below the other: {request}"
        );
    }
}

#[test]
fn a_retry_a_removal_the_log_and_a_summary_are_shown() {
    let shown = shown();
    for part in [
        "attempt 1: POST /busy  space.left  => answered 503; signature verified",
        "attempt 2: POST /busy  space.left  => answered 200; signature verified",
        "4 feeds: 5 requests sent, 5 signatures verified, 1 retried after a 503",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let members: Vec<_> = shown
        .lines()
        .filter_map(|line| line.trim().strip_prefix("members of Lobby:"))
        .map(str::trim)
        .collect();
    assert_eq!(members, ["nobody", "Ines Marlow", "nobody"]);
    let log = shown.split("4. The log").nth(1).unwrap();
    let row = |feed: &str| {
        let row = log.lines().find(|line| line.contains(feed));
        let row = row.unwrap_or_else(|| panic!("{feed}: {shown}"));
        row.replace(feed, "")
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for feed in [
        "Everything as JSON",
        "A few fields as a form",
        "A GET with a few fields",
    ] {
        assert_eq!(row(feed)[..3], ["order.paid", "1", "200"]);
    }
    let row = row("To a busy receiver");
    assert_eq!(row[..4], ["space.left", "2", "503,", "200"]);
    assert!(row[4].parse::<f64>().is_ok() && row[5] == "ms", "{row:?}");
}

/// A demo that keeps serving, once it has said so.
async fn serving(arguments: &[&str]) -> (Running, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(binary::command(arguments, folder.path()));
    let lines = until("the demo invites", PATIENCE, async || {
        let lines = running.lines();
        lines
            .iter()
            .any(|line| line.contains("Ctrl-C"))
            .then_some(lines)
    })
    .await;
    (running, lines)
}

/// What stands behind a name.
fn after<'a>(lines: &'a [String], name: &str) -> &'a str {
    let found = lines.iter().find_map(|line| line.split_once(name));
    let found = found.unwrap_or_else(|| panic!("{name}: {lines:?}"));
    found.1.split_whitespace().next().unwrap()
}

/// Waits until the demo has shown another request.
async fn shown_later(running: &Running, request: &str) {
    until(request, PATIENCE, async || {
        let lines = running.lines();
        lines.iter().any(|line| line == request).then_some(())
    })
    .await;
}

#[tokio::test]
async fn its_receiver_answers_as_long_as_it_serves() {
    let (mut running, lines) = serving(&["demo", "--listen", "127.0.0.1:0"]).await;
    let docs = after(&lines, "documentation:");
    let api = Client::new(
        docs.strip_suffix("/docs").unwrap(),
        after(&lines, "API key:"),
    );
    let feeds = api.list_feeds("").await.ok(200).list();
    assert_eq!(feeds.len(), 4);
    for feed in &feeds {
        let id = feed["id"].as_str().unwrap();
        let tried = api.test_feed(id, &json!({})).await.ok(200).json();
        assert_eq!(tried["last_response_status"], 200, "{tried}");
    }
    // The command that it proposes does what it says.
    let data = lines.join("\n");
    let data = data.split_once("-d '").unwrap().1;
    let event: Value = serde_json::from_str(data.split_once('\'').unwrap().0).unwrap();
    api.create_event(&event).await.ok(202);
    shown_later(
        &running,
        "POST /form  order.paid  => answered 200; signature verified",
    )
    .await;
    // More than it keeps to show.
    let url = after(&lines, "receiver:");
    for _ in 0..200 {
        assert_eq!(reqwest::get(url).await.unwrap().status(), 200);
    }
    assert_eq!(running.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn it_takes_a_free_port_when_the_usual_one_is_taken() {
    // Taken by this test, or by somebody else already.
    let _taken = TcpListener::bind("127.0.0.1:8080");
    let (mut running, lines) = serving(&["demo"]).await;
    let docs = after(&lines, "documentation:");
    let api = docs.strip_suffix("/docs").unwrap();
    assert_ne!(api, "http://127.0.0.1:8080");
    let told = format!("Port 8080 is taken; this demo uses {api}.");
    assert!(lines.contains(&told), "{told}: {lines:?}");
    Client::new(api, after(&lines, "API key:"))
        .list_feeds("")
        .await
        .ok(200);
    assert_eq!(running.terminate().await.code(), Some(0));
}
