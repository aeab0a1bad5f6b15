//! A store and a key that do not belong together.

use hookyard_tests::{
    App, Process, Profile, Receiver, both_profiles,
    fixtures::{self, id},
};
use serde_json::json;

use super::stderr;

const OTHER: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

both_profiles!(
    with_another_key_nothing_starts_and_nothing_fails,
    stores_from_before_the_check_are_checked_too,
);

fn process_names(profile: Profile) -> &'static [&'static str] {
    match profile {
        Profile::Embedded => &["serve"],
        Profile::Server => &["api", "worker"],
    }
}

/// Every process refuses the key, in words that name the setting.
async fn refuses(app: &App, profile: Profile) {
    for name in process_names(profile) {
        let output = app.run(&[name]);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{name}: {told}");
        assert!(
            told.contains("secrets.master_key") && told.contains("does not open"),
            "{told}"
        );
    }
}

async fn with_another_key_nothing_starts_and_nothing_fails(profile: Profile) {
    let mut app = App::start(profile).await;
    let receiver = Receiver::start();
    let feed = fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    app.stop(Process::Worker).await;
    if profile == Profile::Embedded {
        app.restart(Process::Api).await;
    }
    let event = fixtures::order_paid(&app.api, 1).await;
    if profile == Profile::Embedded {
        app.stop(Process::Api).await;
    }
    let key = app.settings.get("secrets.master_key").map(str::to_owned);
    app.settings.set("secrets.master_key", OTHER);
    refuses(&app, profile).await;
    match key {
        Some(key) => app.settings.set("secrets.master_key", key),
        None => app.settings.unset("secrets.master_key"),
    };
    app.restart(Process::Worker).await;
    app.api.delivery(&event, &feed, "succeeded").await;
}

async fn stores_from_before_the_check_are_checked_too(profile: Profile) {
    let mut app = App::start(profile).await;
    let webhook = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    assert!(!webhook.0.is_empty());
    app.stop(Process::Worker).await;
    if profile == Profile::Server {
        app.stop(Process::Api).await;
    }
    app.execute("DELETE FROM master_key_check").await;
    let key = app.settings.get("secrets.master_key").map(str::to_owned);
    app.settings.set("secrets.master_key", OTHER);
    refuses(&app, profile).await;
    match key {
        Some(key) => app.settings.set("secrets.master_key", key),
        None => app.settings.unset("secrets.master_key"),
    };
    app.restart(Process::Api).await;
    let checks = app
        .texts("SELECT 'checked' AS text FROM master_key_check")
        .await;
    assert_eq!(checks, ["checked"]);
}

/// `serve` made a new key, and all secrets were lost in silence.
#[tokio::test]
async fn a_lost_key_is_not_replaced() {
    let mut app = App::start(Profile::Embedded).await;
    let file = app.home().join("data/master.key");
    let kept = app.home().join("kept");
    app.stop(Process::Api).await;
    std::fs::rename(&file, &kept).unwrap();
    let output = app.run(&["serve"]);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("master.key is missing") && told.contains("put it back"),
        "{told}"
    );
    assert!(!file.exists(), "no key is made");
    std::fs::rename(&kept, &file).unwrap();
    app.restart(Process::Api).await;
    let space = json!({ "title": "Lobby" });
    id(&app.api.create_space(&space).await.ok(201).json());
}
