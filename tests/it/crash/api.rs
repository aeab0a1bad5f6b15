//! SIGKILL of the API right after its answer.

use hookyard_tests::{App, Process, Profile, Receiver, both_profiles, fixtures, until};
use serde_json::json;

use super::counted;

both_profiles!(
    what_was_answered_202_is_delivered,
    what_an_intake_call_caused_is_delivered
);

async fn what_was_answered_202_is_delivered(profile: Profile) {
    let mut app = App::start(profile).await;
    let receiver = Receiver::start();
    // Where the API is the worker too, nothing is finished when it dies.
    receiver.hold();
    fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "timeout_ms": 5000 }),
    )
    .await;
    let bodies: Vec<_> = (0..200)
        .map(|n| json!({ "type": "order.paid", "data": fixtures::order(n) }))
        .collect();
    let answers =
        futures_util::future::join_all(bodies.iter().map(|body| app.api.create_event(body))).await;
    app.kill9(Process::Api);
    answers.into_iter().for_each(|answer| drop(answer.ok(202)));
    receiver.release();
    app.restart(Process::Api).await;
    let counts = until(
        "all 200 are at the receiver",
        std::time::Duration::from_secs(60),
        async || {
            let counts = counted(&receiver.received());
            (counts.len() == 200).then_some(counts)
        },
    )
    .await;
    assert!(counts.values().all(|times| *times <= 2), "{counts:?}");
}

async fn what_an_intake_call_caused_is_delivered(profile: Profile) {
    let mut app = App::start(profile).await;
    let receiver = Receiver::start();
    let space = fixtures::space(&app.api, "Lobby").await;
    let (_, url) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Shop", "add_space_ids": [space] }),
    )
    .await;
    fixtures::feed(
        &app.api,
        &receiver,
        &["space.joined"],
        json!({ "timeout_ms": 5000 }),
    )
    .await;
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200);
    app.kill9(Process::Api);
    app.restart(Process::Api).await;
    assert_eq!(
        receiver.wait_for(1).await[0].json()["data"]["space"]["id"],
        json!(space)
    );
    assert_eq!(app.api.list_members(&space).await.ok(200).list().len(), 1);
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200);
}
