//! Selected fields and conditions: what is refused when it is saved, and what is sent.

use hookyard_tests::{
    App, Profile, Receiver, both_profiles,
    fixtures::{self, id},
};
use serde_json::{Value, json};

both_profiles!(
    unknown_fields_are_refused_when_a_feed_is_enabled,
    rows_are_cleaned_and_checked,
    values_are_formed_as_they_are_written,
    unusual_orders_are_sent_as_they_are,
    each_change_of_an_order_is_an_event_of_its_own,
    a_feed_for_a_product_gets_an_order_once,
);

fn selected(rows: &[(&str, &str)]) -> Value {
    let rows: Vec<_> = rows
        .iter()
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect();
    json!({ "mode": "selected", "fields": rows })
}

fn feed(rows: &[(&str, &str)], enabled: bool) -> Value {
    json!({ "title": "x", "url": "https://example.com/", "events": ["order.paid"], "enabled": enabled, "body": selected(rows) })
}

/// The catalogue's example of a type.
async fn example(app: &App, kind: &str) -> Value {
    app.api.read_event_type(kind).await.ok(200).json()["example"].clone()
}

async fn unknown_fields_are_refused_when_a_feed_is_enabled(profile: Profile) {
    let app = App::start(profile).await;
    let unknown = |pointer: &str| (pointer.to_owned(), "unknown_field".to_owned());
    let mut body = feed(
        &[
            ("ok", "{{ data.order.id }}"),
            ("total", "{{ data.order.total_amont }}"),
        ],
        true,
    );
    body["condition"] = json!("data.order.curency == 'EUR'");
    let answer = app.api.create_feed(&body).await;
    let told = answer.json()["errors"].to_string();
    assert!(
        told.contains("data.order.total_amont") && told.contains("data.order.total_amount"),
        "{told}"
    );
    assert_eq!(
        answer.invalid(),
        [unknown("/body/fields/1/value"), unknown("/condition")]
    );
    // A draft may name what is not there yet, but not what can never be read.
    body["enabled"] = json!(false);
    let draft = id(&app.api.create_feed(&body).await.ok(201).json());
    assert_eq!(app.api.enable_feed(&draft).await.invalid().len(), 2);
    assert_eq!(
        app.api
            .create_feed(&feed(&[("a", "{{ data.")], false))
            .await
            .invalid()[0]
            .1,
        "invalid_expression"
    );
    let events = json!({ "events": ["*"], "condition": null });
    app.api.update_feed(&draft, &events).await.ok(200);
    assert_eq!(
        app.api.enable_feed(&draft).await.invalid(),
        [unknown("/body/fields/1/value")]
    );
    // Custom types bring fields of their own.
    let custom = json!({ "name": "shop.closed", "label": "x", "group": "x", "example": { "order": { "total_amont": 1 } } });
    app.api.create_event_type(&custom).await.ok(201);
    app.api.enable_feed(&draft).await.ok(200);
    let narrow = json!({ "events": ["order.paid", "order.refunded"] });
    assert_eq!(
        app.api.update_feed(&draft, &narrow).await.invalid(),
        [unknown("/body/fields/1/value")]
    );
    app.api
        .update_feed(&draft, &json!({ "body": selected(&[("r", "{{ data.refund.amount }}")]), "events": ["order.*"] }))
        .await
        .ok(200);
}

async fn rows_are_cleaned_and_checked(profile: Profile) {
    let app = App::start(profile).await;
    let one = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
    for switch in ["yes", "no", "1", ""] {
        let answer = app
            .api
            .create_feed(&json!({ "title": "x", "enabled": switch }))
            .await;
        assert_eq!(
            answer.invalid()[0].0,
            "/enabled",
            "a switch is true or false: {switch}"
        );
    }
    assert_eq!(
        app.api
            .create_feed(&feed(&[("", "")], true))
            .await
            .invalid(),
        one("/body/fields", "required")
    );
    let twice = feed(&[("a", "1"), ("", ""), ("a", "2")], true);
    assert_eq!(
        app.api.create_feed(&twice).await.invalid(),
        one("/body/fields/2/key", "duplicate_key")
    );
    assert_eq!(
        app.api
            .create_feed(&feed(&[("", "1")], false))
            .await
            .invalid(),
        one("/body/fields/0/key", "invalid_key")
    );
    let kept = app
        .api
        .create_feed(&feed(&[("", ""), ("a", "1"), ("b", ""), ("", "")], true))
        .await
        .ok(201)
        .json();
    assert_eq!(kept["body"], selected(&[("a", "1"), ("b", "")]));
    let zone = feed(
        &[("day", "{{ timestamp|date('%Y', 'Mars/Olympus') }}")],
        false,
    );
    assert_eq!(
        app.api.create_feed(&zone).await.invalid(),
        one("/body/fields/0/value", "invalid_expression")
    );
}

async fn values_are_formed_as_they_are_written(profile: Profile) {
    let app = App::start(profile).await;
    let (json_receiver, form_receiver) = (Receiver::start(), Receiver::start());
    let rows = selected(&[
        (
            "total",
            "{{ data.order.total_amount|money(data.order.currency) }} {{ data.order.currency }}",
        ),
        ("short", "{{ data.order.subtotal|money_short('EUR') }}"),
        (
            "when",
            "{{ data.order.created_at|date('%d.%m.%Y %H:%M', 'Asia/Tokyo') }}",
        ),
        (
            "zone",
            "{{ data.order.created_at|date('%H:%M', data.order.config.user_tz) }}",
        ),
        ("note", "{{ data.order.note }}"),
        (
            "name",
            "{{ data.customer.full_name|default('unknown')|upper }}",
        ),
        ("none", "{{ data.order.completed_at|default('never') }}"),
        ("zero", "{{ data.order.fee_total|default('x') }}"),
        ("a.b[c]", "{{ data.order.id }}"),
    ]);
    fixtures::feed(
        &app.api,
        &json_receiver,
        &["order.paid"],
        json!({ "body": rows }),
    )
    .await;
    fixtures::feed(
        &app.api,
        &form_receiver,
        &["order.paid"],
        json!({ "body": rows, "format": "form" }),
    )
    .await;
    let mut data = example(&app, "order.paid").await;
    data["order"]["note"] = json!("{{ data.customer.email }}");
    data["order"]["config"]["user_tz"] = json!("No/Where");
    app.api
        .create_event(&json!({ "type": "order.paid", "data": data }))
        .await
        .ok(202);
    let expected = r#"{"total":"74.85 EUR","short":"61","when":"14.03.2026 17:05","zone":"08:05","note":"{{ data.customer.email }}","name":"INES MARLOW","none":"never","zero":0,"a.b[c]":9041}"#;
    assert_eq!(json_receiver.wait_for(1).await[0].body, expected);
    let expected = "total=74.85+EUR&short=61&when=14.03.2026+17%3A05&zone=08%3A05&note=%7B%7B+data.customer.email+%7D%7D&name=INES+MARLOW&none=never&zero=0&a.b%5Bc%5D=9041";
    assert_eq!(form_receiver.wait_for(1).await[0].body, expected);
}

/// Nothing is invented for what an order has not.
async fn unusual_orders_are_sent_as_they_are(profile: Profile) {
    let app = App::start(profile).await;
    let (all, some) = (Receiver::start(), Receiver::start());
    fixtures::feed(
        &app.api,
        &all,
        &["order.paid"],
        json!({ "max_in_flight": 1 }),
    )
    .await;
    let rows = selected(&[
        (
            "total",
            "{{ data.order.total_amount|money(data.order.currency) }}",
        ),
        ("charge", "{{ data.transactions[0].vendor_charge_id }}"),
        ("user", "{{ data.customer.user_id }}"),
        ("city", "{{ data.shipping_address.city }}"),
        ("to", "To {{ data.shipping_address.city }}."),
        ("mode", "{{ data.order.mode }}"),
        (
            "names",
            "{{ data.customer.first_name }}/{{ data.customer.last_name }}/{{ data.customer.full_name }}",
        ),
    ]);
    fixtures::feed(
        &app.api,
        &some,
        &["order.paid"],
        json!({ "body": rows, "condition": "data.order.mode == 'test'" }),
    )
    .await;
    let mut data = example(&app, "order.paid").await;
    data["order"]["total_amount"] = json!(0);
    data["order"]["mode"] = json!("test");
    data["transactions"] = json!([]);
    data["customer"]["user_id"] = Value::Null;
    data["customer"]["first_name"] = json!("Inês");
    data["customer"]["last_name"] = json!("");
    data["customer"]["full_name"] = json!("Inês");
    data["shipping_address"] = Value::Null;
    data["billing_address"] = Value::Null;
    app.api
        .create_event(&json!({ "type": "order.paid", "data": data }))
        .await
        .ok(202);
    assert_eq!(all.wait_for(1).await[0].json()["data"], data);
    let expected = r#"{"total":"0.00","charge":null,"user":null,"city":null,"to":"To .","mode":"test","names":"Inês//Inês"}"#;
    assert_eq!(some.wait_for(1).await[0].body, expected);
    // Test mode is in the data; a condition keeps live orders away from a feed for tests.
    let live = example(&app, "order.paid").await;
    app.api
        .create_event(&json!({ "type": "order.paid", "data": live }))
        .await
        .ok(202);
    all.wait_for(2).await;
    assert_eq!(some.count(), 1);
}

/// The store says what happened; a feed gets exactly the types it names, each event
/// once.
async fn each_change_of_an_order_is_an_event_of_its_own(profile: Profile) {
    let app = App::start(profile).await;
    let kinds = [
        "order.paid",
        "subscription.renewed",
        "subscription.canceled",
        "subscription.expired",
        "subscription.completed",
        "order.refunded",
    ];
    let receivers = [
        Receiver::start(),
        Receiver::start(),
        Receiver::start(),
        Receiver::start(),
        Receiver::start(),
        Receiver::start(),
    ];
    for (receiver, kind) in receivers.iter().zip(kinds) {
        fixtures::feed(&app.api, receiver, &[kind], json!({})).await;
    }
    let both = Receiver::start();
    fixtures::feed(
        &app.api,
        &both,
        &["subscription.canceled", "subscription.expired"],
        json!({}),
    )
    .await;
    for kind in kinds {
        let data = example(&app, kind).await;
        // The same change told twice under one id is one event.
        let event =
            json!({ "type": kind, "id": format!("{kind}-640"), "source": "shop", "data": data });
        app.api.create_event(&event).await.ok(202);
        app.api.create_event(&event).await.ok(200);
    }
    let mut got: Vec<_> = both
        .wait_for(2)
        .await
        .iter()
        .map(|request| request.json()["type"].as_str().unwrap().to_owned())
        .collect();
    got.sort();
    assert_eq!(got, ["subscription.canceled", "subscription.expired"]);
    for (receiver, kind) in receivers.iter().zip(kinds) {
        assert_eq!(receiver.wait_for(1).await[0].json()["type"], kind);
    }
    let renewal = receivers[1].received()[0].json();
    assert_eq!(
        (
            &renewal["data"]["order"]["type"],
            &renewal["data"]["parent_order"]["id"]
        ),
        (&json!("renewal"), &json!(9041))
    );
    assert_eq!(
        receivers.iter().map(Receiver::count).collect::<Vec<_>>(),
        [1; 6]
    );
}

/// Conditions name products and variations; an order with several of them is one delivery.
async fn a_feed_for_a_product_gets_an_order_once(profile: Profile) {
    let app = App::start(profile).await;
    let (product, gone, variation) = (Receiver::start(), Receiver::start(), Receiver::start());
    let condition = |text: &str| json!({ "condition": text });
    let any_of = "data.order_items|selectattr('post_id', 'in', [318, 402])|list|length > 0";
    let found = fixtures::feed(&app.api, &product, &["order.paid"], condition(any_of)).await;
    fixtures::feed(
        &app.api,
        &gone,
        &["order.paid"],
        condition("999 in data.order_items|map(attribute='object_id')|list"),
    )
    .await;
    let chosen = fixtures::feed(
        &app.api,
        &variation,
        &["order.paid"],
        condition("88 in data.order_items|map(attribute='object_id')|list"),
    )
    .await;
    let data = example(&app, "order.paid").await;
    let event = id(&app
        .api
        .create_event(&json!({ "type": "order.paid", "data": data }))
        .await
        .ok(202)
        .json());
    for feed in [found, chosen] {
        app.api.delivery(&event, &feed, "succeeded").await;
    }
    let deliveries = app
        .api
        .list_deliveries(&format!("?event_id={event}"))
        .await
        .ok(200)
        .list();
    assert_eq!(
        (
            deliveries.len(),
            gone.count(),
            product.count(),
            variation.count()
        ),
        (2, 0, 1, 1)
    );
}
