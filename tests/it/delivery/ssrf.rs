//! Where requests may not go, class by class: refused when it is saved, when it is tried, and when
//! it is sent. Names that lead astray are tried where the resolver can be told what to answer: in
//! the worker's own tests.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use hookyard_tests::{App, Process, Profile, both_profiles, fixtures};
use serde_json::{Value, json};
use tokio::net::TcpListener;

both_profiles!(
    what_is_not_public_is_refused_when_it_is_saved,
    nothing_is_connected_to_when_it_is_sent
);

/// A port on which every address of this machine listens, and counts.
struct Trap {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Trap {
    async fn set() -> Self {
        // One socket for both families where the system has both.
        let listener = match TcpListener::bind("[::]:0").await {
            Ok(listener) => listener,
            Err(_) => TcpListener::bind("0.0.0.0:0").await.unwrap(),
        };
        let (port, connections) = (
            listener.local_addr().unwrap().port(),
            Arc::new(AtomicUsize::new(0)),
        );
        let count = connections.clone();
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { port, connections }
    }

    fn count(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Hosts that are this machine, a private network or a metadata service, in every spelling.
const HOSTS: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "0177.0x0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "127.0.0.1.",
    "１２７.０.０.１",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "0xa9fea9fe",
    "172.16.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "100.100.100.200",
    "168.63.129.16",
    "[::]",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2001::1]",
    "[2001:db8::1]",
    "[2001:10::1]",
    "[3fff::1]",
    "[100::1]",
    "[5f00::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[2606:4700::5efe:10.0.0.1]",
    "localhost",
    "LOCALHOST",
    "a.localhost",
    "localhost.",
    "metadata.google.internal",
    "db.internal",
    "x.svc.cluster.local",
    "printer.local",
    "router.home.arpa",
    "postgres",
    "rabbitmq",
    "ｌｏｃａｌｈｏｓｔ",
];

/// Texts that are no URL of a receiver, whatever the host.
const URLS: &[&str] = &[
    "file:///etc/passwd",
    "gopher://example.org/",
    "ftp://example.org/",
    "data:text/plain,x",
    "unix:///run/docker.sock",
    "ws://example.org/",
    "jar:http://example.org!/",
    "javascript:alert(1)",
    "http:///example.org",
    "http:example.org",
    "//example.org/",
    "example.org",
    "https://exa\tmple.org/",
    "https://example.org/\nx",
    "https://example.org/\r\nHost: x",
    "https:// example.org/",
    "https:\\\\example.org/",
    "https://example.org\\@127.0.0.1/",
    "https://a@example.org/",
    "https://a:b@example.org/",
    "https://a@b@example.org/",
    "https://example.org%40127.0.0.1/",
    "https://example.org#@127.0.0.1/",
    "https://example.org/#top",
    "https://?x",
    "https://#x",
    "https://example.org:0/",
    "https://example.org:65536/",
    "https://example.org:-1/",
    "https://[::1/",
    "https://[fe80::1%25eth0]/",
    "https://xn--a/",
    "https://256.1.1.1/",
    "https://1.2.3.4.5/",
    "https://a..example.org/",
];

/// By creating, changing and previewing, with the reason and the operator's remedy.
async fn what_is_not_public_is_refused_when_it_is_saved(profile: Profile) {
    let app = App::configured(profile, |settings| {
        _ = settings.unset("delivery.allow_networks")
    })
    .await;
    let trap = Trap::set().await;
    let feed = fixtures::id(
        &app.api
            .create_feed(&json!({ "title": "Draft", "enabled": false }))
            .await
            .ok(201)
            .json(),
    );
    let by_host = HOSTS
        .iter()
        .map(|host| format!("http://{host}:{}/x", trap.port));
    for url in by_host.chain(URLS.iter().map(|url| (*url).to_owned())) {
        let draft = json!({ "title": "Bad", "enabled": false, "url": url });
        let problem = app
            .api
            .create_feed(&draft)
            .await
            .problem(422, "invalid_fields");
        let error = &problem["errors"][0];
        assert_eq!(
            (
                &error["pointer"],
                problem["errors"].as_array().unwrap().len()
            ),
            (&json!("/url"), 1),
            "{url:?}: {problem}"
        );
        if ["address_not_public", "name_not_public"]
            .iter()
            .any(|code| error["code"] == *code)
        {
            assert!(
                error["detail"]
                    .as_str()
                    .unwrap()
                    .contains("delivery.allow_networks"),
                "{problem}"
            );
        }
        assert_eq!(
            app.api
                .update_feed(&feed, &json!({ "url": url }))
                .await
                .invalid()[0]
                .0,
            "/url",
            "{url:?}"
        );
        assert_eq!(
            app.api
                .preview_feed(&json!({ "feed": draft }))
                .await
                .invalid()[0]
                .0,
            "/feed/url",
            "{url:?}"
        );
    }
    assert_eq!(
        app.api.read_feed(&feed).await.ok(200).json()["url"],
        json!(null)
    );
    // What looks like another host is shown for what it is.
    let shown = app
        .api
        .update_feed(&feed, &json!({ "url": "https://\u{430}pple.example/" }))
        .await
        .ok(200)
        .json();
    assert_eq!(shown["url"], "https://xn--pple-43d.example/");
    assert_eq!(trap.count(), 0);
}

/// Feeds that were saved while a network was open, after it was closed.
async fn nothing_is_connected_to_when_it_is_sent(profile: Profile) {
    let all = "0.0.0.0/0,::/0";
    let mut app = App::configured(profile, |settings| {
        _ = settings.set("delivery.allow_networks", all)
    })
    .await;
    let trap = Trap::set().await;
    let mut feeds = Vec::new();
    for host in HOSTS {
        let url = format!("http://{host}:{}/x", trap.port);
        let body = json!({ "title": "Trap", "url": url, "events": ["order.paid"], "retry_schedule": [], "timeout_ms": 5000 });
        let answer = app.api.create_feed(&body).await;
        // Some are no URL at all, whatever is open.
        if answer.status == 201 {
            feeds.push((*host, fixtures::id(&answer.json())));
        }
    }
    assert!(feeds.len() > 60, "{}", feeds.len());
    // Another network stays open, so that names are left to the judgement of their addresses.
    app.settings
        .set("delivery.allow_networks", "203.0.113.128/25");
    app.stop(Process::Worker).await;
    app.restart(Process::Worker).await;
    let event = fixtures::order_paid(&app.api, 1).await;
    for (host, feed) in &feeds {
        let delivery = app.api.delivery(&event, feed, "failed").await;
        assert!(is_harmless(&delivery), "{host}: {delivery}");
        let tested = app.api.test_feed(feed, &json!({})).await;
        match tested.status {
            // The API's own guard is closed as well (embedded), or the worker's refuses.
            422 => assert_eq!(tested.invalid()[0].0, "/url", "{host}"),
            _ => assert!(is_harmless(&tested.ok(200).json()), "{host}"),
        }
    }
    assert_eq!(trap.count(), 0);
}

/// Whether the only attempt came to nothing without a connection. Names that nobody here can
/// resolve are no danger either.
fn is_harmless(delivery: &Value) -> bool {
    let attempt = &delivery["attempts"][0];
    let refused = ["blocked", "dns"]
        .iter()
        .any(|code| attempt["error"]["code"] == *code);
    let silent = attempt["remote_address"].is_null() && attempt["response"].is_null();
    refused && silent && delivery["attempt_count"] == 1
}
