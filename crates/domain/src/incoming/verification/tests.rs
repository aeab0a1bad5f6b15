//! Every scheme against signatures that the providers' own libraries or documentation made.

use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};

use super::*;

/// The headers of a test's call.
struct Sent(Vec<(&'static str, String)>);

impl HeaderLookup for Sent {
    fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.0
            .iter()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_bytes())
    }
}

const AT: i64 = 1_773_475_512;
const EVENT: &str =
    r#"{"id":"evt_1NG8Du2eZvKYlo2CUI79vXWy","object":"event","email":"inês@example.org"}"#;
const FORM: &str = "email=ines%40example.org&first_name=In%C3%AAs";
const MESSAGE: &str = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";
const STANDARD_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// Made by `standardwebhooks` and by `svix`, both for Python.
const STANDARD: &str = "v1,aOwCBFlAOW/gCRGJmeou5pUkGTx2k3JANOC0YXH35TM=";
const STRIPE_SECRET: &str = "whsec_test_secret_of_stripe";
/// Made and verified by `stripe` for Python.
const STRIPE: &str = "a3fe64756e5b75906e58fb279c64ce43d869b52d718943cd0daeba674f877e8b";
const HUSH: &str = "hush_hush_client_secret";

fn parse(value: Value) -> Verification {
    serde_json::from_value::<VerificationDraft>(value)
        .unwrap()
        .check(None)
        .unwrap()
}

/// Verifies a call that came some seconds after [`AT`].
fn later(
    value: &Value,
    headers: &[(&'static str, &str)],
    body: &str,
    seconds: i64,
) -> Result<(), CallRefusal> {
    let sent = Sent(
        headers
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect(),
    );
    let now = DateTime::from_timestamp(AT, 999_999_000).unwrap() + TimeDelta::seconds(seconds);
    parse(value.clone()).verify(&sent, body.as_bytes(), now)
}

fn now(value: &Value, headers: &[(&'static str, &str)], body: &str) -> Result<(), CallRefusal> {
    later(value, headers, body, 0)
}

fn missing(header: &str) -> Result<(), CallRefusal> {
    Err(CallRefusal::Missing(header.into()))
}

const INVALID: Result<(), CallRefusal> = Err(CallRefusal::Invalid);

#[test]
fn without_a_scheme_the_url_is_enough() {
    assert_eq!(now(&json!({"scheme": "none"}), &[], "anything"), Ok(()));
}

#[test]
fn github_signs_as_its_documentation_shows() {
    let github = json!({"scheme": "github", "secret": "It's a Secret to Everybody"});
    let right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(
        now(&github, &[("x-hub-signature-256", right)], "Hello, World!"),
        Ok(())
    );
    assert_eq!(
        now(&github, &[("X-Hub-Signature-256", right)], "Hello, World?"),
        INVALID
    );
    let other = json!({"scheme": "github", "secret": "It's a Secret to Nobody"});
    assert_eq!(
        now(&other, &[("X-Hub-Signature-256", right)], "Hello, World!"),
        INVALID
    );
    assert_eq!(
        now(&github, &[("X-Hub-Signature", "sha1=00")], "Hello, World!"),
        missing("X-Hub-Signature-256")
    );
    for wrong in [
        &right["sha256=".len()..],
        &right[..70],
        "sha256=",
        "sha256=zz",
        "",
        &format!("{right}00"),
    ] {
        assert_eq!(
            now(&github, &[("X-Hub-Signature-256", wrong)], "Hello, World!"),
            INVALID,
            "{wrong}"
        );
    }
    let twice = [
        ("X-Hub-Signature-256", right),
        ("X-Hub-Signature-256", right),
    ];
    assert_eq!(
        now(&github, &twice, "Hello, World!"),
        INVALID,
        "which of the two would be meant?"
    );
}

#[test]
fn shopify_signs_in_base64() {
    let shopify = json!({"scheme": "shopify", "secret": HUSH});
    let right = "oNBj38dDMtpQ90nrFCnaSn4naDCeUE7LK9Lvmtx7IK0=";
    assert_eq!(
        now(&shopify, &[("X-Shopify-Hmac-SHA256", right)], EVENT),
        Ok(())
    );
    assert_eq!(
        now(
            &shopify,
            &[("X-Shopify-Hmac-Sha256", right.trim_end_matches('='))],
            EVENT
        ),
        Ok(())
    );
    assert_eq!(
        now(&shopify, &[("X-Shopify-Hmac-Sha256", right)], FORM),
        INVALID
    );
    assert_eq!(now(&shopify, &[], EVENT), missing("X-Shopify-Hmac-Sha256"));
}

#[test]
fn an_hmac_stands_where_the_owner_says() {
    let hex = "42434a6def679eceabf9f9aa6e9f450beecd02743919c08319dff0df12907ea6";
    let plain = json!({"scheme": "hmac_sha256", "header": "X-Signature", "secret": HUSH});
    assert_eq!(now(&plain, &[("x-signature", hex)], FORM), Ok(()));
    assert_eq!(
        now(&plain, &[("x-signature", &hex.to_uppercase())], FORM),
        Ok(())
    );
    assert_eq!(now(&plain, &[("x-signature", hex)], ""), INVALID);
    assert_eq!(
        now(&plain, &[("x-signature", &format!("v0={hex}"))], FORM),
        INVALID
    );
    let prefixed =
        json!({"scheme": "hmac_sha256", "header": "X-Signature", "prefix": "v0=", "secret": HUSH});
    assert_eq!(
        now(&prefixed, &[("x-signature", &format!("v0={hex}"))], FORM),
        Ok(())
    );
    assert_eq!(now(&prefixed, &[("x-signature", hex)], FORM), INVALID);
    let base64 = json!({"scheme": "hmac_sha256", "header": "X-Signature", "encoding": "base64", "secret": HUSH});
    assert_eq!(
        now(
            &base64,
            &[(
                "x-signature",
                "oNBj38dDMtpQ90nrFCnaSn4naDCeUE7LK9Lvmtx7IK0="
            )],
            EVENT
        ),
        Ok(())
    );
    assert_eq!(now(&base64, &[("x-signature", hex)], EVENT), INVALID);
}

#[test]
fn standard_webhooks_are_believed_for_a_while() {
    let standard = json!({"scheme": "standard_webhooks", "secret": STANDARD_SECRET});
    let at = AT.to_string();
    let headers = [
        ("webhook-id", MESSAGE),
        ("webhook-timestamp", &at),
        ("webhook-signature", STANDARD),
    ];
    for seconds in [0, 300, -300] {
        assert_eq!(
            later(&standard, &headers, FORM, seconds),
            Ok(()),
            "{seconds}"
        );
    }
    for seconds in [301, -301, 1_000_000_000] {
        assert_eq!(
            later(&standard, &headers, FORM, seconds),
            Err(CallRefusal::Expired(300)),
            "{seconds}"
        );
        assert_eq!(
            later(&standard, &headers, EVENT, seconds),
            INVALID,
            "only what was signed can be old"
        );
    }
    let short =
        json!({"scheme": "standard_webhooks", "secret": STANDARD_SECRET, "tolerance_seconds": 30});
    assert_eq!(
        (
            later(&short, &headers, FORM, 30),
            later(&short, &headers, FORM, 31)
        ),
        (Ok(()), Err(CallRefusal::Expired(30)))
    );
    let svix = [
        ("svix-id", MESSAGE),
        ("svix-timestamp", &at),
        ("svix-signature", STANDARD),
    ];
    assert_eq!(now(&standard, &svix, FORM), Ok(()));
    assert_eq!(
        now(&standard, &[svix[0], svix[1], headers[2]], FORM),
        missing("webhook-id"),
        "no mixture"
    );
    for (i, (name, _)) in headers.iter().enumerate() {
        let rest: Vec<_> = headers
            .iter()
            .enumerate()
            .filter(|(j, _)| *j != i)
            .map(|(_, header)| *header)
            .collect();
        assert_eq!(now(&standard, &rest, FORM), missing(name));
    }
}

#[test]
fn one_right_signature_of_several_is_enough() {
    let standard = json!({"scheme": "standard_webhooks", "secret": STANDARD_SECRET});
    let at = AT.to_string();
    let with = |signatures: &str| {
        now(
            &standard,
            &[
                ("webhook-id", MESSAGE),
                ("webhook-timestamp", &at),
                ("webhook-signature", signatures),
            ],
            FORM,
        )
    };
    let other = STANDARD.replace("aOw", "bOw");
    for good in [
        format!("{other} {STANDARD}"),
        format!("v1a,AAAA {STANDARD} {other}"),
        STANDARD.trim_end_matches('=').into(),
    ] {
        assert_eq!(with(&good), Ok(()), "{good}");
    }
    let many = vec![STANDARD; MAX_SIGNATURES + 1].join(" ");
    for bad in [
        &other,
        "",
        "v1,",
        "v1",
        &STANDARD.replace("v1", "v2"),
        &STANDARD[3..],
        &many,
        &"x".repeat(MAX_HEADER + 1),
    ] {
        assert_eq!(with(bad), INVALID, "{bad}");
    }
}

#[test]
fn what_is_signed_cannot_be_cut_otherwise() {
    let standard = json!({"scheme": "standard_webhooks", "secret": STANDARD_SECRET});
    let at = AT.to_string();
    let with = |id: &str, timestamp: &str, body: &str| {
        now(
            &standard,
            &[
                ("webhook-id", id),
                ("webhook-timestamp", timestamp),
                ("webhook-signature", STANDARD),
            ],
            body,
        )
    };
    assert_eq!(with(MESSAGE, &at, FORM), Ok(()));
    // The same bytes, with the dots elsewhere.
    assert_eq!(with(&format!("{MESSAGE}.{at}"), &at, FORM), INVALID);
    for timestamp in [
        "",
        " 1",
        "+1",
        "-1",
        "1e9",
        "١",
        "1773475512.0",
        "9999999999999999999999",
        &format!("0{at}"),
    ] {
        assert_eq!(with(MESSAGE, timestamp, FORM), INVALID, "{timestamp}");
    }
    for id in ["", "msg other", &"m".repeat(256), "msg_é"] {
        assert_eq!(with(id, &at, FORM), INVALID, "{id}");
    }
}

#[test]
fn stripe_signs_the_time_and_the_body() {
    let stripe = json!({"scheme": "stripe", "secret": STRIPE_SECRET});
    let with =
        |header: &str, seconds| later(&stripe, &[("Stripe-Signature", header)], EVENT, seconds);
    let right = format!("t={AT},v1={STRIPE}");
    assert_eq!(with(&right, 300), Ok(()));
    assert_eq!(
        (with(&right, 301), with(&right, -301)),
        (
            Err(CallRefusal::Expired(300)),
            Err(CallRefusal::Expired(300))
        )
    );
    let wrong = "0".repeat(64);
    for good in [
        format!("t={AT},v1={wrong},v1={STRIPE},v0={wrong}"),
        format!("v1={STRIPE}, t={AT}"),
    ] {
        assert_eq!(with(&good, 0), Ok(()), "{good}");
    }
    for bad in [
        format!("v1={STRIPE}"),
        format!("t={AT}"),
        format!("t={AT},v0={STRIPE}"),
        format!("t={AT},t={AT},v1={STRIPE}"),
        format!("t={},v1={STRIPE}", AT + 1),
        format!("t=x,v1={STRIPE}"),
        format!("{}t={AT},v1={STRIPE}", format!("v1={wrong},").repeat(15)),
        String::new(),
    ] {
        assert_eq!(with(&bad, 0), INVALID, "{bad}");
    }
    assert_eq!(now(&stripe, &[("Stripe-Signature", &right)], FORM), INVALID);
    assert_eq!(now(&stripe, &[], EVENT), missing("Stripe-Signature"));
}

#[test]
fn shared_secrets_are_compared_whole() {
    // RFC 7617 has this pair with a shorter password.
    let basic = json!({"scheme": "basic", "username": "Aladdin", "password": "open sesame"});
    for good in [
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "basic  QWxhZGRpbjpvcGVuIHNlc2FtZQ",
    ] {
        assert_eq!(
            now(&basic, &[("authorization", good)], ""),
            Ok(()),
            "{good}"
        );
    }
    for bad in [
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== x",
        "Basic QWxhZGRpbjo=",
        "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "Basic",
        "Basic !",
    ] {
        assert_eq!(now(&basic, &[("authorization", bad)], ""), INVALID, "{bad}");
    }
    assert_eq!(now(&basic, &[], ""), missing("Authorization"));
    let header = json!({"scheme": "header", "header": "X-Api-Key", "secret": HUSH});
    assert_eq!(now(&header, &[("x-api-key", HUSH)], "any"), Ok(()));
    assert_eq!(now(&header, &[("x-api-key", &HUSH[1..])], "any"), INVALID);
    assert_eq!(
        now(&header, &[("x-api-key", HUSH), ("X-Api-Key", HUSH)], "any"),
        INVALID
    );
    assert_eq!(
        now(&header, &[("x-api-kay", HUSH)], "any"),
        missing("X-Api-Key")
    );
}

#[test]
fn a_delivery_has_the_id_that_its_provider_gave() {
    let id = |value: Value, headers: &[(&'static str, &str)], body: &str| {
        let sent = Sent(
            headers
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
        );
        parse(value).scheme().delivery_id(&sent, body.as_bytes())
    };
    let standard = || json!({"scheme": "standard_webhooks", "secret": STANDARD_SECRET});
    assert_eq!(
        id(standard(), &[("webhook-id", MESSAGE)], ""),
        Some(MESSAGE.into())
    );
    assert_eq!(
        id(
            standard(),
            &[("svix-id", "m1"), ("svix-signature", STANDARD)],
            ""
        ),
        Some("m1".into())
    );
    assert_eq!(id(standard(), &[("webhook-id", "not one")], ""), None);
    let github = || json!({"scheme": "github", "secret": HUSH});
    assert_eq!(
        id(github(), &[("X-GitHub-Delivery", "72d3162e")], ""),
        Some("72d3162e".into())
    );
    assert_eq!(
        id(github(), &[("X-GitHub-Delivery", &"7".repeat(256))], ""),
        None
    );
    assert_eq!(
        id(
            json!({"scheme": "shopify", "secret": HUSH}),
            &[("X-Shopify-Webhook-Id", "b54557e4")],
            ""
        ),
        Some("b54557e4".into())
    );
    let stripe = || json!({"scheme": "stripe", "secret": STRIPE_SECRET});
    assert_eq!(
        id(stripe(), &[], EVENT),
        Some("evt_1NG8Du2eZvKYlo2CUI79vXWy".into())
    );
    for body in [
        "",
        "{}",
        r#"{"id":7}"#,
        r#"{"data":{"id":"x"}}"#,
        FORM,
        &"[".repeat(100_000),
        r#"{"id":"a","id":"b"}"#,
    ] {
        assert_eq!(id(stripe(), &[], body), None, "{body:.20}");
    }
    assert_eq!(
        id(
            json!({"scheme": "header", "header": "X", "secret": HUSH}),
            &[("webhook-id", MESSAGE)],
            EVENT
        ),
        None
    );
}

#[test]
fn all_that_is_wrong_with_a_draft_is_named() {
    let problems = |value: Value| -> Vec<String> {
        let found = serde_json::from_value::<VerificationDraft>(value)
            .unwrap()
            .check(None)
            .unwrap_err();
        found
            .0
            .into_iter()
            .map(|e| {
                format!(
                    "{} {}",
                    e.pointer.strip_prefix("/verification/").unwrap(),
                    e.code
                )
            })
            .collect()
    };
    assert_eq!(
        problems(json!({"scheme": "paypal", "secret": "x"})),
        ["scheme invalid_value"]
    );
    let all = json!({
        "scheme": "hmac_sha256", "header": "X Sig", "encoding": "hax", "prefix": "a b", "tolerance_seconds": 1, "username": "u",
        "password": "p", "secret": "short",
    });
    let expected = [
        "header invalid_header_name",
        "encoding invalid_value",
        "prefix invalid_value",
        "secret too_short",
        "tolerance_seconds unknown_field",
        "username unknown_field",
        "password unknown_field",
    ];
    assert_eq!(problems(all), expected);
    assert_eq!(
        problems(json!({"scheme": "hmac_sha256"})),
        ["header required", "secret required"]
    );
    assert_eq!(
        problems(json!({"scheme": "basic", "secret": HUSH})),
        [
            "username required",
            "password required",
            "secret unknown_field"
        ]
    );
    assert_eq!(
        problems(json!({"scheme": "basic", "username": "a:b", "password": "1234567"})),
        ["username invalid_username", "password too_short"]
    );
    assert_eq!(
        problems(json!({"scheme": "none", "secret": HUSH})),
        ["secret unknown_field"]
    );
    for (scheme, secret, code) in [
        ("github", "", "too_short"),
        ("github", "123456789012345", "too_short"),
        ("github", &"x".repeat(513), "too_long"),
        ("github", " 1234567890123456", "invalid_secret"),
        ("github", "1234567890123456\n", "invalid_secret"),
        ("stripe", HUSH, "invalid_secret"),
        ("standard_webhooks", HUSH, "invalid_secret"),
        (
            "standard_webhooks",
            "whsec_dG9vIHNob3J0IHRvIGJl",
            "invalid_secret",
        ),
    ] {
        assert_eq!(
            problems(json!({"scheme": scheme, "secret": secret})),
            [format!("secret {code}")],
            "{scheme} {secret:?}"
        );
    }
    assert_eq!(
        problems(json!({"scheme": "header", "header": "X", "secret": "geheime-wörter-hier"})),
        ["secret invalid_secret"]
    );
    for seconds in [29, 3601, -1] {
        let draft =
            json!({"scheme": "stripe", "secret": STRIPE_SECRET, "tolerance_seconds": seconds});
        assert_eq!(problems(draft), ["tolerance_seconds out_of_range"]);
    }
}

#[test]
fn a_stored_secret_stays_with_its_scheme() {
    let stored = parse(json!({"scheme": "hmac_sha256", "header": "X-A", "secret": HUSH}));
    let check = |value: Value| {
        serde_json::from_value::<VerificationDraft>(value)
            .unwrap()
            .check(Some(&stored))
    };
    let changed = check(json!({"scheme": "hmac_sha256", "header": "X-B", "secret": null})).unwrap();
    assert_eq!((changed.expose(), changed == stored), (HUSH, false));
    assert_eq!(
        check(json!({"scheme": "hmac_sha256", "header": "X-A"})).unwrap(),
        stored
    );
    let renewed = check(
        json!({"scheme": "hmac_sha256", "header": "X-A", "secret": "another_secret_of_ours"}),
    )
    .unwrap();
    assert!(renewed != stored && renewed.expose() == "another_secret_of_ours");
    assert_eq!(
        check(json!({"scheme": "header", "header": "X-A"}))
            .unwrap_err()
            .0[0]
            .code,
        "required"
    );
    assert_eq!(
        check(json!({"scheme": "none"})).unwrap(),
        Verification::default()
    );
}

#[test]
fn secrets_are_neither_shown_nor_lost() {
    let draft: VerificationDraft =
        serde_json::from_value(json!({"scheme": "github", "secret": HUSH})).unwrap();
    let checked = draft.clone().check(None).unwrap();
    assert!(!format!("{draft:?} {checked:?} {}", json!(checked.scheme())).contains("hush"));
    assert_eq!(json!(checked.scheme()), json!({"scheme": "github"}));
    assert_eq!(
        Verification::restore(Scheme::Github, HUSH.into()),
        Some(checked)
    );
    assert_eq!(
        Verification::restore(Scheme::Github, String::new()),
        None,
        "nobody can sign with nothing"
    );
    assert_eq!(Verification::restore(Scheme::None, HUSH.into()), None);
}
