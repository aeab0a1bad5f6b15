use standardwebhooks::Webhook;

use super::*;
use crate::{
    id::FeedId,
    outbound::request::{Format, Method},
    vault::{MasterKey, Vault},
};
use chrono::TimeDelta;

fn vault() -> Vault {
    Vault::new(&MasterKey::generate())
}

fn spec(vault: FeedVault<'_>) -> FeedSpec {
    let secret = FeedHeader {
        name: "X-Key".into(),
        value: vault.seal_header("s3cret"),
        secret: true,
        basic_auth: None,
    };
    let mut spec = FeedSpec {
        headers: vec![secret],
        ..FeedSpec::default()
    };
    spec.settings.url = Some("https://a.example/hook?z=1".into());
    spec
}

fn keys(vault: FeedVault<'_>) -> SealedKeys {
    SealedKeys {
        secret: vault.new_secret(),
        key: Some(vault.new_key().0),
        previous: Vec::new(),
    }
}

const ABOUT: About<'_> = About {
    webhook_id: "msg_1",
    kind: "order.paid",
    attempt: 2,
    test: false,
};

fn payload(method: Method) -> Payload {
    Payload::stored(method, Format::Form, b"a=1&b=%C3%A9".as_slice().into())
}

fn header<'r>(request: &'r Request<'_>, name: &str) -> Option<&'r str> {
    request
        .headers
        .iter()
        .find(|header| header.name == name)
        .map(|header| header.value.as_str())
}

#[test]
fn a_request_says_who_it_is_and_what_it_carries() {
    let (vault, now) = (vault(), Instant::UNIX_EPOCH);
    let vault = FeedVault {
        vault: &vault,
        feed: FeedId::generate(),
    };
    let sending = Sending::open(&spec(vault), &keys(vault), vault).unwrap();
    let post = payload(Method::Post);
    let request = sending.request(&post, ABOUT, now).unwrap();
    let names: Vec<_> = request
        .headers
        .iter()
        .map(|header| header.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
            "hookyard-event",
            "hookyard-attempt",
            "user-agent",
            "content-type",
            "X-Key"
        ]
    );
    assert_eq!(
        (
            header(&request, "hookyard-attempt"),
            header(&request, "X-Key")
        ),
        (Some("2"), Some("s3cret"))
    );
    assert_eq!(
        (request.url.as_str(), request.body),
        ("https://a.example/hook?z=1", Some(&b"a=1&b=%C3%A9"[..]))
    );
    assert!(
        !format!("{sending:?} {request:?}").contains("s3cret"),
        "secrets are never shown"
    );
    let test = sending
        .request(
            &post,
            About {
                test: true,
                ..ABOUT
            },
            now,
        )
        .unwrap();
    assert_eq!(header(&test, "hookyard-test"), Some("true"));
}

#[test]
fn a_get_has_no_content_type_and_signs_its_whole_query() {
    let (vault, now) = (vault(), chrono::Utc::now());
    let vault = FeedVault {
        vault: &vault,
        feed: FeedId::generate(),
    };
    let keys = keys(vault);
    let sending = Sending::open(&spec(vault), &keys, vault).unwrap();
    let get = payload(Method::Get);
    let request = sending.request(&get, ABOUT, now).unwrap();
    assert_eq!(
        (request.body, header(&request, "content-type")),
        (None, None)
    );
    assert_eq!(request.signed(), b"z=1&a=1&b=%C3%A9");
    let library = Webhook::new(&vault.open_secret(&keys.secret).unwrap().expose()).unwrap();
    assert_eq!(
        header(&request, "webhook-signature").unwrap(),
        library
            .sign("msg_1", now.timestamp(), request.signed())
            .unwrap()
    );
}

#[test]
fn what_signs_follows_the_feed_and_the_clock() {
    let (vault, now) = (vault(), chrono::Utc::now());
    let vault = FeedVault {
        vault: &vault,
        feed: FeedId::generate(),
    };
    let mut keys = keys(vault);
    keys.rotate(vault, 60, now).unwrap();
    let versions = |kind: SignatureKind, at: Instant| -> Vec<String> {
        let mut spec = spec(vault);
        spec.settings.signature = kind;
        let sending = Sending::open(&spec, &keys, vault).unwrap();
        let post = payload(Method::Post);
        let request = sending.request(&post, ABOUT, at).unwrap();
        let all = header(&request, "webhook-signature").unwrap();
        all.split(' ')
            .map(|one| one.split(',').next().unwrap().to_owned())
            .collect()
    };
    let later = now + TimeDelta::seconds(60);
    assert_eq!(versions(SignatureKind::V1, now), ["v1", "v1"]);
    assert_eq!(versions(SignatureKind::V1a, now), ["v1a", "v1a"]);
    assert_eq!(
        versions(SignatureKind::Both, now),
        ["v1", "v1", "v1a", "v1a"]
    );
    assert_eq!(versions(SignatureKind::Both, later), ["v1", "v1a"]);
}

#[test]
fn what_is_wrong_is_said_in_words() {
    let vault = vault();
    let vault = FeedVault {
        vault: &vault,
        feed: FeedId::generate(),
    };
    let why = |spec: FeedSpec, keys: SealedKeys| Sending::open(&spec, &keys, vault).unwrap_err();
    let mut draft = spec(vault);
    draft.settings.url = None;
    assert_eq!(why(draft, keys(vault)), "The feed has no URL.");
    let damaged = SealedKeys {
        secret: vec![1; 60],
        ..keys(vault)
    };
    let locked = Sending::open(&spec(vault), &damaged, vault).unwrap();
    assert!(locked.is_locked());
    let post = payload(Method::Post);
    let refused = locked.request(&post, ABOUT, chrono::Utc::now());
    assert!(refused.unwrap_err().to_string().contains("master_key"));
    let mut broken = spec(vault);
    broken.settings.condition = Some("data.".into());
    assert!(!why(broken, keys(vault)).is_empty());
}
