//! Five methods, two formats, two kinds of body.

use hookyard_tests::{App, Profile, Received, Receiver, both_profiles, fixtures};
use serde_json::{Value, json};

both_profiles!(
    all_data_as_json,
    all_data_as_a_form,
    selected_fields_as_json,
    selected_fields_as_a_form,
    a_get_has_everything_in_its_query,
    headers_are_sent_as_configured,
);

const WITH_BODY: [&str; 4] = ["POST", "PUT", "PATCH", "DELETE"];

/// Sends a paid order to a feed for each method, and gives the requests in the order of the methods.
async fn sent(app: &App, methods: &[&str], more: Value) -> (String, Vec<Received>) {
    sent_as(app, "order.paid", methods, more).await
}

async fn sent_as(app: &App, kind: &str, methods: &[&str], more: Value) -> (String, Vec<Received>) {
    let receiver = Receiver::start();
    for method in methods {
        let url = receiver.url(&format!("/{method}?own=1&own=2"));
        let mut feed = json!({ "method": method, "url": url });
        feed.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        fixtures::feed(&app.api, &receiver, &[kind], feed).await;
    }
    let event = json!({ "type": kind, "data": fixtures::order(9041) });
    let event = fixtures::id(&app.api.create_event(&event).await.ok(202).json());
    let mut got = receiver.wait_for(methods.len()).await;
    got.sort_by_key(|request| {
        methods
            .iter()
            .position(|method| request.path == format!("/{method}"))
    });
    let arrived: Vec<_> = got.iter().map(|request| request.method.as_str()).collect();
    assert_eq!(arrived, methods, "each by its own method, once");
    (event, got)
}

fn selected() -> Value {
    let field = |key: &str, value: &str| json!({ "key": key, "value": value });
    let fields = json!([
        field("email", "{{ data.customer.email }}"),
        field("total", "{{ data.order.total_amount }}"),
        field(
            "text",
            "Order {{ data.order.id }} of {{ data.customer.full_name }}"
        ),
        field("missing", "{{ data.order.completed_at }}"),
        field("paid", "{{ data.order.config.paid }}"),
        field("items", "{{ data.order_items }}"),
        field("static", "a & b"),
    ]);
    json!({ "mode": "selected", "fields": fields })
}

async fn all_data_as_json(profile: Profile) {
    let app = App::start(profile).await;
    let (event, got) = sent(&app, &WITH_BODY, json!({ "format": "json" })).await;
    for request in got {
        assert_eq!(request.header("content-type"), "application/json");
        let body = request.json();
        assert_eq!(
            body.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["id", "type", "timestamp", "data"]
        );
        assert_eq!(
            (&body["id"], &body["type"]),
            (&json!(event), &json!("order.paid"))
        );
        assert_eq!(body["data"], fixtures::order(9041));
        assert!(
            body["timestamp"]
                .as_str()
                .is_some_and(|at| at.ends_with('Z')),
            "{body}"
        );
        assert_eq!(request.query.as_deref(), Some("own=1&own=2"));
    }
}

async fn all_data_as_a_form(profile: Profile) {
    let app = App::start(profile).await;
    let (event, got) = sent(&app, &WITH_BODY, json!({ "format": "form" })).await;
    for request in got {
        assert_eq!(
            request.header("content-type"),
            "application/x-www-form-urlencoded"
        );
        let pairs = request.pairs();
        let value = |name: &str| {
            pairs
                .iter()
                .find(|pair| pair.0 == name)
                .map(|pair| pair.1.as_str())
        };
        assert_eq!(
            (value("id"), value("type")),
            (Some(event.as_str()), Some("order.paid"))
        );
        assert_eq!(
            (value("data[order][id]"), value("data[order][paid]")),
            (Some("9041"), Some("1"))
        );
        assert_eq!(value("data[order_items][0][title]"), Some("Hardcover"));
        assert_eq!(value("data[order][note]"), None, "nulls are dropped");
    }
}

async fn selected_fields_as_json(profile: Profile) {
    let app = App::start(profile).await;
    let (_, got) = sent(
        &app,
        &WITH_BODY,
        json!({ "format": "json", "body": selected() }),
    )
    .await;
    let expected = json!({
        "email": "ines@example.org", "total": 7485, "text": "Order 9041 of Ines Marlow", "missing": null, "paid": true,
        "items": [{ "title": "Hardcover", "quantity": 2 }], "static": "a & b",
    });
    for request in got {
        assert_eq!(request.header("content-type"), "application/json");
        assert_eq!(
            request.body,
            expected.to_string(),
            "in the order of the fields"
        );
    }
}

const SELECTED_PAIRS: [(&str, &str); 8] = [
    ("email", "ines@example.org"),
    ("total", "7485"),
    ("text", "Order 9041 of Ines Marlow"),
    ("missing", ""),
    ("paid", "1"),
    ("items[0][title]", "Hardcover"),
    ("items[0][quantity]", "2"),
    ("static", "a & b"),
];

async fn selected_fields_as_a_form(profile: Profile) {
    let app = App::start(profile).await;
    let (_, got) = sent(
        &app,
        &WITH_BODY,
        json!({ "format": "form", "body": selected() }),
    )
    .await;
    for request in got {
        assert_eq!(
            request.header("content-type"),
            "application/x-www-form-urlencoded"
        );
        assert_eq!(
            request.pairs(),
            SELECTED_PAIRS.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }
}

async fn a_get_has_everything_in_its_query(profile: Profile) {
    let app = App::start(profile).await;
    for format in ["json", "form"] {
        let (_, got) = sent(
            &app,
            &["GET"],
            json!({ "format": format, "body": selected() }),
        )
        .await;
        let request = &got[0];
        assert!(
            request.body.is_empty() && !request.headers.contains_key("content-type"),
            "{request:?}"
        );
        let own = [("own", "1"), ("own", "2")];
        let expected: Vec<_> = own
            .iter()
            .chain(&SELECTED_PAIRS)
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        assert_eq!(request.pairs(), expected);
        let feeds = app.api.list_feeds("").await.ok(200).list();
        app.api.delete_feed(&fixtures::id(&feeds[0])).await.ok(204);
    }
    // All data of a paid order is too much for a URL.
    fixtures::event_type(&app.api, "order.noted").await;
    let all = json!({ "format": "json" });
    let (event, got) = sent_as(&app, "order.noted", &["GET"], all).await;
    let pairs = got[0].pairs();
    assert!(
        pairs.contains(&("id".into(), event))
            && pairs.contains(&("data[order][id]".into(), "9041".into())),
        "{pairs:?}"
    );
}

async fn headers_are_sent_as_configured(profile: Profile) {
    let app = App::start(profile).await;
    let headers = json!([
        { "name": "X-Team", "value": "blue & green" },
        { "name": "Authorization", "value": "Bearer s3cret-word", "secret": true },
        { "name": "Accept", "value": "application/vnd.example+json" },
    ]);
    let (event, got) = sent(&app, &["POST"], json!({ "headers": headers })).await;
    let request = &got[0];
    assert_eq!(
        (request.header("x-team"), request.header("authorization")),
        ("blue & green", "Bearer s3cret-word")
    );
    assert_eq!(request.header("accept"), "application/vnd.example+json");
    assert_eq!(
        (
            request.header("hookyard-event"),
            request.header("hookyard-attempt")
        ),
        ("order.paid", "1")
    );
    assert!(
        request.header("user-agent").starts_with("Hookyard/"),
        "{request:?}"
    );
    assert!(
        request.headers.get("accept-encoding").is_none(),
        "nothing is decompressed"
    );
    assert_eq!(request.json()["id"], json!(event));
}
