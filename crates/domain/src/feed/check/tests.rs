use crate::{
    feed::{FeedBody, FeedSettings, FeedSpec, SelectedField},
    outbound::guard::Guard,
};

fn complete() -> FeedSpec {
    let settings = FeedSettings {
        title: "Sales".into(),
        url: Some("https://example.com/hook".into()),
        events: vec![
            "order_paid_done".into(),
            "order.paid".into(),
            "subscription.*".into(),
        ],
        ..FeedSettings::default()
    };
    FeedSpec {
        settings,
        ..FeedSpec::default()
    }
}

fn problems(spec: FeedSpec, complete: bool) -> Vec<(String, &'static str)> {
    match spec.check(complete, &Guard::default(), &[]) {
        Ok(_) => Vec::new(),
        Err(invalid) => invalid.0.into_iter().map(|e| (e.pointer, e.code)).collect(),
    }
}

#[test]
fn aliases_become_canonical_and_are_listed_once() {
    let spec = complete().check(true, &Guard::default(), &[]).unwrap();
    assert_eq!(spec.settings.events, ["order.paid", "subscription.*"]);
}

#[test]
fn a_draft_may_be_incomplete_but_an_enabled_feed_may_not() {
    let mut draft = FeedSpec::default();
    draft.settings.title = "Draft".into();
    assert_eq!(problems(draft.clone(), false), []);
    assert_eq!(
        problems(draft, true),
        [("/url".into(), "required"), ("/events".into(), "required")]
    );
}

#[test]
fn a_url_is_kept_as_it_will_be_requested() {
    for (given, kept) in [
        (
            "https://example.com/hook?a=1",
            "https://example.com/hook?a=1",
        ),
        ("HTTPS://EXAMPLE.com:443", "https://example.com/"),
        (
            "https://b\u{fc}cher.example/\u{fc}",
            "https://xn--bcher-kva.example/%C3%BC",
        ),
        (
            "https://\u{430}pple.example/",
            "https://xn--pple-43d.example/",
        ),
    ] {
        let mut spec = complete();
        spec.settings.url = Some(given.into());
        let spec = spec.check(true, &Guard::default(), &[]).unwrap();
        assert_eq!(spec.settings.url.as_deref(), Some(kept));
    }
}

fn rows(rows: &[(&str, &str)]) -> FeedSpec {
    let field = |(key, value): &(&str, &str)| SelectedField {
        key: (*key).into(),
        value: (*value).into(),
    };
    FeedSpec {
        body: FeedBody::Selected {
            fields: rows.iter().map(field).collect(),
        },
        ..complete()
    }
}

/// A feed that would send an empty body is refused when it is enabled, and only then.
#[test]
fn no_valid_row_is_refused_on_enabling() {
    for spec in [rows(&[]), rows(&[("", ""), ("", "")])] {
        assert_eq!(
            problems(spec.clone(), true),
            [("/body/fields".into(), "required")]
        );
        assert_eq!(problems(spec, false), []);
    }
}

/// A key that is used twice would lose one of its values.
#[test]
fn a_key_is_used_once() {
    let spec = rows(&[("a", "1"), ("A", "2"), ("a", "3")]);
    assert_eq!(
        problems(spec, false),
        [("/body/fields/2/key".into(), "duplicate_key")]
    );
}

/// Rows that nobody filled in are dropped; a value without a key is a mistake; a key
/// without a value sends an empty text.
#[test]
fn empty_rows_are_dropped_and_pointers_stay_what_was_sent() {
    let spec = rows(&[("", ""), ("a", "1"), ("", ""), ("b", "")])
        .check(true, &Guard::default(), &[])
        .unwrap();
    let FeedBody::Selected { fields } = spec.body else {
        panic!("selected")
    };
    assert_eq!(
        fields
            .iter()
            .map(|field| field.key.as_str())
            .collect::<Vec<_>>(),
        ["a", "b"]
    );
    let spec = rows(&[("", ""), ("", "{{ data.x }}"), ("c", "{{ data.")]);
    assert_eq!(
        problems(spec, true),
        [
            ("/body/fields/1/key".into(), "invalid_key"),
            ("/body/fields/2/value".into(), "invalid_expression")
        ]
    );
}

#[test]
fn bodies_events_and_numbers_are_checked() {
    let field = |key: &str, value: &str| SelectedField {
        key: key.into(),
        value: value.into(),
    };
    let settings = FeedSettings {
        events: vec!["order.paidd".into()],
        timeout_ms: 10,
        max_in_flight: 0,
        rate_limit_per_second: Some(0),
        retry_schedule: Some(vec![0]),
        ..complete().settings
    };
    let fields = vec![
        field("a", "{{ data.x }}"),
        field("a", "{{ data."),
        field("", "x"),
    ];
    let spec = FeedSpec {
        settings,
        body: FeedBody::Selected { fields },
        ..FeedSpec::default()
    };
    let codes: Vec<_> = problems(spec, true).into_iter().map(|p| p.0).collect();
    assert_eq!(
        codes,
        [
            "/body/fields/1/key",
            "/body/fields/1/value",
            "/body/fields/2/key",
            "/events/0",
            "/timeout_ms",
            "/max_in_flight",
            "/rate_limit_per_second",
            "/retry_schedule/0"
        ]
    );
}

/// A pattern that can never match would be a feed that never sends, and says nothing of it.
#[test]
fn what_matches_nothing_in_the_catalogue_is_refused_with_what_is_like_it() {
    let refusal = |name: &str| {
        let mut spec = complete();
        spec.settings.events = vec![name.into()];
        match spec.check(false, &Guard::default(), &["quiz.passed"]) {
            Ok(_) => None,
            Err(mut invalid) => invalid.0.pop(),
        }
    };
    for (name, meant) in [
        ("orders.*", Some("order.*")),
        ("quizz.*", Some("quiz.*")),
        ("order.payed", Some("order.paid")),
        ("order.paid.*", None),
        ("quiz*", None),
        ("**", None),
        ("", None),
        ("feed.failing", None),
    ] {
        let error = refusal(name).unwrap();
        assert_eq!(
            (&*error.pointer, error.code),
            ("/events/0", "unknown_event_type")
        );
        if let Some(meant) = meant {
            assert!(
                error.detail.contains(&format!("Did you mean \"{meant}\"?")),
                "{error:?}"
            );
        }
    }
    for name in [
        "*",
        "order.*",
        "quiz.*",
        "quiz.passed",
        "order_paid_done",
        "feed.*",
    ] {
        assert_eq!(refusal(name), None, "{name}");
    }
}
