//! Who may call: the schemes of `verification`, with signatures that other people's libraries make.

use base64::{Engine, engine::general_purpose::STANDARD};
use hookyard_tests::{App, Client, Process, Profile, both_profiles, fixtures};
use ring::hmac;
use serde_json::{Value, json};

both_profiles!(
    each_scheme_lets_in_who_knows_its_secret,
    signatures_of_another_time_have_expired,
    one_of_several_signatures_is_enough,
    a_signed_body_is_read_only_as_what_it_is,
    an_unsigned_header_makes_no_other_call_of_a_providers_delivery,
    what_is_refused_is_written_down_and_changes_nothing,
    secrets_go_in_and_never_come_out,
    a_stored_secret_stays_while_its_scheme_does,
    whatever_is_wrong_with_a_verification_is_named,
);

const FORM: &str = "application/x-www-form-urlencoded";
const BODY: &str = "email=ines%40example.org&first_name=In%C3%AAs";
const SECRET: &str = "correct horse battery";
const OTHER: &str = "incorrect horse battery";
const WHSEC: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const OTHER_WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

type Headers = Vec<(&'static str, String)>;
/// The headers that somebody with this secret sends with this body.
type Proof = Box<dyn Fn(&str, &str) -> Headers>;

fn mac(secret: &str, message: &str) -> Vec<u8> {
    hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
        message.as_bytes(),
    )
    .as_ref()
    .to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn stripe(secret: &str, at: i64, body: &str) -> String {
    format!("t={at},v1={}", hex(&mac(secret, &format!("{at}.{body}"))))
}

fn standard(secret: &str, at: i64, body: &str) -> Headers {
    let signature = standardwebhooks::Webhook::new(secret)
        .unwrap()
        .sign("msg_1", at, body.as_bytes())
        .unwrap();
    vec![
        ("webhook-id", "msg_1".into()),
        ("webhook-timestamp", at.to_string()),
        ("webhook-signature", signature),
    ]
}

fn svix(secret: &str, at: i64, body: &str) -> Headers {
    let signature = svix::webhooks::Webhook::new(secret)
        .unwrap()
        .sign("msg_1", at, body.as_bytes())
        .unwrap();
    vec![
        ("svix-id", "msg_1".into()),
        ("svix-timestamp", at.to_string()),
        ("svix-signature", signature),
    ]
}

fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

/// A scheme, whether it signs the body, a right and a wrong secret, and what callers send.
struct Case {
    spec: Value,
    signs: bool,
    secrets: [&'static str; 2],
    headers: Proof,
}

fn case(spec: Value, signs: bool, headers: impl Fn(&str, &str) -> Headers + 'static) -> Case {
    let is_standard = ["standard_webhooks", "stripe"].contains(&spec["scheme"].as_str().unwrap());
    let secrets = if is_standard {
        [WHSEC, OTHER_WHSEC]
    } else {
        [SECRET, OTHER]
    };
    Case {
        spec,
        signs,
        secrets,
        headers: Box::new(headers),
    }
}

fn cases() -> Vec<Case> {
    let one = |name: &'static str, value: String| vec![(name, value)];
    vec![
        case(
            json!({ "scheme": "github", "secret": SECRET }),
            true,
            move |secret, body| {
                one(
                    "x-hub-signature-256",
                    format!("sha256={}", hex(&mac(secret, body))),
                )
            },
        ),
        case(
            json!({ "scheme": "shopify", "secret": SECRET }),
            true,
            move |secret, body| one("x-shopify-hmac-sha256", STANDARD.encode(mac(secret, body))),
        ),
        case(
            json!({ "scheme": "hmac_sha256", "header": "X-Signature", "secret": SECRET }),
            true,
            move |secret, body| one("x-signature", hex(&mac(secret, body))),
        ),
        case(
            json!({ "scheme": "hmac_sha256", "header": "X-Sig", "encoding": "base64", "prefix": "v0=", "secret": SECRET }),
            true,
            move |secret, body| {
                one(
                    "x-sig",
                    format!("v0={}", STANDARD.encode(mac(secret, body))),
                )
            },
        ),
        case(
            json!({ "scheme": "standard_webhooks", "secret": WHSEC }),
            true,
            |secret, body| standard(secret, now(), body),
        ),
        case(
            json!({ "scheme": "standard_webhooks", "secret": WHSEC }),
            true,
            |secret, body| svix(secret, now(), body),
        ),
        case(
            json!({ "scheme": "stripe", "secret": WHSEC }),
            true,
            move |secret, body| one("stripe-signature", stripe(secret, now(), body)),
        ),
        case(
            json!({ "scheme": "basic", "username": "shop", "password": SECRET }),
            false,
            move |secret, _| {
                one(
                    "authorization",
                    format!("Basic {}", STANDARD.encode(format!("shop:{secret}"))),
                )
            },
        ),
        case(
            json!({ "scheme": "header", "header": "X-Shared-Secret", "secret": SECRET }),
            false,
            move |secret, _| one("x-shared-secret", secret.to_owned()),
        ),
    ]
}

fn sender(api: &Client, headers: &Headers) -> Client {
    headers
        .iter()
        .fold(api.without_key(), |client, (name, value)| {
            client.with_another(name, value)
        })
}

async fn each_scheme_lets_in_who_knows_its_secret(profile: Profile) {
    let app = App::start(profile).await;
    for Case {
        spec,
        signs,
        secrets: [right, wrong],
        headers,
    } in cases()
    {
        let (_, url) =
            fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop", "verification": spec }))
                .await;
        let signed = headers(right, BODY);
        sender(&app.api, &signed)
            .call(&url, FORM, BODY)
            .await
            .ok(200);
        let nobody = app.api.without_key().call(&url, FORM, BODY).await;
        assert!(
            nobody.header("www-authenticate").is_some(),
            "a 401 says what it wants: {spec}"
        );
        nobody.problem(401, "signature_missing");
        let refuse = async |headers: &Headers, body: &str| {
            let problem = sender(&app.api, headers)
                .call(&url, FORM, body.to_owned())
                .await
                .problem(401, "signature_invalid");
            let text = problem.to_string();
            assert!(
                ![right, wrong].iter().any(|secret| text.contains(secret)),
                "{text}"
            );
            assert!(
                !signed
                    .iter()
                    .any(|(_, value)| value.len() > 10 && text.contains(value)),
                "{text}"
            );
        };
        refuse(&headers(wrong, BODY), BODY).await;
        if right == SECRET {
            refuse(&headers("", BODY), BODY).await;
        }
        let twice = signed
            .iter()
            .flat_map(|header| [header.clone(), header.clone()])
            .collect();
        refuse(&twice, BODY).await;
        if signs {
            refuse(&signed, &BODY.replace("ines", "eve")).await;
            refuse(&signed, &format!("{BODY}&")).await;
            refuse(&signed, "").await;
        }
    }
    assert_eq!(
        app.api.list_users("").await.ok(200).list().len(),
        1,
        "only the rightful calls made a user"
    );
}

async fn signatures_of_another_time_have_expired(profile: Profile) {
    let app = App::start(profile).await;
    for scheme in ["standard_webhooks", "stripe"] {
        let spec = json!({ "scheme": scheme, "secret": WHSEC, "tolerance_seconds": 60 });
        let (webhook, url) =
            fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop", "verification": spec }))
                .await;
        let send = async |signed_at: i64, claimed: i64| {
            let mut headers = match scheme {
                "stripe" => vec![("stripe-signature", stripe(WHSEC, signed_at, BODY))],
                _ => standard(WHSEC, signed_at, BODY),
            };
            for (_, value) in &mut headers {
                *value = value.replace(&signed_at.to_string(), &claimed.to_string());
            }
            sender(&app.api, &headers).call(&url, FORM, BODY).await
        };
        let now = now();
        send(now, now).await.ok(200);
        send(now - 30, now - 30).await.ok(200);
        send(now - 100, now - 100)
            .await
            .problem(401, "signature_expired");
        send(now + 120, now + 120)
            .await
            .problem(401, "signature_expired");
        send(now - 100, now).await.problem(401, "signature_invalid");
        let wider = json!({ "verification": { "scheme": scheme, "tolerance_seconds": 600 } });
        app.api
            .update_incoming_webhook(&webhook, &wider)
            .await
            .ok(200);
        send(now - 100, now - 100).await.ok(200);
    }
}

async fn one_of_several_signatures_is_enough(profile: Profile) {
    let app = App::start(profile).await;
    let spec = json!({ "scheme": "standard_webhooks", "secret": WHSEC });
    let (_, url) =
        fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop", "verification": spec }))
            .await;
    let (mut both, other) = (
        standard(WHSEC, now(), BODY),
        standard(OTHER_WHSEC, now(), BODY),
    );
    both[2].1 = format!("{} v1a,bm90IG91cnM= {}", other[2].1, both[2].1);
    sender(&app.api, &both).call(&url, FORM, BODY).await.ok(200);
    both[2].1 = other[2].1.clone();
    sender(&app.api, &both)
        .call(&url, FORM, BODY)
        .await
        .problem(401, "signature_invalid");

    let spec = json!({ "scheme": "stripe", "secret": WHSEC });
    let (_, url) =
        fixtures::incoming_webhook(&app.api, &json!({ "name": "Stripe", "verification": spec }))
            .await;
    let right = stripe(WHSEC, now(), BODY);
    let header = right.replacen(",v1=", &format!(",v1={},v1=", "0".repeat(64)), 1);
    app.api
        .without_key()
        .with("stripe-signature", &header)
        .call(&url, FORM, BODY)
        .await
        .ok(200);
}

async fn what_is_refused_is_written_down_and_changes_nothing(profile: Profile) {
    let app = App::start(profile).await;
    let space = fixtures::space(&app.api, "Lobby").await;
    let spec = json!({ "scheme": "header", "header": "X-Shared-Secret", "secret": SECRET });
    let body = json!({ "name": "Shop", "add_space_ids": [space], "verification": spec });
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &body).await;
    app.api
        .without_key()
        .call(&url, FORM, BODY)
        .await
        .problem(401, "signature_missing");
    app.api
        .without_key()
        .with("x-shared-secret", OTHER)
        .call(&url, FORM, BODY)
        .await
        .problem(401, "signature_invalid");
    // What is not believed is not even read.
    app.api
        .without_key()
        .call(&url, "text/plain", "nonsense")
        .await
        .problem(401, "signature_missing");
    let calls = app.api.list_calls(&webhook).await.ok(200).list();
    let seen: Vec<_> = calls
        .iter()
        .map(|call| (call["status"].clone(), call["outcome"].clone()))
        .collect();
    let expected = [
        "signature_missing",
        "signature_invalid",
        "signature_missing",
    ]
    .map(|code| (json!(401), json!(code)));
    assert_eq!(seen, expected);
    assert!(
        calls
            .iter()
            .all(|call| call["payload"].is_null() && call["user_id"].is_null()),
        "{calls:?}"
    );
    assert_eq!(app.api.list_users("").await.ok(200).list().len(), 0);
    assert_eq!(app.api.all("/v1/events").await.len(), 0);
    let row = app.api.read_incoming_webhook(&webhook).await.ok(200).json();
    assert_eq!(
        (&row["call_count"], &row["last_called_at"]),
        (&json!(0), &json!(null))
    );
}

async fn secrets_go_in_and_never_come_out(profile: Profile) {
    let mut app = App::configured(profile, |settings| _ = settings.set("log.level", "debug")).await;
    for Case {
        spec,
        secrets: [secret, _],
        headers,
        ..
    } in cases()
    {
        let field = if spec["scheme"] == "basic" {
            "password"
        } else {
            "secret"
        };
        let made = app
            .api
            .create_incoming_webhook(&json!({ "name": "Shop", "verification": spec }))
            .await
            .ok(201);
        let webhook = fixtures::id(&made.json());
        let mut shown = spec.clone();
        shown[field] = Value::Null;
        for (key, value) in made.json()["verification"].as_object().unwrap() {
            assert!(
                shown[key] == *value
                    || ["encoding", "prefix", "tolerance_seconds"].contains(&key.as_str()),
                "{key}: {value}"
            );
        }
        assert_eq!(made.json()["verification"][field], Value::Null);
        let url = made.json()["url"].as_str().unwrap().to_owned();
        sender(&app.api, &headers(secret, BODY))
            .call(&url, FORM, BODY)
            .await
            .ok(200);
        let answers = [
            made,
            app.api.read_incoming_webhook(&webhook).await.ok(200),
            app.api.list_incoming_webhooks("").await.ok(200),
            app.api
                .update_incoming_webhook(&webhook, &json!({ "name": "Other" }))
                .await
                .ok(200),
            app.api.list_calls(&webhook).await.ok(200),
        ];
        for answer in answers {
            assert!(
                !String::from_utf8_lossy(&answer.body).contains(secret),
                "{answer:?}"
            );
        }
        assert_eq!(
            app.api
                .list_incoming_webhooks("?search=horse")
                .await
                .ok(200)
                .list()
                .len(),
            0
        );
    }
    app.stop(Process::Api).await;
    let log = app.log(Process::Api).join("\n");
    assert!(
        log.contains("/hooks/in/"),
        "the calls are in the log at all"
    );
    for secret in [
        SECRET,
        OTHER,
        WHSEC,
        OTHER_WHSEC,
        &STANDARD.encode(format!("shop:{SECRET}")),
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

async fn a_stored_secret_stays_while_its_scheme_does(profile: Profile) {
    let app = App::start(profile).await;
    let spec = json!({ "scheme": "header", "header": "X-Old", "secret": SECRET });
    let (webhook, url) =
        fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop", "verification": spec }))
            .await;
    let update = async |verification: Value| {
        app.api
            .update_incoming_webhook(&webhook, &json!({ "verification": verification }))
            .await
    };
    let call = async |name: &str, value: &str| {
        app.api
            .without_key()
            .with(name, value)
            .call(&url, FORM, BODY)
            .await
    };
    let read = app.api.read_incoming_webhook(&webhook).await.ok(200);
    assert_eq!(
        update(read.json()["verification"].clone())
            .await
            .ok(200)
            .etag(),
        read.etag(),
        "what was read changes nothing"
    );
    assert_eq!(
        update(spec).await.ok(200).etag(),
        read.etag(),
        "neither does the same secret"
    );
    update(json!({ "scheme": "header", "header": "X-New" }))
        .await
        .ok(200);
    call("x-new", SECRET).await.ok(200);
    call("x-old", SECRET)
        .await
        .problem(401, "signature_missing");
    update(json!({ "scheme": "header", "header": "X-New", "secret": OTHER }))
        .await
        .ok(200);
    call("x-new", OTHER).await.ok(200);
    call("x-new", SECRET)
        .await
        .problem(401, "signature_invalid");
    let required = vec![("/verification/secret".to_owned(), "required".to_owned())];
    assert_eq!(
        update(json!({ "scheme": "github" })).await.invalid(),
        required,
        "a secret does not change its meaning"
    );
    call("x-new", OTHER).await.ok(200);
    update(json!({ "scheme": "none" })).await.ok(200);
    app.api.without_key().call(&url, FORM, BODY).await.ok(200);
    assert_eq!(
        update(json!({ "scheme": "header", "header": "X-New" }))
            .await
            .invalid(),
        required,
        "nor does it come back"
    );
}

async fn whatever_is_wrong_with_a_verification_is_named(profile: Profile) {
    let app = App::start(profile).await;
    let problems = async |verification: Value| {
        let body = json!({ "name": "", "verification": verification });
        let found = app.api.create_incoming_webhook(&body).await.invalid();
        let found = found.into_iter().map(|(pointer, code)| {
            format!("{} {code}", pointer.trim_start_matches("/verification"))
        });
        found.collect::<Vec<_>>()
    };
    for (verification, expected) in [
        (
            json!({ "scheme": "github", "secret": "" }),
            &["/name required", "/secret too_short"][..],
        ),
        (
            json!({ "scheme": "github", "secret": null }),
            &["/name required", "/secret required"],
        ),
        (
            json!({ "scheme": "hmac_sha256", "header": "a b" }),
            &[
                "/name required",
                "/header invalid_header_name",
                "/secret required",
            ],
        ),
        (
            json!({ "scheme": "stripe", "secret": SECRET }),
            &["/name required", "/secret invalid_secret"],
        ),
        (
            json!({ "scheme": "standard_webhooks", "secret": SECRET }),
            &["/name required", "/secret invalid_secret"],
        ),
        (
            json!({ "scheme": "stripe", "secret": WHSEC, "tolerance_seconds": 5 }),
            &["/name required", "/tolerance_seconds out_of_range"],
        ),
        (
            json!({ "scheme": "none", "secret": SECRET }),
            &["/name required", "/secret unknown_field"],
        ),
        (
            json!({ "scheme": "paypal" }),
            &["/name required", "/scheme invalid_value"],
        ),
        // What is no verification at all is told by itself.
        (json!({}), &["/scheme required"]),
        (json!(null), &[" invalid_type"]),
        (
            json!({ "scheme": "stripe", "tolerance": 5 }),
            &["/tolerance unknown_field"],
        ),
        (
            json!({ "scheme": "stripe", "tolerance_seconds": "5" }),
            &["/tolerance_seconds invalid_type"],
        ),
    ] {
        assert_eq!(
            problems(verification.clone()).await,
            expected,
            "{verification}"
        );
    }
}

async fn a_signed_body_is_read_only_as_what_it_is(profile: Profile) {
    let app = App::start(profile).await;
    let json = r#" {"email":"ines@example.org","note":"&email=eve@example.org&"}"#;
    let parts = "--b\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nines@example.org\r\n--b--\r\n";
    for case in cases().into_iter().filter(|case| case.signs) {
        let body = json!({ "name": "Shop", "verification": case.spec });
        let (_, url) = fixtures::incoming_webhook(&app.api, &body).await;
        let send = async |content_type: &str, body: &'static str| {
            sender(&app.api, &(case.headers)(case.secrets[0], body))
                .call(&url, content_type, body)
                .await
        };
        for (content_type, body) in [
            (FORM, json),
            ("multipart/form-data; boundary=b", json),
            (FORM, parts),
            ("multipart/form-data; boundary=c", parts),
        ] {
            send(content_type, body)
                .await
                .problem(415, "unsupported_media_type");
        }
        assert!(
            app.api
                .list_users("?search=eve")
                .await
                .ok(200)
                .list()
                .is_empty()
        );
        send("application/json", json).await.ok(200);
    }
}

async fn an_unsigned_header_makes_no_other_call_of_a_providers_delivery(profile: Profile) {
    let app = App::start(profile).await;
    let spec = json!({ "scheme": "standard_webhooks", "secret": WHSEC });
    let body = json!({ "name": "Shop", "verification": spec });
    let (_, url) = fixtures::incoming_webhook(&app.api, &body).await;
    let signed = sender(&app.api, &standard(WHSEC, now(), BODY));
    let first = signed.call(&url, FORM, BODY).await.ok(200).json();
    for key in ["one", "two"] {
        let again = signed.idempotent(key).call(&url, FORM, BODY).await.ok(200);
        assert_eq!(again.json()["call_id"], first["call_id"], "{key}");
    }
}
