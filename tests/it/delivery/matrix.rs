//! Every method with every format and body, byte for byte as golden files have it, and signed so
//! that the published libraries and an ed25519 verifier agree.

use std::{fs, path::PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use hookyard_tests::{
    App, Profile, Received, Receiver, binary::workspace, both_profiles, fixtures,
};
use serde_json::{Value, json};

both_profiles!(every_method_format_and_body_is_sent_as_documented_and_verifies);

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const FORMATS: [&str; 2] = ["json", "form"];
const BODIES: [&str; 2] = ["all", "selected"];
/// Renews the golden files.
const RENEW: &str =
    "GOLDEN=renew cargo test -p hookyard-tests --test it delivery::matrix::embedded";

const KIND: &str = "order.measured";

/// Numbers that a double cannot hold, what is empty, other alphabets, and names that mean
/// something in forms.
const EVENT: &str = r#"{"type":"order.measured","occurred_at":"2026-03-14T08:05:12Z","data":{ "price":19.99,"huge":1e21,"exact":9007199254740993,
 "zero":-0,"cents":1.10,"none":null,"yes":true,"no":false,"text":"Zo\u00eb \ud83c\udf89 a&b=c+d 100%","blank":"","list":[1,[2,3],{"a":null,"b":"x"}],"nothing":[],"void":{},
 "a[b]":"brackets","a.b":"dot","deep":{"er":{"est":"<tag> \"quoted\" \\ /"}} }}"#;

fn selected() -> Value {
    let field = |key: &str, value: &str| json!({ "key": key, "value": value });
    json!([
        field("price", "{{ data.price }}"),
        field("huge", "{{ data.huge }}"),
        field("exact", "{{ data.exact }}"),
        field("zero", "{{ data.zero }}"),
        field("cents", "{{ data.cents }}"),
        field("none", "{{ data.none }}"),
        field("yes", "{{ data.yes }}"),
        field("no", "{{ data.no }}"),
        field("text", "{{ data.text }}"),
        field("blank", "{{ data.blank }}"),
        field("list", "{{ data.list }}"),
        field("nothing", "{{ data.nothing }}"),
        field("void", "{{ data.void }}"),
        field("missing", "{{ data.no_such.thing }}"),
        field("mixed", "{{ data.text }} for {{ data.price }}"),
        field("fixed", "a & b"),
        field("key[with]brackets", "{{ data.deep.er.est }}"),
        field("key.with.dots", "{{ type }}"),
    ])
}

/// One feed of the twenty.
struct Case {
    name: String,
    method: &'static str,
    feed: String,
    receiver: Receiver,
}

async fn cases(app: &App) -> Vec<Case> {
    let mut cases = Vec::new();
    for method in METHODS {
        for format in FORMATS {
            for body in BODIES {
                let (name, receiver) = (
                    format!("{}-{format}-{body}", method.to_lowercase()),
                    Receiver::start(),
                );
                let what = if body == "all" {
                    json!({ "mode": "all" })
                } else {
                    json!({ "mode": "selected", "fields": selected() })
                };
                let url = receiver.url("/hook?own=%C3%A9&own=2");
                let more = json!({ "title": name, "method": method, "format": format, "body": what, "url": url, "signature": "v1,v1a" });
                let feed = fixtures::feed(&app.api, &receiver, &[KIND], more).await;
                cases.push(Case {
                    name,
                    method,
                    feed,
                    receiver,
                });
            }
        }
    }
    cases
}

async fn every_method_format_and_body_is_sent_as_documented_and_verifies(profile: Profile) {
    let app = App::start(profile).await;
    // Its example has every field that the feeds name, also the one that the event lacks.
    let mut example: Value = serde_json::from_str::<Value>(EVENT).unwrap()["data"].take();
    example["no_such"] = json!({ "thing": 1 });
    let kind = json!({ "name": KIND, "label": "Measured", "group": "Tests", "example": example });
    app.api.create_event_type(&kind).await.ok(201);
    let cases = cases(&app).await;
    assert_eq!(cases.len(), 20);
    let event = fixtures::id(&app.api.create_event_of(EVENT).await.ok(202).json());
    let mut differences = Vec::new();
    for case in &cases {
        let got = case.receiver.wait_for(1).await.remove(0);
        assert_eq!(got.method, case.method);
        differences.extend(compare(&case.name, &written(&got, &event)));
        verify(
            &got,
            &[secret(&app, case).await],
            &[public_key(&app, case).await],
        );
    }
    assert!(
        differences.is_empty(),
        "{}\nIf this is what is wanted: {RENEW}",
        differences.join("\n")
    );
    // While a rotation's grace runs, both secrets and both keys verify.
    for case in &cases {
        let old = (secret(&app, case).await, public_key(&app, case).await);
        app.api
            .rotate_feed_secret(&case.feed, &json!({}))
            .await
            .ok(200);
        app.api
            .test_feed(&case.feed, &json!({ "event_type": KIND }))
            .await
            .ok(200);
        let got = case.receiver.wait_for(2).await.remove(1);
        verify(
            &got,
            &[old.0, secret(&app, case).await],
            &[old.1, public_key(&app, case).await],
        );
    }
}

async fn secret(app: &App, case: &Case) -> String {
    app.api.read_feed_secret(&case.feed).await.ok(200).json()["secret"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn public_key(app: &App, case: &Case) -> String {
    app.api.read_feed(&case.feed).await.ok(200).json()["public_key"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// A request so that a person can read it: the request line, the content type, an empty line, and
/// the body as it came.
fn written(got: &Received, event: &str) -> Vec<u8> {
    let query = got.query.as_deref().unwrap_or_default();
    let kind = got
        .headers
        .get("content-type")
        .map(|value| format!("content-type: {}\n", value.to_str().unwrap()))
        .unwrap_or_default();
    let text = [
        format!("{} {}?{query}\n{kind}\n", got.method, got.path).as_bytes(),
        &got.body,
    ]
    .concat();
    // The only part that differs from run to run.
    let text = String::from_utf8(text).expect("requests are text");
    text.replace(event, "evt_00000000000000000000000000")
        .into_bytes()
}

/// Says where a request differs from its golden file.
fn compare(name: &str, got: &[u8]) -> Option<String> {
    let path: PathBuf = workspace()
        .join("tests/golden/requests")
        .join(format!("{name}.txt"));
    if std::env::var("GOLDEN").is_ok_and(|word| word == "renew") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, got).unwrap();
        return None;
    }
    let golden = fs::read(&path).unwrap_or_default();
    let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (golden != got).then(|| {
        format!(
            "{} has\n{}\nbut this was sent:\n{}\n",
            path.display(),
            show(&golden),
            show(got)
        )
    })
}

/// The bytes that were sent are those that were signed.
fn verify(got: &Received, secrets: &[String], keys: &[String]) {
    let signed = if got.method == "GET" {
        got.query.as_deref().unwrap_or_default().as_bytes()
    } else {
        &got.body
    };
    let changed = [signed, b" "].concat();
    for secret in secrets {
        // Both take the bytes as they are: the raw mode, which forms and queries need.
        let published = standardwebhooks::Webhook::new(secret).unwrap();
        published.verify(signed, &got.headers).unwrap();
        assert!(published.verify(&changed, &got.headers).is_err());
        let svix = svix::webhooks::Webhook::new(secret).unwrap();
        svix.verify(signed, &got.headers).unwrap();
        assert!(svix.verify(&changed, &got.headers).is_err());
    }
    let signatures: Vec<_> = got.header("webhook-signature").split(' ').collect();
    assert_eq!(signatures.len(), secrets.len() + keys.len());
    let content = |body: &[u8]| {
        let head = format!(
            "{}.{}.",
            got.header("webhook-id"),
            got.header("webhook-timestamp")
        );
        [head.as_bytes(), body].concat()
    };
    for key in keys {
        let key = STANDARD.decode(key.strip_prefix("whpk_").unwrap()).unwrap();
        let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, key);
        let verifies = |message: &[u8]| {
            let good = |one: &&&str| {
                one.strip_prefix("v1a,")
                    .is_some_and(|one| key.verify(message, &STANDARD.decode(one).unwrap()).is_ok())
            };
            signatures.iter().filter(good).count()
        };
        assert_eq!(
            (verifies(&content(signed)), verifies(&content(&changed))),
            (1, 0)
        );
    }
}
