//! Callers that go away in the middle of everything.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hookyard_tests::{
    App, PATIENCE, Process, Profile, both_profiles,
    fixtures::{self, incoming_webhook},
    until,
};
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::sleep};
use url::Url;

both_profiles!(
    a_caller_that_does_not_wait_is_served,
    resets_harm_nobody_else,
    a_request_whose_caller_went_away_takes_effect_once,
);

const ATTACKERS: u64 = 12;
const PAUSE: Duration = Duration::from_millis(100);
/// Honest requests that are answered while the attack goes on.
const HONEST: usize = 20;

/// A whole request as it goes over the wire.
fn request(url: &Url, key: Option<&str>, more: &str, body: &str) -> Vec<u8> {
    let authorization = key.map_or_else(String::new, |key| {
        format!("authorization: Bearer {key}\r\n")
    });
    format!(
        "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n{authorization}{more}content-length: {}\r\n\r\n{body}",
        url.path(),
        url.authority(),
        body.len(),
    )
    .into_bytes()
}

/// Sends bytes and resets the connection a little later.
async fn send_and_reset(url: &Url, bytes: &[u8], after: Duration) {
    let address = url.socket_addrs(|| None).unwrap()[0];
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    sleep(after).await;
    stream.set_zero_linger().unwrap();
}

/// One attacker: calls without a key, and changes with one.
fn attack(base: &str, hook: &str, number: u64, over: &AtomicBool) {
    let (hook, api) = (Url::parse(hook).unwrap(), Url::parse(base).unwrap());
    let (users, events) = (
        api.join("/v1/users").unwrap(),
        api.join("/v1/events").unwrap(),
    );
    let mut n = number * 1_000_000;
    let flood = async move {
        while !over.load(Ordering::Relaxed) {
            n += 1;
            let person = json!({ "email": format!("reset{n}@example.org") }).to_string();
            let event = json!({ "type": "order.paid", "data": { "n": n } }).to_string();
            let key = Some(hookyard_tests::app::KEY);
            let (url, bytes) = match n % 5 {
                0 => (&users, request(&users, key, "", &person)),
                1 => (&events, request(&events, key, "", &event)),
                _ => (&hook, request(&hook, None, "", &person)),
            };
            send_and_reset(url, &bytes, Duration::from_micros(n * 977 % 4000)).await;
            // What is tested is the resets, not how many requests a machine can take.
            sleep(PAUSE).await;
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(flood);
}

async fn resets_harm_nobody_else(profile: Profile) {
    let mut app = App::configured(profile, |settings| {
        settings.set("intake.max_calls_per_minute", "0");
    })
    .await;
    let space = fixtures::space(&app.api, "Lobby").await;
    let wanted = json!({ "name": "Form", "add_space_ids": [space] });
    let (_, hook) = incoming_webhook(&app.api, &wanted).await;
    let over = Arc::new(AtomicBool::new(false));
    let attackers: Vec<_> = (0..ATTACKERS)
        .map(|number| {
            let (base, hook, over) = (app.api.base.clone(), hook.clone(), over.clone());
            std::thread::spawn(move || attack(&base, &hook, number, &over))
        })
        .collect();
    let http = reqwest::Client::new();
    for honest in 0..HONEST {
        let body = json!({ "email": format!("honest{honest}@example.org") });
        let request = http.post(&hook).header("content-type", "application/json");
        let answer = request.body(body.to_string()).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "honest request {honest}");
    }
    over.store(true, Ordering::Relaxed);
    attackers
        .into_iter()
        .for_each(|attacker| attacker.join().unwrap());
    for process in [Process::Api, Process::Worker] {
        let bad: Vec<_> = app
            .log(process)
            .into_iter()
            .filter(|line| line.contains("panicked") || line.contains("\"status\":5"))
            .collect();
        assert!(bad.is_empty(), "{} lines: {:#?}", bad.len(), bad.first());
    }
}

/// Some shops send and close, without waiting for the answer.
async fn a_caller_that_does_not_wait_is_served(profile: Profile) {
    let app = App::start(profile).await;
    let (_, hook) = incoming_webhook(&app.api, &json!({ "name": "Form" })).await;
    let hook = Url::parse(&hook).unwrap();
    let address = hook.socket_addrs(|| None).unwrap()[0];
    for n in 0..20 {
        let person = json!({ "email": format!("ines{n}@example.org") }).to_string();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let bytes = request(&hook, None, "", &person);
        stream.write_all(&bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        drop(stream);
    }
    until("all of them are users", PATIENCE, async || {
        (app.api.all("/v1/users").await.len() == 20).then_some(())
    })
    .await;
}

async fn a_request_whose_caller_went_away_takes_effect_once(profile: Profile) {
    let app = App::start(profile).await;
    let users = Url::parse(&app.api.base)
        .unwrap()
        .join("/v1/users")
        .unwrap();
    for n in 0..40_u64 {
        let body = json!({ "email": format!("ines{n}@example.org") });
        let (key, text) = (format!("gone-{n}"), body.to_string());
        let more = format!("idempotency-key: {key}\r\n");
        let bytes = request(&users, Some(hookyard_tests::app::KEY), &more, &text);
        send_and_reset(&users, &bytes, Duration::from_micros(n * 200)).await;
        let client = app.api.idempotent(&key);
        let first = until("the key has its answer", PATIENCE, async || {
            let answer = client.create_user(&body).await;
            (answer.status != 409).then_some(answer)
        })
        .await
        .ok(201)
        .json();
        assert_eq!(client.create_user(&body).await.ok(201).json(), first);
    }
    assert_eq!(app.api.all("/v1/users").await.len(), 40);
}
