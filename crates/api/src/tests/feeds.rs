//! Feeds.

use domain::{
    api_key::Scope,
    delivery::DeliveryState,
    id::{DeliveryId, EventId, FeedId},
    outbound::request::{Format, Method},
};
use serde_json::{Value, json};
use storage::{
    deliveries::Delivery,
    feeds,
    results::{self, ResultGroup},
};

use super::{Api, key, start};

fn complete() -> Value {
    json!({
        "title": "Sales", "url": "https://warehouse.example.com/hooks?x=1", "events": ["order_paid_done", "subscription.*"],
        "headers": [{"name": "X-Api-Key", "value": "s3cret", "secret": true}, {"name": "X-Plain", "value": "p"}],
        "body": {"mode": "selected", "fields": [{"key": "email", "value": "{{ data.customer.email }}"}]},
    })
}

fn path(feed: &Value) -> String {
    format!("/v1/feeds/{}", feed["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_lives_from_post_to_delete() {
    let api = start().await;
    let feed = api.create("/v1/feeds", &complete()).await;
    let expected = json!({
        "id": feed["id"], "title": "Sales", "enabled": true, "url": "https://warehouse.example.com/hooks?x=1", "method": "POST",
        "format": "json", "signature": "v1", "public_key": null, "basic_auth": null,
        "headers": [{"name": "X-Api-Key", "value": null, "secret": true}, {"name": "X-Plain", "value": "p", "secret": false}],
        "body": {"mode": "selected", "fields": [{"key": "email", "value": "{{ data.customer.email }}"}]},
        "events": ["order.paid", "subscription.*"], "condition": null, "timeout_ms": 15000, "max_in_flight": 16,
        "rate_limit_per_second": null, "retry_schedule": null, "retry_client_errors": true, "state": "enabled", "state_reason": null,
        "state_changed_at": "2026-03-14T08:05:12Z", "created_at": "2026-03-14T08:05:12Z", "updated_at": "2026-03-14T08:05:12Z",
    });
    assert_eq!(feed, expected);
    let change = json!({"title": "Refunds", "method": "PUT", "format": "form", "body": {"mode": "all"}, "condition": "data.order.total_amount > 1",
        "retry_schedule": [5, 60], "timeout_ms": 2000, "max_in_flight": 2, "rate_limit_per_second": 3, "retry_client_errors": false});
    let changed = api.json("PATCH", &path(&feed), &change).await;
    for (name, value) in change.as_object().unwrap() {
        assert_eq!(&changed.body[name], value, "{name}");
    }
    assert_eq!(
        (changed.header("etag"), &changed.body["headers"]),
        ("\"v2\"", &feed["headers"])
    );
    let cleared = api
        .json(
            "PATCH",
            &path(&feed),
            &json!({"condition": null, "retry_schedule": null, "rate_limit_per_second": null}),
        )
        .await;
    assert_eq!(
        (&cleared.body["condition"], &cleared.body["retry_schedule"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        api.json("PATCH", &path(&feed), &json!({}))
            .await
            .header("etag"),
        "\"v3\""
    );
    for (query, found) in [
        ("search=refu", 1),
        ("search=sales", 0),
        ("event=order.paid", 1),
        ("event=order_paid_done", 1),
        ("event=order.shipped", 0),
        ("enabled=false", 0),
    ] {
        assert_eq!(
            api.get(&format!("/v1/feeds?{query}")).await.body["data"]
                .as_array()
                .unwrap()
                .len(),
            found,
            "{query}"
        );
    }
    assert_eq!(api.delete(&path(&feed)).await.status, 204);
    api.get(&path(&feed)).await.expect_problem(404, "not_found");
    api.get(&format!("{}/deliveries", path(&feed)))
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_may_be_incomplete_until_it_is_enabled() {
    let api = start().await;
    let wrong = api
        .json("POST", "/v1/feeds", &json!({"title": "Draft"}))
        .await;
    wrong.expect_problem(422, "invalid_fields");
    assert_eq!(wrong.pointers(), ["/url", "/events"]);
    let draft = api
        .create("/v1/feeds", &json!({"title": "Draft", "enabled": false}))
        .await;
    assert_eq!(
        (&draft["enabled"], &draft["state"], &draft["url"]),
        (&json!(false), &json!("disabled"), &Value::Null)
    );
    let enable = || api.send(api.request("POST", &format!("{}/enable", path(&draft))));
    assert_eq!(enable().await.pointers(), ["/url", "/events"]);
    assert_eq!(
        api.json(
            "PATCH",
            &path(&draft),
            &json!({"enabled": true, "url": "https://a.example.com"})
        )
        .await
        .pointers(),
        ["/events"]
    );
    api.json(
        "PATCH",
        &path(&draft),
        &json!({"url": "https://a.example.com", "events": ["*"]}),
    )
    .await;
    let enabled = enable().await;
    assert_eq!(
        (enabled.status.as_u16(), &enabled.body["state"]),
        (200, &json!("enabled"))
    );
    assert_eq!(
        enable().await.header("etag"),
        enabled.header("etag"),
        "enabling twice changes nothing"
    );
    let disabled = api
        .send(api.request("POST", &format!("{}/disable", path(&draft))))
        .await;
    assert_eq!(
        (&disabled.body["enabled"], &disabled.body["state"]),
        (&json!(false), &json!("disabled"))
    );
    let everything = json!({"title": "", "url": "http://127.0.0.1/x", "headers": [{"name": "Host", "value": "x"}, {"name": "X-A", "secret": true}],
        "events": ["order.paidd"], "timeout_ms": 1, "condition": "data.", "body": {"mode": "all", "fields": []}});
    let expected = [
        "/headers/1/value",
        "/body/fields",
        "/title",
        "/url",
        "/headers/0/name",
        "/events/0",
        "/timeout_ms",
        "/condition",
    ];
    assert_eq!(
        api.json("POST", "/v1/feeds", &everything).await.pointers(),
        expected
    );
}

/// The stored values of a feed's headers, opened.
async fn stored_headers(api: &Api, feed: &Value) -> Vec<(String, String)> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let id: FeedId = feed["id"].as_str().unwrap().parse().unwrap();
    let row = feeds::find(&mut api.state.db.read().await.unwrap(), id)
        .await
        .unwrap();
    let open = |header: domain::feed::FeedHeader| {
        if !header.secret {
            return (header.name, header.value);
        }
        let sealed = STANDARD.decode(&header.value).unwrap();
        (
            header.name,
            api.state
                .vault
                .open_text(&format!("feed header {id}"), &sealed)
                .unwrap(),
        )
    };
    let spec = row.spec.get().unwrap().clone();
    spec.headers.into_iter().map(open).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn secret_headers_are_kept_by_name_and_go_to_no_other_origin() {
    let api = start().await;
    let feed = api.create("/v1/feeds", &complete()).await;
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        stored_headers(&api, &feed).await,
        [own("X-Api-Key", "s3cret"), own("X-Plain", "p")]
    );
    let patch = |body: Value| {
        let path = path(&feed);
        let api = &api;
        async move { api.json("PATCH", &path, &body).await }
    };
    patch(json!({"headers": [{"name": "x-api-key", "value": null, "secret": true}]})).await;
    assert_eq!(
        stored_headers(&api, &feed).await,
        [own("x-api-key", "s3cret")]
    );
    patch(json!({"url": "https://warehouse.example.com/other"})).await;
    assert_eq!(stored_headers(&api, &feed).await.len(), 1, "the same host");
    let asked =
        patch(json!({"url": "https://evil.example.com", "headers": [{"name": "x-api-key", "value": null, "secret": true}]}))
            .await;
    assert_eq!(asked.pointers(), ["/headers/0/value"]);
    let refused = patch(json!({"url": "https://evil.example.com"})).await;
    assert_eq!(refused.pointers(), ["/headers/0/value"]);
    assert_eq!(stored_headers(&api, &feed).await.len(), 1);
    let removed = patch(json!({"url": "https://evil.example.com", "headers": []})).await;
    assert_eq!(removed.body["headers"], json!([]));
    patch(json!({"url": "https://b.example.com", "headers": [{"name": "X-A", "value": "new", "secret": true}]})).await;
    assert_eq!(stored_headers(&api, &feed).await, [own("X-A", "new")]);
    patch(json!({"url": null, "enabled": false, "headers": []})).await;
    assert_eq!(stored_headers(&api, &feed).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_signing_secret_has_its_own_scope() {
    let api = start().await;
    let feed = api.create("/v1/feeds", &complete()).await;
    let other = api.create("/v1/feeds", &complete()).await;
    let path = format!("{}/secret", path(&feed));
    let writer = key(&api.state, &[Scope::FeedsWrite]).await;
    api.send(
        api.request("GET", &path)
            .insert_header(("authorization", format!("Bearer {writer}"))),
    )
    .await
    .expect_problem(403, "missing_scope");
    let secret = api.get(&path).await.body;
    assert!(
        secret["secret"]
            .as_str()
            .unwrap()
            .parse::<domain::outbound::signature::SigningSecret>()
            .is_ok()
    );
    assert_eq!(secret["previous"], json!([]));
    assert_ne!(
        secret,
        api.get(&format!("{}/secret", self::path(&other)))
            .await
            .body
    );
}

/// A delivery of a feed, in this state.
async fn delivery(api: &Api, feed: FeedId, state: DeliveryState) -> DeliveryId {
    let (id, now) = (DeliveryId::generate(), api.state.clock.now());
    let row = Delivery {
        id,
        event_id: EventId::generate(),
        event_type: "order.paid".into(),
        feed_id: feed,
        replay_id: None,
        state,
        state_reason: None,
        due_at: (state != DeliveryState::Succeeded).then_some(now),
        lease: 1,
        attempt_count: 1,
        method: Method::Post,
        format: Format::Json,
        body: None,
        last_response_status: Some(500),
        last_error: None,
        attempts: b"[]".to_vec(),
        created_at: now,
        finished_at: None,
        is_test: false,
    };
    results::record(
        &api.state.db,
        &ResultGroup {
            new_deliveries: vec![row],
            ..ResultGroup::default()
        },
        now,
    )
    .await
    .unwrap();
    id
}

/// The worker cancels what waits; there is none here, so enabling has to.
#[tokio::test(flavor = "multi_thread")]
async fn enabling_a_feed_resurrects_nothing() {
    let api = start().await;
    for switch in ["PATCH", "POST"] {
        let feed = api.create("/v1/feeds", &complete()).await;
        let id: FeedId = feed["id"].as_str().unwrap().parse().unwrap();
        let waiting = delivery(&api, id, DeliveryState::Pending).await;
        let done = delivery(&api, id, DeliveryState::Succeeded).await;
        let state = async |id| {
            let read = api.get(&format!("/v1/deliveries/{id}")).await.body;
            (read["state"].clone(), read["state_reason"].clone())
        };
        let turn = async |on: bool| {
            let word = if on { "enable" } else { "disable" };
            let answer = match switch {
                "PATCH" => {
                    api.json("PATCH", &path(&feed), &json!({"enabled": on}))
                        .await
                }
                _ => {
                    api.send(api.request("POST", &format!("{}/{word}", path(&feed))))
                        .await
                }
            };
            assert_eq!(answer.body["enabled"], on);
        };
        turn(true).await;
        assert_eq!(state(waiting).await.0, "pending", "it was enabled already");
        turn(false).await;
        assert_eq!(state(waiting).await.0, "pending", "until the worker comes");
        turn(true).await;
        assert_eq!(
            state(waiting).await,
            (json!("canceled"), json!("feed_disabled"))
        );
        assert_eq!(state(done).await.0, "succeeded");
    }
}
