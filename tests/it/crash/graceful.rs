//! SIGTERM: finish what is under way, keep the rest, exit 0.

use hookyard_tests::{App, Process, Profile, Receiver, both_profiles, fixtures, until};
use serde_json::json;

use super::{counted, orders};

both_profiles!(
    sigterm_ends_with_status_0_and_loses_nothing,
    what_cannot_finish_is_given_back
);

async fn sigterm_ends_with_status_0_and_loses_nothing(profile: Profile) {
    let mut app = App::start(profile).await;
    let receiver = Receiver::start();
    fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "max_in_flight": 4 }),
    )
    .await;
    app.api.create_events(&orders(0..500)).await.ok(202);
    receiver.wait_for(50).await;
    assert_eq!(app.stop(Process::Worker).await.code(), Some(0));
    if profile == Profile::Server {
        assert_eq!(app.stop(Process::Api).await.code(), Some(0));
        app.restart(Process::Api).await;
    }
    app.restart(Process::Worker).await;
    let counts = until(
        "every event is at the receiver",
        std::time::Duration::from_secs(60),
        async || {
            let counts = counted(&receiver.received());
            (counts.len() == 500).then_some(counts)
        },
    )
    .await;
    assert!(
        counts.values().all(|times| *times == 1),
        "nothing was cut off, so nothing comes twice: {counts:?}"
    );
}

async fn what_cannot_finish_is_given_back(profile: Profile) {
    let mut app = App::configured(profile, |settings| {
        _ = settings.set("server.drain_seconds", "1")
    })
    .await;
    let receiver = Receiver::start();
    receiver.hold();
    fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "timeout_ms": 10_000 }),
    )
    .await;
    app.api.create_events(&orders(0..100)).await.ok(202);
    receiver.wait_for(16).await;
    assert_eq!(app.stop(Process::Worker).await.code(), Some(0));
    receiver.release();
    app.restart(Process::Worker).await;
    let counts = until(
        "every event is at the receiver",
        std::time::Duration::from_secs(60),
        async || {
            let counts = counted(&receiver.received());
            (counts.len() == 100).then_some(counts)
        },
    )
    .await;
    assert!(counts.values().all(|times| *times <= 2), "{counts:?}");
}
