//! Signatures and other proofs of callers, right and wrong.

use std::collections::BTreeSet;

use domain::incoming::verification::{
    CallRefusal, HeaderLookup, Scheme, Verification, VerificationDraft,
};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::{Value, json};

const AT: i64 = 1_773_475_512;
const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

#[derive(Debug, Clone)]
struct Sent(Vec<(String, Vec<u8>)>);

impl HeaderLookup for Sent {
    fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.0
            .iter()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    }
}

fn schemes() -> Vec<Value> {
    vec![
        json!({"scheme": "hmac_sha256", "header": "X-Signature", "prefix": "v0=", "secret": SECRET}),
        json!({"scheme": "hmac_sha256", "header": "X-Signature", "encoding": "base64", "secret": SECRET}),
        json!({"scheme": "standard_webhooks", "secret": SECRET}),
        json!({"scheme": "stripe", "secret": SECRET}),
        json!({"scheme": "github", "secret": SECRET}),
        json!({"scheme": "shopify", "secret": SECRET}),
        json!({"scheme": "basic", "username": "shop", "password": SECRET}),
        json!({"scheme": "header", "header": "X-Signature", "secret": SECRET}),
    ]
}

fn of(scheme: &Value) -> Verification {
    serde_json::from_value::<VerificationDraft>(scheme.clone())
        .unwrap()
        .check(None)
        .unwrap()
}

fn verify(scheme: &Value, sent: &Sent, body: &[u8]) -> Result<(), CallRefusal> {
    let verification = of(scheme);
    let verdict = verification.verify(sent, body, chrono::DateTime::from_timestamp(AT, 0).unwrap());
    // Neither does this fail, nor is there ever more of it than a column holds.
    assert!(
        verification
            .scheme()
            .delivery_id(sent, body)
            .is_none_or(|id| (1..=255).contains(&id.len()))
    );
    if let Err(refusal) = &verdict {
        assert!(!refusal.to_string().contains(SECRET));
    }
    verdict
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// The headers of a caller who knows the secret.
fn proof(scheme: &Value, body: &[u8]) -> Sent {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let (key, at) = (SECRET.as_bytes(), AT.to_string());
    let hex = |bytes: Vec<u8>| hex::encode(bytes);
    let headers = match (
        scheme["scheme"].as_str().unwrap(),
        scheme["encoding"].as_str(),
    ) {
        ("hmac_sha256", None) => vec![("X-Signature", format!("v0={}", hex(mac(key, &[body]))))],
        ("hmac_sha256", Some(_)) => vec![("X-Signature", STANDARD.encode(mac(key, &[body])))],
        ("github", _) => vec![(
            "X-Hub-Signature-256",
            format!("sha256={}", hex(mac(key, &[body]))),
        )],
        ("shopify", _) => vec![("X-Shopify-Hmac-Sha256", STANDARD.encode(mac(key, &[body])))],
        ("stripe", _) => vec![(
            "Stripe-Signature",
            format!("t={at},v1={}", hex(mac(key, &[at.as_bytes(), b".", body]))),
        )],
        ("standard_webhooks", _) => {
            let key = STANDARD.decode(&SECRET["whsec_".len()..]).unwrap();
            let signature = STANDARD.encode(mac(&key, &[b"msg_1.", at.as_bytes(), b".", body]));
            vec![
                ("webhook-id", "msg_1".into()),
                ("webhook-timestamp", at),
                ("webhook-signature", format!("v1,{signature}")),
            ]
        }
        ("basic", _) => vec![(
            "Authorization",
            format!("Basic {}", STANDARD.encode(format!("shop:{SECRET}"))),
        )],
        _ => vec![("X-Signature", SECRET.to_owned())],
    };
    Sent(
        headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into_bytes()))
            .collect(),
    )
}

const NAMES: &[&str] = &[
    "X-Signature",
    "X-Hub-Signature-256",
    "X-Shopify-Hmac-Sha256",
    "Stripe-Signature",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "svix-id",
    "svix-timestamp",
    "svix-signature",
    "Authorization",
    "X-GitHub-Delivery",
    "X-Shopify-Webhook-Id",
];

/// HeaderLookup that look like proofs: right names, wrong or odd values.
fn odd_headers() -> impl Strategy<Value = Sent> {
    let value = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..80),
        "(sha256=|v0=|v1,|v1=|t=|Basic )?[0-9a-f]{0,64}".prop_map(String::into_bytes),
        "(v1a?,[A-Za-z0-9+/=]{0,44} ?){0,20}".prop_map(String::into_bytes),
        "(t=1773475512,?|v1=[0-9a-f]{64},?|v0=,?|,|=){0,20}".prop_map(String::into_bytes),
        Just(AT.to_string().into_bytes()),
        Just(vec![b'a'; 5000]),
    ];
    prop::collection::vec(
        (prop::sample::select(NAMES).prop_map(str::to_owned), value),
        0..8,
    )
    .prop_map(Sent)
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        "\\{\"id\":\\PC{0,20}\\}?".prop_map(String::into_bytes),
        Just(Vec::new())
    ]
}

#[test]
fn every_scheme_is_tried_here() {
    let name = |scheme: &Value| {
        json!(of(scheme).scheme())["scheme"]
            .as_str()
            .map(str::to_owned)
    };
    let tried: BTreeSet<_> = schemes()
        .iter()
        .chain([&json!({"scheme": "none"})])
        .filter_map(name)
        .collect();
    assert_eq!(
        tried,
        Scheme::NAMES
            .iter()
            .map(|name| (*name).to_owned())
            .collect()
    );
}

proptest! {
    #[test]
    fn nobody_guesses(headers in odd_headers(), body in body()) {
        for scheme in schemes() {
            prop_assert!(verify(&scheme, &headers, &body).is_err(), "{scheme}");
        }
    }

    #[test]
    fn who_knows_the_secret_is_believed_whatever_else_is_sent(body in body(), at in 0..schemes().len(), more in "[a-z]{1,9}") {
        let scheme = &schemes()[at];
        let mut sent = proof(scheme, &body);
        sent.0.push((format!("X-Other-{more}"), more.into_bytes()));
        prop_assert_eq!(verify(scheme, &sent, &body), Ok(()), "{}", scheme);
    }

    /// One byte of what was sent is another: of the body, or of a header.
    #[test]
    fn whatever_is_changed_is_noticed(body in body(), at in 0..schemes().len(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let scheme = &schemes()[at];
        let (sent, mut changed, mut other) = (proof(scheme, &body), proof(scheme, &body), body.clone());
        let signs_the_body = !["basic", "header"].contains(&scheme["scheme"].as_str().unwrap());
        let in_body = if signs_the_body { body.len() } else { 0 };
        let sizes: Vec<_> = sent.0.iter().map(|(_, value)| value.len()).collect();
        let mut place = place.index(in_body + sizes.iter().sum::<usize>());
        let is_in_body = place < in_body;
        let old = if is_in_body {
            std::mem::replace(&mut other[place], byte)
        } else {
            place -= in_body;
            let header = sizes.iter().position(|size| { let here = place < *size; if !here { place -= size; } here }).unwrap();
            std::mem::replace(&mut changed.0[header].1[place], byte)
        };
        // In headers, hex and the word Basic are read in either case, and base64 with or without
        // padding.
        let means_the_same = old.eq_ignore_ascii_case(&byte) || old == b'=' && char::from(byte).is_whitespace();
        if old != byte && (is_in_body || !means_the_same) {
            prop_assert!(verify(scheme, &changed, &other).is_err(), "{scheme} {old} {byte} {changed:?}");
        }
    }

    #[test]
    fn any_draft_is_good_or_its_faults_are_named(
        scheme in prop_oneof![prop::sample::select(Scheme::NAMES).prop_map(str::to_owned), "[a-z]{0,6}"],
        texts in prop::array::uniform6(prop::option::of(prop_oneof!["\\PC{0,40}", Just(SECRET.to_owned()), "[a-z-]{1,20}", Just("x".repeat(600))])),
        tolerance in prop::option::of(any::<i64>()),
    ) {
        let [header, encoding, prefix, username, password, secret] = texts;
        let draft: VerificationDraft = serde_json::from_value(json!({
            "scheme": scheme, "header": header, "encoding": encoding, "prefix": prefix, "username": username, "password": password,
            "secret": secret, "tolerance_seconds": tolerance,
        })).unwrap();
        match draft.check(None) {
            Ok(good) => {
                let kept = serde_json::from_value(json!(good.scheme())).unwrap();
                prop_assert_eq!(Verification::restore(kept, good.expose().to_owned()), Some(good), "it can be kept");
            }
            Err(invalid) => prop_assert!(invalid.0.iter().all(|e| e.pointer.starts_with("/verification/") && e.detail.len() < 200)),
        }
    }
}
