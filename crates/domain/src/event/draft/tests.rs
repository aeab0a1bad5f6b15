use super::*;
use crate::event::{API, BUS, COMMUNITY, SYSTEM, TEST};

const NOW: Instant = Instant::UNIX_EPOCH;
const ALL: [Producer; 4] = [
    Producer::Api,
    Producer::Shell,
    Producer::Bus,
    Producer::Relay,
];

fn read(json: &str, producer: Producer) -> Result<Event, Invalid> {
    EventDraft::parse(json.as_bytes(), producer)?.check(producer, NOW)
}

fn with_data(data: &str) -> Result<Event, Invalid> {
    read(
        &format!(r#"{{"type":"order.paid","data":{data}}}"#),
        Producer::Api,
    )
}

fn mistakes(result: Result<Event, Invalid>) -> Vec<(String, &'static str)> {
    let invalid = result.unwrap_err();
    invalid
        .0
        .into_iter()
        .map(|error| (error.pointer, error.code))
        .collect()
}

#[test]
fn data_keeps_its_bytes() {
    let event = with_data(r#" {"z":1.10, "a":1e21} "#).unwrap();
    assert_eq!(event.data, br#"{"z":1.10, "a":1e21}"#);
    assert_eq!((event.source.as_str(), event.occurred_at), ("api", NOW));
}

#[test]
fn a_whole_envelope_is_read_alike_from_every_producer() {
    let json = r#" {"data": {"z":1.10,"a":[1e21]} ,"id":"o-1","occurred_at":"2026-03-14T09:05:12.5+01:00","source":"shop","type":"order_paid_done"} "#;
    for producer in ALL {
        let event = read(json, producer).unwrap();
        assert_eq!(
            (event.kind.as_str(), event.source.as_str()),
            ("order.paid", "shop")
        );
        assert_eq!(event.external_id.as_deref(), Some("o-1"));
        assert_eq!(
            event.occurred_at.to_rfc3339(),
            "2026-03-14T08:05:12.500+00:00"
        );
        assert_eq!(event.received_at, NOW);
        assert_eq!(event.data, br#"{"z":1.10,"a":[1e21]}"#);
    }
}

#[test]
fn what_is_left_out_has_a_default_but_for_the_relay() {
    let json = r#"{"type":"order.paid","id":null,"source":null,"occurred_at":null,"data":{}}"#;
    for (producer, source) in [
        (Producer::Api, API),
        (Producer::Shell, BUS),
        (Producer::Bus, BUS),
    ] {
        let event = read(json, producer).unwrap();
        assert_eq!(
            (event.source.as_str(), event.external_id, event.occurred_at),
            (source, None, NOW)
        );
    }
    assert_eq!(
        mistakes(read(json, Producer::Relay)),
        [
            ("/source".to_owned(), "required"),
            ("/occurred_at".to_owned(), "required")
        ]
    );
}

#[test]
fn every_wrong_field_is_named() {
    let json = r#"{"type":"Order Paid","source":"","id":"a\nb","data":[1]}"#;
    let pointers: Vec<_> = mistakes(read(json, Producer::Api))
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect();
    assert_eq!(pointers, ["/type", "/source", "/id", "/data"]);
}

#[test]
fn every_field_of_a_wrong_type_is_named() {
    let json = r#"{"type":7,"source":[],"id":1,"occurred_at":"yesterday"}"#;
    for producer in ALL {
        assert_eq!(
            mistakes(read(json, producer)),
            [
                ("/type", "invalid_type"),
                ("/data", "required"),
                ("/source", "invalid_type"),
                ("/id", "invalid_type"),
                ("/occurred_at", "invalid_value"),
            ]
            .map(|(pointer, code)| (pointer.to_owned(), code))
        );
    }
}

#[test]
fn unknown_fields_are_mistakes_except_on_the_bus() {
    let json = r#"{"type":"order.paid","source":"s","occurred_at":"2026-03-14T08:05:12Z","data":{},"more":1}"#;
    for producer in ALL {
        let result = read(json, producer);
        if matches!(producer, Producer::Api | Producer::Shell) {
            assert_eq!(
                mistakes(result),
                [("/more".to_owned(), "unknown_field")],
                "{producer:?}"
            );
        } else {
            assert!(result.is_ok(), "{producer:?}");
        }
    }
}

#[test]
fn only_the_relay_speaks_for_hookyard_itself() {
    for source in [COMMUNITY, SYSTEM, TEST] {
        let json = format!(
            r#"{{"type":"order.paid","occurred_at":"2026-03-14T08:05:12Z","source":"{source}","data":{{}}}}"#
        );
        for producer in [Producer::Api, Producer::Shell, Producer::Bus] {
            assert_eq!(
                mistakes(read(&json, producer)),
                [("/source".to_owned(), "reserved_source")],
                "{producer:?}"
            );
        }
        assert_eq!(read(&json, Producer::Relay).unwrap().source, source);
    }
}

#[test]
fn nesting_is_bounded_and_strings_do_not_count() {
    let nested = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
    for (data, good) in [
        (nested(63), true),
        (nested(64), false),
        (format!("{{\"a\":\"{}\"}}", "[".repeat(99)), true),
        (format!("{{\"a\":\"\\\"{}\"}}", "[".repeat(99)), true),
    ] {
        assert_eq!(with_data(&data).is_ok(), good, "{data}");
    }
}

#[test]
fn data_is_bounded_to_the_byte() {
    let data = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8));
    assert!(with_data(&data(MAX_DATA)).is_ok());
    assert_eq!(
        mistakes(with_data(&data(MAX_DATA + 1))),
        [("/data".to_owned(), "too_large")]
    );
}

#[test]
fn lone_surrogates_are_refused() {
    for (data, good) in [
        (r#"{"a":"\ud83c\udf89"}"#, true),
        (r#"{"a":"\ud83c"}"#, false),
    ] {
        assert_eq!(with_data(data).is_ok(), good, "{data}");
    }
}

#[test]
fn the_identity_is_the_producer_s_when_there_is_one() {
    let of = |json: &str| read(json, Producer::Api).unwrap().identity();
    let keyed = r#"{"type":"order.paid","source":"shop","id":"9041","data":{}}"#;
    assert_eq!(of(keyed), of(keyed));
    let plain = r#"{"type":"order.paid","data":{}}"#;
    assert_ne!(of(plain), of(plain));
}

/// What Hookyard says of itself and of the community is not claimed by others.
#[test]
fn own_types_cannot_be_forged() {
    for kind in [
        "feed.disabled",
        "user.created",
        "space.joined",
        "delivery.exhausted",
        "webhook.test",
    ] {
        let json = format!(
            r#"{{"type":"{kind}","source":"shop","occurred_at":"2026-03-14T08:05:12Z","data":{{}}}}"#
        );
        let check = |producer| {
            EventDraft::parse(json.as_bytes(), producer)
                .and_then(|draft| draft.check(producer, Instant::UNIX_EPOCH))
                .map(drop)
                .map_err(|invalid| (invalid.0[0].pointer.clone(), invalid.0[0].code))
        };
        for producer in [Producer::Api, Producer::Shell, Producer::Bus] {
            assert_eq!(
                check(producer),
                Err(("/type".to_owned(), "reserved_event_type")),
                "{kind}"
            );
        }
        assert_eq!(check(Producer::Relay), Ok(()), "{kind}");
    }
}

#[test]
fn what_no_calendar_of_ours_holds_is_refused() {
    for (at, fits) in [
        ("1970-01-01T00:00:00Z", true),
        ("9999-12-31T23:59:59.999999999Z", true),
        ("1969-12-31T23:59:59.999999Z", false),
        ("1970-01-01T00:30:00+01:00", false),
        ("-9999-01-01T00:00:00Z", false),
        ("9999-12-31T23:30:00-01:00", false),
        ("+10000-01-01T00:00:00Z", false),
        ("+262142-12-31T23:59:59Z", false),
    ] {
        let json =
            format!(r#"{{"type":"order.paid","source":"s","occurred_at":"{at}","data":{{}}}}"#);
        for producer in ALL {
            let wrong = ("/occurred_at".to_owned(), "out_of_range");
            let expected = if fits { vec![] } else { vec![wrong] };
            match read(&json, producer) {
                Ok(_) => assert!(fits, "{at} of {producer:?}"),
                Err(invalid) => assert_eq!(mistakes(Err(invalid)), expected, "{at}"),
            }
        }
    }
}
