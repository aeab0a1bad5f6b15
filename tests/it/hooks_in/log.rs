//! The log of calls, their count, and repeats.

use futures_util::future::join_all;
use hookyard_tests::{App, PATIENCE, Process, Profile, app::KEY, both_profiles, fixtures, until};
use serde_json::json;

both_profiles!(
    every_call_is_in_the_log_with_what_it_did,
    secrets_are_masked_wherever_they_were_sent,
    no_log_line_has_a_url_a_key_or_a_password,
    calls_are_counted_exactly,
    a_provider_that_repeats_a_delivery_gets_the_first_answer,
    a_refused_call_can_be_repeated_when_the_webhook_is_mended,
    a_compressed_body_is_refused,
    fifty_calls_for_one_new_address_make_one_user,
);

/// As GitHub signs (X-Hub-Signature-256).
fn github(secret: &str, body: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let mac = ring::hmac::sign(&key, body.as_bytes());
    format!(
        "sha256={}",
        mac.as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    )
}

async fn every_call_is_in_the_log_with_what_it_did(profile: Profile) {
    let app = App::start(profile).await;
    let space = fixtures::space(&app.api, "Lobby").await;
    let (webhook, url) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Shop", "add_space_ids": [space] }),
    )
    .await;
    let done = app
        .api
        .call_form(&url, &[("email", "ines@example.org"), ("plan", "gold")])
        .await
        .ok(200)
        .json();
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200);
    app.api
        .call_form(&url, &[("email", "nonsense")])
        .await
        .ok(422);
    let calls = app.api.list_calls(&webhook).await.ok(200).list();
    let outcomes: Vec<_> = calls
        .iter()
        .map(|call| {
            (
                call["outcome"].as_str().unwrap(),
                call["status"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        outcomes,
        [("invalid_fields", 422), ("success", 200), ("success", 200)]
    );
    let first = app
        .api
        .read_call(done["call_id"].as_str().unwrap())
        .await
        .ok(200)
        .json();
    assert_eq!(first, calls[2]);
    assert_eq!(
        (&first["changes"], &first["user_id"], &first["user_created"]),
        (&done["changes"], &done["user_id"], &json!(true))
    );
    assert_eq!(
        first["payload"],
        json!({ "email": "ines@example.org", "plan": "gold" })
    );
    assert_eq!(first["source_address"], "127.0.0.1");
    assert!(
        first["duration_ms"].as_f64().is_some_and(|took| took > 0.0),
        "{first}"
    );
    assert_eq!(calls[1]["changes"][0]["action"], "already_member");
    let failed = app
        .api
        .get(&format!(
            "/v1/incoming-webhooks/{webhook}/calls?outcome=invalid_fields"
        ))
        .await
        .ok(200)
        .list();
    assert_eq!(failed, [calls[0].clone()]);
}

/// In fields of any name, nested ones too, and in none of them a password.
async fn secrets_are_masked_wherever_they_were_sent(profile: Profile) {
    let app = App::start(profile).await;
    let map = json!({ "user_pass": "/account/pin" });
    let (webhook, url) =
        fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop", "field_map": map })).await;
    let payload = json!({
        "email": "ines@example.org", "account": { "pin": "s3cret-word", "id": 7 }, "Passwort": "s3cret-word",
        "deep": [{ "client_secret": { "value": "s3cret-word" } }], "note": "plain",
    });
    app.api.call_json(&url, &payload).await.ok(200);
    let form = [
        ("email", "nonsense"),
        ("account[pin]", "s3cret-word"),
        ("api_key", "s3cret-word"),
    ];
    app.api.call_form(&url, &form).await.ok(422);
    let calls = app.api.list_calls(&webhook).await.ok(200).list();
    assert_eq!(calls.len(), 2);
    assert!(
        !json!(calls).to_string().contains("s3cret-word"),
        "{calls:?}"
    );
    assert_eq!(
        (
            &calls[1]["payload"]["account"],
            &calls[1]["payload"]["note"]
        ),
        (&json!({ "pin": "***", "id": 7 }), &json!("plain"))
    );
}

/// However much is logged.
async fn no_log_line_has_a_url_a_key_or_a_password(profile: Profile) {
    let mut app = App::configured(profile, |settings| {
        settings.set("log.level", "trace");
    })
    .await;
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let form = [("email", "ines@example.org"), ("user_pass", "s3cret-word")];
    app.api.call_form(&url, &form).await.ok(200);
    app.api
        .call_form(&url, &[("email", "nonsense"), ("user_pass", "s3cret-word")])
        .await
        .ok(422);
    app.api
        .call(&url, "text/plain", "s3cret-word")
        .await
        .ok(415);
    app.api
        .update_incoming_webhook(&webhook, &json!({ "enabled": false }))
        .await
        .ok(200);
    app.api
        .call_form(&url, &form)
        .await
        .problem(404, "webhook_not_found");
    app.stop(Process::Api).await;
    let log = app.log(Process::Api);
    assert!(
        log.iter().any(|line| line.contains("/hooks/in/")),
        "the calls are in the log at all"
    );
    for secret in [url.rsplit('/').next().unwrap(), KEY, "s3cret-word"] {
        let telling: Vec<_> = log.iter().filter(|line| line.contains(secret)).collect();
        assert!(telling.is_empty(), "{secret} is in the log: {telling:#?}");
    }
}

/// Every success counts, also while they are counted together, and a change of the
/// webhook keeps the count.
async fn calls_are_counted_exactly(profile: Profile) {
    let app = App::start(profile).await;
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let count = async || {
        app.api.read_incoming_webhook(&webhook).await.ok(200).json()["call_count"]
            .as_u64()
            .unwrap()
    };
    for round in 1..=4u64 {
        join_all((0..25).map(|_| app.api.call_form(&url, &[("email", "ines@example.org")])))
            .await
            .into_iter()
            .for_each(|answer| {
                answer.ok(200);
            });
        app.api
            .call_form(&url, &[("email", "nonsense")])
            .await
            .ok(422);
        assert_eq!(count().await, 25 * round);
        app.api
            .update_incoming_webhook(&webhook, &json!({ "name": format!("Shop {round}") }))
            .await
            .ok(200);
    }
    let read = app.api.read_incoming_webhook(&webhook).await.ok(200).json();
    let listed = app.api.list_incoming_webhooks("").await.ok(200).list()[0].clone();
    assert_eq!(
        (&read["call_count"], &read["last_called_at"]),
        (&listed["call_count"], &listed["last_called_at"])
    );
    assert!(read["last_called_at"].is_string());
}

async fn a_provider_that_repeats_a_delivery_gets_the_first_answer(profile: Profile) {
    let app = App::start(profile).await;
    let secret = "a secret of sixteen bytes or more";
    let body = json!({ "name": "Repo", "verification": { "scheme": "github", "secret": secret } });
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &body).await;
    let payload = json!({ "email": "ines@example.org" }).to_string();
    let signed = app
        .api
        .with("x-hub-signature-256", &github(secret, &payload));
    let delivery = |id: &str| signed.with("x-github-delivery", id);
    let first = delivery("one")
        .call(&url, "application/json", payload.clone())
        .await
        .ok(200);
    let again = delivery("one")
        .call(&url, "application/json", payload.clone())
        .await
        .ok(200);
    assert_eq!(
        (again.json(), again.header("idempotency-replayed")),
        (first.json(), Some("true"))
    );
    let other = delivery("two")
        .call(&url, "application/json", payload.clone())
        .await
        .ok(200);
    assert_ne!(other.json()["call_id"], first.json()["call_id"]);
    assert_eq!(
        app.api.read_incoming_webhook(&webhook).await.ok(200).json()["call_count"],
        2
    );
    // Who cannot sign learns nothing of the first answer.
    let unsigned = app
        .api
        .with("x-github-delivery", "one")
        .call(&url, "application/json", payload)
        .await;
    unsigned.problem(401, "signature_missing");
}

async fn a_compressed_body_is_refused(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let gzip = app.api.with("content-encoding", "gzip");
    gzip.call(
        &url,
        "application/json",
        &b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"[..],
    )
    .await
    .problem(415, "unsupported_media_type");
    let plain = app.api.with("content-encoding", "identity");
    plain
        .call(&url, "application/json", r#"{"email": "ines@example.org"}"#)
        .await
        .ok(200);
}

/// One user, one set of events, and 200 with the same user for all.
async fn fifty_calls_for_one_new_address_make_one_user(profile: Profile) {
    let app = App::start(profile).await;
    let (space, course) = (
        fixtures::space(&app.api, "Lobby").await,
        fixtures::course(&app.api, "Rust 101").await,
    );
    let lists = json!({ "name": "Shop", "add_space_ids": [space], "add_course_ids": [course] });
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &lists).await;
    let form = |n: usize| {
        [
            (
                "email",
                if n.is_multiple_of(2) {
                    "ines@example.org"
                } else {
                    " INES@Example.org"
                },
            ),
            ("first_name", "Ines"),
            ("user_pass", "correct horse battery staple"),
        ]
    };
    let forms: Vec<_> = (0..50).map(form).collect();
    let answers = join_all(forms.iter().map(|form| app.api.call_form(&url, form))).await;
    let done: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.ok(200).json())
        .collect();
    assert!(
        done.iter().all(|one| one["user_id"] == done[0]["user_id"]),
        "{done:?}"
    );
    assert_eq!(
        done.iter()
            .filter(|one| one["user_created"] == true)
            .count(),
        1
    );
    let count = |action: &str| {
        let changes = done
            .iter()
            .flat_map(|one| one["changes"].as_array().unwrap().iter());
        changes.filter(|change| change["action"] == action).count()
    };
    assert_eq!(
        (
            count("added"),
            count("already_member"),
            count("already_enrolled")
        ),
        (2, 49, 49)
    );
    assert_eq!(
        app.api.read_incoming_webhook(&webhook).await.ok(200).json()["call_count"],
        50
    );
    let mut kinds: Vec<_> = app
        .api
        .all("/v1/events")
        .await
        .iter()
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect();
    kinds.sort_unstable();
    // The events are in the outbox, or on their way through the bus, at once.
    assert_eq!(kinds, ["course.enrolled", "space.joined", "user.created"]);
    until("every call is logged", PATIENCE, async || {
        (app.api
            .all(&format!("/v1/incoming-webhooks/{webhook}/calls"))
            .await
            .len()
            == 50)
            .then_some(())
    })
    .await;
}

/// Only answers of success are kept: a provider's retry, or that of a client with a key, must work
/// once the owner has mended the webhook.
async fn a_refused_call_can_be_repeated_when_the_webhook_is_mended(profile: Profile) {
    let app = App::start(profile).await;
    let secret = "a secret of sixteen bytes or more";
    let body = json!({ "name": "Repo", "verification": { "scheme": "github", "secret": secret } });
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &body).await;
    let payload = json!({ "pusher": { "address": "ines@example.org" } }).to_string();
    let signed = app
        .api
        .with("x-hub-signature-256", &github(secret, &payload));
    let deliveries = [
        signed.with("x-github-delivery", "one"),
        signed.idempotent("order-9041"),
    ];
    for delivery in &deliveries {
        let refused = delivery
            .call(&url, "application/json", payload.clone())
            .await;
        assert_eq!(refused.invalid()[0].1, "required");
    }
    let mended = json!({ "field_map": { "email": "/pusher/address" } });
    app.api
        .update_incoming_webhook(&webhook, &mended)
        .await
        .ok(200);
    for delivery in &deliveries {
        let call = async || {
            delivery
                .call(&url, "application/json", payload.clone())
                .await
                .ok(200)
        };
        let (done, again) = (call().await, call().await);
        assert_eq!(done.header("idempotency-replayed"), None);
        assert_eq!(again.json(), done.json());
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
    }
}
