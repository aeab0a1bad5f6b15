//! /v1/incoming-webhooks and their calls

use hookyard_tests::{
    App, MailServer, Process, Profile, both_profiles,
    fixtures::{self, id, ids},
};
use serde_json::json;

both_profiles!(
    a_name_is_enough,
    only_writers_see_the_whole_url,
    targets_must_exist_and_not_contradict,
    a_change_keeps_the_url_and_the_count,
    calls_can_be_read_afterwards,
    webhooks_are_found_by_name_and_state,
    a_webhook_outlives_the_places_that_it_names,
    who_welcomes_without_a_mail_server_is_told,
);

async fn a_name_is_enough(profile: Profile) {
    let app = App::start(profile).await;
    let made = app
        .api
        .create_incoming_webhook(&json!({ "name": "Course shop" }))
        .await
        .ok(201)
        .json();
    for (key, value) in [
        ("enabled", json!(true)),
        ("add_space_ids", json!([])),
        ("remove_course_ids", json!([])),
        ("send_welcome_email", json!(false)),
        ("call_count", json!(0)),
        ("last_called_at", json!(null)),
        ("verification", json!({ "scheme": "none" })),
    ] {
        assert_eq!(made[key], value, "{key}");
    }
    let url = url::Url::parse(made["url"].as_str().unwrap()).unwrap();
    let token = url
        .path()
        .strip_prefix("/hooks/in/")
        .expect("the public intake");
    assert!(
        token.len() >= 27
            && token
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)),
        "160 bits: {token}"
    );
    assert_eq!(
        app.api.create_incoming_webhook(&json!({})).await.invalid(),
        [("/name".to_owned(), "required".to_owned())]
    );
}

async fn who_welcomes_without_a_mail_server_is_told(profile: Profile) {
    let mut app = App::start(profile).await;
    let body = json!({ "name": "Shop", "send_welcome_email": true });
    let made = app.api.create_incoming_webhook(&body).await.ok(201).json();
    let webhook = id(&made);
    let warned = |webhook: &serde_json::Value| {
        let warnings = webhook["warnings"].as_array().unwrap().clone();
        let codes = warnings.iter().map(|it| (&it["pointer"], &it["code"]));
        let expected = (&json!("/send_welcome_email"), &json!("no_mail_server"));
        assert!(codes.clone().all(|it| it == expected), "{warnings:?}");
        let details = warnings.iter().map(|it| it["detail"].as_str().unwrap());
        assert!(details.clone().all(|it| it.contains("mail.url")));
        warnings.len()
    };
    assert_eq!(warned(&made), 1);
    let told = app.succeeds(&["doctor"]);
    let line = "warn   mail server: none is configured, but 1 incoming webhook(s) welcome";
    assert!(told.contains(line), "{told}");
    assert!(told.contains("mail server: set mail.url and mail.from"));

    let change = async |body| {
        let changed = app.api.update_incoming_webhook(&webhook, &body).await;
        changed.ok(200).json()
    };
    assert_eq!(
        warned(&change(json!({ "send_welcome_email": false })).await),
        0
    );
    assert!(!app.succeeds(&["doctor"]).contains("warn"));
    assert_eq!(
        warned(&change(json!({ "send_welcome_email": true })).await),
        1
    );

    let server = MailServer::start();
    app.settings
        .set("mail.url", server.url())
        .set("mail.from", "hello@example.org");
    app.stop(Process::Api).await;
    app.restart(Process::Api).await;
    let read = app.api.read_incoming_webhook(&webhook).await;
    assert_eq!(warned(&read.ok(200).json()), 0);
    let told = app.succeeds(&["doctor"]);
    assert!(
        told.contains("ok     mail server") && told.contains("warn   mail links"),
        "{told}"
    );
    assert!(told.contains("mail links: set server.public_url"), "{told}");
    for (key, value) in [
        ("server.public_url", "https://hooks.example.org"),
        (
            "mail.set_password_url",
            "https://app.example.org/set?token={token}",
        ),
    ] {
        app.settings.set(key, value);
        let told = app.succeeds(&["doctor"]);
        assert!(told.contains("ok     mail links"), "{key}: {told}");
        app.settings.unset(key);
    }
}

async fn only_writers_see_the_whole_url(profile: Profile) {
    let app = App::start(profile).await;
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let token = url.rsplit('/').next().unwrap();
    let reader = app.api.limited_to(&["incoming-webhooks:read"]).await;
    let writer = app.api.limited_to(&["incoming-webhooks:write"]).await;
    assert_eq!(
        writer.read_incoming_webhook(&webhook).await.ok(200).json()["url"],
        json!(url)
    );
    let seen = reader.read_incoming_webhook(&webhook).await.ok(200).json()["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let listed = reader.list_incoming_webhooks("").await.ok(200).list()[0]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    for masked in [seen, listed] {
        assert!(!masked.contains(&token[4..]), "{masked}");
    }
    assert_eq!(
        app.api
            .list_incoming_webhooks(&format!("?search={token}"))
            .await
            .ok(200)
            .list()
            .len(),
        0,
        "secrets are not searched"
    );
}

async fn targets_must_exist_and_not_contradict(profile: Profile) {
    let app = App::start(profile).await;
    let space = fixtures::space(&app.api, "Lobby").await;
    let unknown = fixtures::unknown_id("space");
    let body = json!({ "name": "Shop", "add_space_ids": [space, unknown] });
    assert_eq!(
        app.api.create_incoming_webhook(&body).await.invalid()[0].0,
        "/add_space_ids/1"
    );
    let body = json!({ "name": "Shop", "add_space_ids": [space], "remove_space_ids": [space] });
    assert!(
        app.api.create_incoming_webhook(&body).await.invalid()[0]
            .0
            .starts_with("/remove_space_ids")
    );
    let body = json!({ "name": "Shop", "add_course_ids": [space] });
    assert!(
        app.api.create_incoming_webhook(&body).await.invalid()[0]
            .0
            .starts_with("/add_course_ids")
    );
    let body = json!({ "name": "Shop", "add_space_ids": [space, space] });
    let twice = vec![("/add_space_ids/1".to_owned(), "duplicate".to_owned())];
    assert_eq!(
        app.api.create_incoming_webhook(&body).await.invalid(),
        twice
    );
}

async fn a_change_keeps_the_url_and_the_count(profile: Profile) {
    let app = App::start(profile).await;
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200);
    let changed = app
        .api
        .update_incoming_webhook(&webhook, &json!({ "name": "Shop 2", "enabled": false }))
        .await
        .ok(200)
        .json();
    assert_eq!(
        (&changed["url"], &changed["call_count"]),
        (&json!(url), &json!(1))
    );
    assert!(changed["last_called_at"].is_string(), "{changed}");
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(404);
    app.api
        .update_incoming_webhook(&webhook, &json!({ "enabled": true }))
        .await
        .ok(200);
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200);
    app.api.delete_incoming_webhook(&webhook).await.ok(204);
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(404);
    app.api
        .read_incoming_webhook(&webhook)
        .await
        .problem(404, "not_found");
}

async fn calls_can_be_read_afterwards(profile: Profile) {
    let app = App::start(profile).await;
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let form = [
        ("email", "ines@example.org"),
        ("user_pass", "s3cret-word"),
        ("utm", "x"),
    ];
    let done = app.api.call_form(&url, &form).await.ok(200).json();
    app.api
        .call_form(&url, &[("email", "nonsense")])
        .await
        .ok(422);
    let calls = app.api.list_calls(&webhook).await.ok(200).list();
    assert_eq!(
        (calls.len(), ids(&calls)[1].as_str()),
        (2, done["call_id"].as_str().unwrap())
    );
    let call = app.api.read_call(&ids(&calls)[1]).await.ok(200);
    assert_eq!(call.json()["user_id"], done["user_id"]);
    let text = format!("{calls:?}{}", call.json());
    assert!(
        !text.contains("s3cret-word"),
        "passwords are not kept: {text}"
    );
    assert!(
        !text.contains(url.rsplit('/').next().unwrap()),
        "tokens are not kept: {text}"
    );
    app.api
        .read_call(&fixtures::unknown_id("call"))
        .await
        .problem(404, "not_found");
}

async fn webhooks_are_found_by_name_and_state(profile: Profile) {
    let app = App::start(profile).await;
    let (shop, _) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Course shop" })).await;
    let (off, _) =
        fixtures::incoming_webhook(&app.api, &json!({ "name": "Partner", "enabled": false })).await;
    let found =
        async |query: &str| ids(&app.api.list_incoming_webhooks(query).await.ok(200).list());
    assert_eq!(found("").await, [off.clone(), shop.clone()]);
    assert_eq!(found("?search=SHOP").await, vec![shop.clone()]);
    assert_eq!(
        (found("?enabled=true").await, found("?enabled=false").await),
        (vec![shop], vec![off])
    );
    let partner = app
        .api
        .list_incoming_webhooks("?search=partner")
        .await
        .ok(200)
        .list();
    assert_eq!((partner.len(), &partner[0]["enabled"]), (1, &json!(false)));
    assert!(!id(&partner[0]).is_empty());
}

/// Only ids that a change adds are checked: those that were there may have been deleted since.
async fn a_webhook_outlives_the_places_that_it_names(profile: Profile) {
    let app = App::start(profile).await;
    let (space, course) = (
        fixtures::space(&app.api, "Gone").await,
        fixtures::course(&app.api, "Gone").await,
    );
    let body = json!({ "name": "Shop", "add_space_ids": [space], "remove_course_ids": [course] });
    let (webhook, _) = fixtures::incoming_webhook(&app.api, &body).await;
    app.api.delete_space(&space).await.ok(204);
    app.api.delete_course(&course).await.ok(204);
    let off = json!({ "enabled": false, "name": "Old shop" });
    let off = app.api.update_incoming_webhook(&webhook, &off).await;
    let off = off.ok(200).json();
    assert_eq!(
        (&off["enabled"], &off["add_space_ids"]),
        (&json!(false), &json!([space]))
    );
    // A form sends all that it shows.
    let (there, unknown) = (
        fixtures::space(&app.api, "There").await,
        fixtures::unknown_id("space"),
    );
    let change = |spaces: Vec<&String>| json!({ "add_space_ids": spaces, "add_course_ids": [course], "remove_course_ids": [] });
    let refused = change(vec![&space, &there, &unknown]);
    assert_eq!(
        app.api
            .update_incoming_webhook(&webhook, &refused)
            .await
            .invalid(),
        [("/add_space_ids/2".to_owned(), "unknown_space".to_owned())]
    );
    let accepted = change(vec![&space, &there]);
    app.api
        .update_incoming_webhook(&webhook, &accepted)
        .await
        .ok(200);
    // Once taken out, an id is as unknown as others.
    let out = json!({ "add_space_ids": [there], "add_course_ids": [] });
    app.api
        .update_incoming_webhook(&webhook, &out)
        .await
        .ok(200);
    assert_eq!(
        app.api
            .update_incoming_webhook(&webhook, &accepted)
            .await
            .invalid()
            .len(),
        2
    );
}
