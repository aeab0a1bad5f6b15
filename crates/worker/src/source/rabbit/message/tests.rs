use domain::{
    event::{COMMUNITY, SYSTEM, TEST},
    id::EventId,
};

use super::*;

const NOW: Instant = DateTime::UNIX_EPOCH;

fn properties(content_type: &str, headers: &[(&str, &str)]) -> BasicProperties {
    let mut table = FieldTable::default();
    for (name, value) in headers {
        table.insert((*name).into(), AMQPValue::LongString((*value).into()));
    }
    BasicProperties::default()
        .with_content_type(content_type.into())
        .with_headers(table)
}

fn code(properties: &BasicProperties, body: &str) -> &'static str {
    read(properties, body.as_bytes(), NOW).unwrap_err().code
}

#[test]
fn a_plain_message_is_read() {
    let body = br#" {"id":"o-1","type":"order.paid","occurred_at":"2026-03-14T09:05:12.5+01:00","source":"shop","data": {"z":1.10,"a":[1e21]} ,"more":1}"#;
    let (event, origin) = read(&BasicProperties::default(), body, NOW).unwrap();
    assert_eq!(origin, Origin::Bus);
    assert_eq!(
        (
            event.kind.as_str(),
            event.source.as_str(),
            event.external_id.as_deref()
        ),
        ("order.paid", "shop", Some("o-1"))
    );
    assert_eq!(
        event.occurred_at.to_rfc3339(),
        "2026-03-14T08:05:12.500+00:00"
    );
    assert_eq!(event.received_at, NOW);
    assert_eq!(event.data, br#"{"z":1.10,"a":[1e21]}"#);
}

#[test]
fn what_a_plain_message_leaves_out_has_a_default() {
    let body = br#"{"type":"order_paid_done","data":{}}"#;
    let (event, _) = read(&BasicProperties::default(), body, NOW).unwrap();
    assert_eq!(
        (
            event.kind.as_str(),
            event.source.as_str(),
            event.external_id,
            event.occurred_at
        ),
        ("order.paid", "bus", None, NOW)
    );
    let named = BasicProperties::default().with_message_id("m-7".into());
    assert_eq!(
        read(&named, body, NOW).unwrap().0.external_id.as_deref(),
        Some("m-7")
    );
    let both = br#"{"id":"o-1","type":"order.paid","data":{}}"#;
    assert_eq!(
        read(&named, both, NOW).unwrap().0.external_id.as_deref(),
        Some("o-1")
    );
}

#[test]
fn what_is_not_an_event_is_unreadable_with_its_reason() {
    let none = BasicProperties::default();
    for (body, reason) in [
        ("", "invalid_json"),
        ("hello", "invalid_json"),
        ("[]", "invalid_type"),
        (r#"{"data":{}}"#, "required"),
        (r#"{"type":"order.paid"}"#, "required"),
        (r#"{"type":"order.paid","data":{"a":}}"#, "invalid_json"),
        (
            r#"{"type":"order.paid","data":{},"occurred_at":"yesterday"}"#,
            "invalid_value",
        ),
        (r#"{"type":"order.paid","data":[]}"#, "not_an_object"),
        (r#"{"type":"Order Paid","data":{}}"#, "invalid_type"),
        (r#"{"type":"order.paid","data":{},"id":""}"#, "invalid_id"),
        (
            r#"{"type":"order.paid","data":{},"source":"a\nb"}"#,
            "invalid_source",
        ),
    ] {
        assert_eq!(code(&none, body), reason, "{body}");
    }
    let big = |bytes: usize| {
        format!(
            r#"{{"type":"order.paid","data":{{"a":"{}"}}}}"#,
            "a".repeat(bytes)
        )
    };
    assert_eq!(code(&none, &big(MAX_DATA)), "too_large");
    assert_eq!(code(&none, &big(MAX_BODY)), "too_large");
    assert!(
        read(
            &none,
            b"{\"type\":\"order.paid\",\"data\":{\"a\":\"\xff\"}}",
            NOW
        )
        .is_err()
    );
}

/// Every form of message but our own: what Hookyard says itself is not for others to say.
#[test]
fn only_our_own_events_come_from_hookyard_s_sources() {
    for source in [COMMUNITY, SYSTEM, TEST] {
        let plain = format!(
            r#"{{"type":"order.paid","occurred_at":"2026-03-14T08:05:12Z","source":"{source}","data":{{}}}}"#
        );
        let error = read(&BasicProperties::default(), plain.as_bytes(), NOW).unwrap_err();
        assert_eq!(
            error.to_string(),
            "reserved_source: /source: Only Hookyard itself uses this source; name your own."
        );
        let structured = format!(
            r#"{{"specversion":"1.0","id":"c-1","source":"{source}","type":"order.paid"}}"#
        );
        assert_eq!(
            code(
                &properties("application/cloudevents+json", &[]),
                &structured
            ),
            "reserved_source"
        );
        let attributes = [
            ("cloudEvents:specversion", "1.0"),
            ("cloudEvents:id", "c-1"),
            ("cloudEvents:source", source),
            ("cloudEvents:type", "order.paid"),
        ];
        assert_eq!(
            code(&properties("application/json", &attributes), "{}"),
            "reserved_source"
        );
        let id = EventId::generate().to_string();
        let marked = properties("application/json", &[(own::EVENT, &id)]);
        let (event, origin) = read(&marked, plain.as_bytes(), NOW).unwrap();
        assert_eq!((event.source.as_str(), origin), (source, Origin::Own));
    }
}

#[test]
fn every_wrong_field_of_a_message_is_in_its_reason() {
    let body = br#"{"type":7,"id":"","source":[]}"#;
    let error = read(&BasicProperties::default(), body, NOW).unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid_type: /type: Must be a string. /data: This field is required. /source: Must be a string."
    );
    let cloud = br#"{"specversion":"1.0","id":7,"type":"order.paid","time":"soon"}"#;
    let error = read(&properties("application/cloudevents+json", &[]), cloud, NOW).unwrap_err();
    assert_eq!(
        error.to_string(),
        "required: /source: This field is required. /id: Must be a string. \
         /time: Must be an RFC 3339 time such as 2026-03-14T08:05:12Z."
    );
}

#[test]
fn structured_cloud_events_are_read() {
    let json = properties("application/cloudevents+json; charset=utf-8", &[]);
    let body = r#"{"specversion":"1.0","id":"c-1","source":"/shop/eu","type":"order.paid","time":"2026-03-14T08:05:12Z","subject":"x",
        "datacontenttype":"application/json","data":{"total":7485}}"#;
    let (event, origin) = read(&json, body.as_bytes(), NOW).unwrap();
    assert_eq!(origin, Origin::Bus);
    assert_eq!(
        (
            event.kind.as_str(),
            event.source.as_str(),
            event.external_id.as_deref()
        ),
        ("order.paid", "/shop/eu", Some("c-1"))
    );
    assert_eq!(event.occurred_at.to_rfc3339(), "2026-03-14T08:05:12+00:00");
    assert_eq!(event.data, br#"{"total":7485}"#);
    let bare = r#"{"specversion":"1.0","id":"c-1","source":"/s","type":"order.paid"}"#;
    assert_eq!(read(&json, bare.as_bytes(), NOW).unwrap().0.data, b"{}");
    for (body, reason) in [
        (bare.replace("1.0", "0.3"), "unsupported_version"),
        (
            bare.replace("/s\"", "/s\",\"datacontenttype\":\"text/xml\""),
            "unsupported_data",
        ),
        (
            bare.replace("/s\"", "/s\",\"data_base64\":\"e30=\""),
            "unsupported_data",
        ),
        (bare.replace("/s\"", "/s\",\"data\":7"), "not_an_object"),
        (bare.replace("\"id\"", "\"ident\""), "required"),
    ] {
        assert_eq!(code(&json, &body), reason, "{body}");
    }
}

#[test]
fn binary_cloud_events_are_read_in_both_spellings() {
    for prefix in ["cloudEvents:", "cloudEvents_"] {
        let names =
            ["specversion", "id", "source", "type", "time"].map(|name| format!("{prefix}{name}"));
        let values = ["1.0", "c-1", "/shop", "order.paid", "2026-03-14T08:05:12Z"];
        let headers: Vec<_> = names.iter().map(String::as_str).zip(values).collect();
        let (event, _) = read(
            &properties("application/json", &headers),
            br#"{"total":1}"#,
            NOW,
        )
        .unwrap();
        assert_eq!(
            (
                event.kind.as_str(),
                event.source.as_str(),
                event.external_id.as_deref()
            ),
            ("order.paid", "/shop", Some("c-1"))
        );
        assert_eq!(
            (event.occurred_at.timestamp(), event.data.as_slice()),
            (1_773_475_512, &br#"{"total":1}"#[..])
        );
        assert_eq!(
            code(&properties("application/json", &headers[..3]), "{}"),
            "invalid_cloudevent"
        );
        assert_eq!(
            code(&properties("text/plain", &headers), "{}"),
            "unsupported_data"
        );
        assert_eq!(
            code(&properties("application/json", &headers), "{"),
            "invalid_json"
        );
        assert_eq!(
            read(&properties("application/json", &headers[..4]), b"", NOW)
                .unwrap()
                .0
                .data,
            b"{}"
        );
    }
}

#[test]
fn an_event_of_ours_comes_back_as_it_was() {
    for external_id in [None, Some("9041 ü".to_owned())] {
        let event = Event {
            id: EventId::generate(),
            kind: "order.paid".into(),
            source: "shop \"x\"".into(),
            external_id,
            occurred_at: DateTime::from_timestamp_micros(1_773_475_512_123_456).unwrap(),
            received_at: DateTime::from_timestamp_micros(1_773_475_513_000_001).unwrap(),
            data: br#"{"z":1.10,"a":1e21}"#.to_vec(),
        };
        let message = outbound(&event);
        assert_eq!(message.routing_key.as_str(), "order.paid");
        let json: serde_json::Value = serde_json::from_slice(&message.body).unwrap();
        let keys: Vec<_> = json
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(keys, ["id", "type", "occurred_at", "source", "data"]);
        assert_eq!(
            read(&message.properties, &message.body, NOW),
            Ok((event, Origin::Own))
        );
    }
}

#[test]
fn our_mark_alone_makes_nothing_readable() {
    let body =
        r#"{"type":"order.paid","occurred_at":"2026-03-14T08:05:12Z","source":"shop","data":{}}"#;
    let id = EventId::generate().to_string();
    assert_eq!(
        code(
            &properties("application/json", &[(own::EVENT, "evt_1")]),
            body
        ),
        "invalid_id"
    );
    assert_eq!(
        code(&properties("application/json", &[(own::EVENT, &id)]), "{}"),
        "required"
    );
    assert_eq!(
        code(
            &properties("application/json", &[(own::EVENT, &id)]),
            &body.replace("order.paid", "A")
        ),
        "invalid_type"
    );
}

#[test]
fn a_dead_letter_is_the_message_and_a_reason_of_bounded_length() {
    let why = UnreadableMessage::new("invalid_json", "x".repeat(10_000));
    let letter = dead_letter(
        "key".into(),
        properties("text/plain", &[("mine", "kept")]),
        b"hello".to_vec(),
        &why,
    );
    let headers = letter.properties.headers().clone().unwrap();
    assert_eq!(header(&headers, "mine").as_deref(), Some("kept"));
    assert!(
        header(&headers, REASON)
            .unwrap()
            .starts_with("invalid_json: xxx")
    );
    assert_eq!(header(&headers, REASON).unwrap().len(), MAX_REASON);
    assert_eq!(
        (letter.routing_key.as_str(), letter.body.as_slice()),
        ("key", &b"hello"[..])
    );
}

#[test]
fn instants_that_no_database_holds_are_refused_in_every_form() {
    let at = "-9999-01-01T00:00:00Z";
    let reason = |properties: &BasicProperties, body: &str| {
        read(properties, body.as_bytes(), NOW)
            .unwrap_err()
            .to_string()
    };
    let plain = format!(r#"{{"type":"order.paid","occurred_at":"{at}","data":{{}}}}"#);
    let structured = format!(
        r#"{{"specversion":"1.0","id":"1","source":"/s","type":"order.paid","time":"{at}"}}"#
    );
    let binary = [
        ("cloudEvents:specversion", "1.0"),
        ("cloudEvents:id", "1"),
        ("cloudEvents:source", "/s"),
        ("cloudEvents:type", "order.paid"),
        ("cloudEvents:time", at),
    ];
    let cloud = properties("application/cloudevents+json", &[]);
    for (reason, place) in [
        (reason(&BasicProperties::default(), &plain), "/occurred_at"),
        (reason(&cloud, &structured), "/time"),
        (
            reason(&properties("application/json", &binary), "{}"),
            "/time",
        ),
    ] {
        let beginning = format!("out_of_range: {place}: ");
        assert!(reason.starts_with(&beginning), "{reason}");
    }
    let id = EventId::generate().to_string();
    let body =
        r#"{"type":"order.paid","source":"s","occurred_at":"2026-03-14T08:05:12Z","data":{}}"#;
    for received_at in [at, "+10000-01-01T00:00:00Z", "yesterday"] {
        let ours = properties(
            "application/json",
            &[
                ("hookyard-event", &id),
                ("hookyard-received-at", received_at),
            ],
        );
        let why = reason(&ours, body);
        assert!(why.starts_with("invalid_received_at: "), "{why}");
    }
}
