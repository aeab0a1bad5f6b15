use super::*;
use serde_json::json;

fn refused(schema: &Value) -> (String, &'static str) {
    let error = DataSchema::compile(schema, "/schema")
        .unwrap_err()
        .0
        .remove(0);
    (error.pointer, error.code)
}

fn problems(schema: &Value, data: &Value) -> Vec<(String, &'static str)> {
    match DataSchema::compile(schema, "/schema")
        .unwrap()
        .check(data, "/data")
    {
        Ok(()) => Vec::new(),
        Err(invalid) => invalid
            .0
            .into_iter()
            .map(|error| (error.pointer, error.code))
            .collect(),
    }
}

#[test]
fn data_are_checked_with_pointers_to_what_is_wrong() {
    let schema = json!({
        "type": "object", "required": ["booking"],
        "properties": {"booking": {"$ref": "#/$defs/booking"}},
        "$defs": {"booking": {
            "type": "object", "required": ["id"], "additionalProperties": false,
            "properties": {"id": {"type": "integer"}, "mail": {"format": "email"}, "code": {"pattern": "^[A-Z]{3}$"}},
        }},
    });
    assert_eq!(
        problems(
            &schema,
            &json!({"booking": {"id": 7, "mail": "a@b.example", "code": "ABC"}})
        ),
        []
    );
    let mut found = problems(
        &schema,
        &json!({"booking": {"id": "7", "mail": "a", "code": "abc", "more": 1}}),
    );
    found.sort();
    let pointers: Vec<_> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(
        pointers,
        [
            "/data/booking",
            "/data/booking/code",
            "/data/booking/id",
            "/data/booking/mail"
        ]
    );
    assert!(found.iter().all(|(_, code)| *code == "schema_mismatch"));
    assert_eq!(problems(&schema, &json!({}))[0].0, "/data");
}

#[test]
fn problems_are_bounded_and_never_quote_the_event() {
    let schema = json!({"additionalProperties": {"type": "integer", "maximum": 5}});
    let data: Value = (0..500)
        .map(|n| {
            (
                format!("k{n}"),
                json!(format!("s3cret-{}", "x".repeat(5000))),
            )
        })
        .collect();
    let invalid = DataSchema::compile(&schema, "/schema")
        .unwrap()
        .check(&data, "/data")
        .unwrap_err();
    assert_eq!(invalid.0.len(), MAX_PROBLEMS);
    assert!(
        invalid
            .0
            .iter()
            .all(|error| !error.detail.contains("s3cret") && error.detail.len() < 400),
        "{invalid:?}"
    );
    let closed = DataSchema::compile(&json!({"additionalProperties": false}), "/schema").unwrap();
    let long = json!({ "n".repeat(100_000): 1 });
    let error = closed.check(&long, "/data").unwrap_err().0.remove(0);
    assert!(error.detail.chars().count() <= MAX_TEXT + 1 && error.pointer.len() <= MAX_TEXT + 3);
    let deep = DataSchema::compile(&schema, "/schema").unwrap().check(
        &long
            .as_object()
            .map_or(json!({}), |_| json!({"k".repeat(9000): "x"})),
        "/data",
    );
    assert!(deep.unwrap_err().0[0].pointer.chars().count() <= MAX_TEXT + 1);
}

#[test]
fn schemas_that_are_none_are_refused_with_a_pointer() {
    for (schema, pointer, code) in [
        (json!([]), "/schema", "not_an_object"),
        (json!({"type": "strin"}), "/schema/type", "invalid_schema"),
        (
            json!({"properties": {"a": {"minimum": "1"}}}),
            "/schema/properties/a/minimum",
            "invalid_schema",
        ),
        (
            json!({"description": "x".repeat(65 * 1024)}),
            "/schema",
            "too_large",
        ),
        (
            json!({"properties": {"a": {"$ref": "https://example.com/s.json"}}}),
            "/schema/properties/a/$ref",
            "remote_reference",
        ),
        (
            json!({"properties": {"a": {"$ref": "other.json#/x"}}}),
            "/schema/properties/a/$ref",
            "remote_reference",
        ),
        (
            json!({"properties": {"a": {"$ref": "#/$defs/none"}}}),
            "/schema/properties/a/$ref",
            "unknown_reference",
        ),
        (
            json!({"properties": {"a": {"$ref": "#"}}}),
            "/schema/properties/a/$ref",
            "recursive_reference",
        ),
        (
            json!({"$dynamicRef": "#x"}),
            "/schema/$dynamicRef",
            "not_supported",
        ),
    ] {
        assert_eq!(refused(&schema), (pointer.to_owned(), code), "{schema}");
    }
    let pattern = refused(&json!({"properties": {"a": {"pattern": "(?=a)b"}}}));
    assert_eq!(pattern.1, "invalid_schema", "look-around has no bound");
    assert!(
        DataSchema::compile(&json!({"$schema": "https://example.com/own"}), "/schema").is_err(),
        "nothing is fetched"
    );
}

#[test]
fn properties_may_have_the_names_of_keywords() {
    let schema = json!({"properties": {"$ref": {"type": "integer"}, "items": {"$ref": "#/properties/$ref"}, "enum": {"const": {"$ref": "x"}}}});
    assert_eq!(
        problems(&schema, &json!({"items": "x"}))[0].0,
        "/data/items"
    );
}

#[test]
fn a_schema_cannot_cost_without_bound() {
    let mutual = json!({"$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"});
    assert_eq!(refused(&mutual).1, "recursive_reference");
    // Each level doubles: 2^30 checks of one value.
    let double = |n: usize| json!({"allOf": [{"$ref": format!("#/$defs/d{n}")}, {"$ref": format!("#/$defs/d{n}")}]});
    let defs: serde_json::Map<_, _> = (0..30)
        .map(|n| (format!("d{}", n + 1), double(n)))
        .collect();
    let mut doubling = json!({"$defs": defs, "$ref": "#/$defs/d30"});
    doubling["$defs"]["d0"] = json!({});
    assert!(matches!(refused(&doubling).1, "too_complex" | "too_deep"));
    let deep = (0..40).fold(json!({}), |inner, _| json!({"not": inner}));
    assert_eq!(refused(&deep).1, "too_deep");
    assert_eq!(
        refused(&json!({"pattern": "(a{1000}){1000}"})).1,
        "invalid_schema",
        "a regular expression has a size"
    );
    // Catastrophic for engines that go back: linear here.
    let schema = DataSchema::compile(
        &json!({"additionalProperties": {"pattern": "^(a+)+$"}}),
        "/schema",
    )
    .unwrap();
    let text = format!("{}!", "a".repeat(500_000));
    assert!(schema.check(&json!({ "t": text }), "/data").is_err());
    let many: Vec<_> = (0..100_000).collect();
    let unique = DataSchema::compile(
        &json!({"additionalProperties": {"uniqueItems": true}}),
        "/schema",
    )
    .unwrap();
    assert!(unique.check(&json!({ "list": many }), "/data").is_ok());
}

#[test]
fn numbers_that_nothing_can_hold_are_told() {
    let schema = DataSchema::compile(&json!({}), "/schema").unwrap();
    assert!(schema.check_bytes(br#"{"n":1e300}"#, "/data").is_ok());
    assert_eq!(
        schema
            .check_bytes(br#"{"n":1e400}"#, "/data")
            .unwrap_err()
            .0[0]
            .code,
        "number_out_of_range"
    );
}

/// The most memory that this process has held, in MiB.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<usize>()
        .unwrap()
        / 1024
}

#[test]
fn no_spelling_of_a_reference_leads_back() {
    // Each doubles at every level of the data, if anything follows it.
    let twice = |reference: &str| json!([{"$ref": reference}, {"$ref": reference}]);
    for reference in [
        "#/%24defs/a",
        "#/$defs/%61",
        "#/$defs/a",
        "#/%2524defs/a",
        "#",
    ] {
        let schema = json!({"$ref": "#/$defs/a", "$defs": {"a": {"allOf": twice(reference)}}});
        let code = refused(&schema).1;
        assert!(
            matches!(code, "recursive_reference" | "unknown_reference"),
            "{reference}: {code}"
        );
    }
    let through = |inner: Value| json!({"items": {"allOf": [inner]}, "$defs": {}});
    for (inner, code) in [
        (json!({"$ref": "#a", "$anchor": "a"}), "not_supported"),
        (json!({"$ref": "#a"}), "remote_reference"),
        (json!({"$ref": ""}), "remote_reference"),
        (json!({"$ref": "urn:x#/items"}), "remote_reference"),
        (json!({"$dynamicRef": "#a"}), "not_supported"),
        (json!({"$dynamicAnchor": "a"}), "not_supported"),
        (json!({"$recursiveRef": "#"}), "not_supported"),
        (
            json!({"id": "http://x.example/", "$ref": "#/items"}),
            "not_supported",
        ),
        (
            json!({"$id": "http://x.example/", "$ref": "#/items"}),
            "not_supported",
        ),
        (json!({"$ref": "#/items"}), "recursive_reference"),
        (json!({"$ref": "#/items/allOf/0"}), "recursive_reference"),
    ] {
        assert_eq!(refused(&through(inner.clone())).1, code, "{inner}");
    }
    // An id is where no schema is, and a reference leads below it.
    let rebased = json!({
        "$ref": "#/x/a",
        "x": {"$id": "http://x.example/", "id": "http://x.example/", "a": {"allOf": [{"$ref": "#/x/a"}]}},
    });
    assert_eq!(refused(&rebased).1, "recursive_reference");
    let draft_04 =
        json!({"$schema": "http://json-schema.org/draft-04/schema#", "id": "http://x.example/"});
    assert_eq!(
        refused(&draft_04),
        ("/schema/$schema".to_owned(), "unsupported_draft")
    );
    let ok = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://x.example/s",
        "properties": {"a": {"$ref": "#/%24defs/a%20b"}, "b": {"$ref": "#/$defs/a b", "minimum": 3}}, "$defs": {"a b": {"type": "integer"}},
    });
    assert_eq!(problems(&ok, &json!({"a": 1, "b": 3})), []);
    assert_eq!(problems(&ok, &json!({"a": "1"}))[0].0, "/data/a");
    assert_eq!(problems(&ok, &json!({"b": 2}))[0].0, "/data/b");
}

#[test]
fn an_event_costs_little_memory_whatever_its_schema() {
    let consts = |n: usize| {
        (0..n)
            .map(|n| json!({"const": format!("c{n}")}))
            .collect::<Value>()
    };
    let zeros = |n: usize| json!({"list": vec![0; n]});
    let of = |schema: Value| json!({"properties": {"list": {"items": schema}}});
    let before = peak();
    for (schema, data) in [
        (of(json!({"anyOf": consts(1_900)})), zeros(2_000)),
        (of(json!({"anyOf": consts(1_000)})), zeros(2_000)),
        (of(json!({"oneOf": consts(1_000)})), zeros(2_000)),
        (of(json!({"allOf": consts(1_000)})), zeros(2_000)),
        (
            of(
                json!({"anyOf": [{"allOf": consts(900)}, {"oneOf": [{"not": {"anyOf": consts(50)}}, {}]}]}),
            ),
            zeros(2_000),
        ),
        // Each problem says where it is, and lists what is wrong there.
        (
            json!({"allOf": vec![json!({"additionalProperties": false}); 900]}),
            json!({"k".repeat(500_000): 0}),
        ),
        (
            json!({"additionalProperties": {"items": {"allOf": consts(900)}}}),
            json!({"k".repeat(500_000): vec![0; 1000]}),
        ),
    ] {
        let schema = DataSchema::compile(&schema, "/schema").unwrap();
        let refusal = schema.check(&data, "/data").unwrap_err();
        assert!(refusal.0.len() <= MAX_PROBLEMS);
    }
    // 600 MiB for the first of them alone, when each alternative was told.
    assert!(peak() - before < 150, "{} MiB more", peak() - before);
}

#[test]
fn an_event_that_is_too_large_for_its_schema_is_refused() {
    let schema = json!({"items": {"enum": (0..2_000).collect::<Vec<_>>()}});
    let schema = DataSchema::compile(&schema, "/schema").unwrap();
    assert_eq!(schema.check(&json!(vec![1; 2_000]), "/data"), Ok(()));
    assert_eq!(
        schema.check(&json!(vec![1; 3_000]), "/data").unwrap_err().0[0].code,
        "too_complex"
    );
    // The slowest kind of expression; the sum of what 50 of them read is bounded.
    let patterns: Vec<_> = (0..50)
        .map(|n| json!({"pattern": format!("^(a?){{{n}}}a{{{n}}}$")}))
        .collect();
    let schema = DataSchema::compile(
        &json!({"properties": {"t": {"anyOf": patterns}}}),
        "/schema",
    )
    .unwrap();
    assert_eq!(
        schema
            .check(&json!({"t": "a".repeat(100_000)}), "/data")
            .unwrap_err()
            .0[0]
            .code,
        "too_complex"
    );
    assert_eq!(schema.check(&json!({"t": "a".repeat(48)}), "/data"), Ok(()));
}

#[test]
fn a_schema_costs_little_memory_whatever_it_repeats() {
    let refs = |to: &str, n: usize| vec![json!({"$ref": to}); n];
    let many =
        json!({"$defs": {"e": {"enum": ["x".repeat(30_000)]}}, "allOf": refs("#/$defs/e", 200)});
    assert_eq!(refused(&many).1, "too_complex");
    let patterns =
        json!({"$defs": {"p": {"pattern": "[a-z]{500}"}}, "allOf": refs("#/$defs/p", 500)});
    assert_eq!(refused(&patterns).1, "too_complex");
    assert_eq!(
        refused(&json!({"properties": {"a": {"format": "regex"}}})).1,
        "not_supported"
    );
}

#[test]
fn what_older_drafts_said_is_refused_and_not_passed_over() {
    for (schema, pointer) in [
        (json!({"items": [{}]}), "/schema/items"),
        (
            json!({"dependencies": {"a": ["b"]}}),
            "/schema/dependencies",
        ),
        (json!({"additionalItems": false}), "/schema/additionalItems"),
        (
            json!({"unevaluatedProperties": false}),
            "/schema/unevaluatedProperties",
        ),
    ] {
        assert_eq!(refused(&schema), (pointer.to_owned(), "not_supported"));
    }
    let alternatives = json!({"properties": {"a": {"oneOf": [{"type": "integer"}, {"minimum": 5}]}, "b": {"anyOf": [{"type": "string"}, {"type": "null"}]}}});
    assert_eq!(problems(&alternatives, &json!({"a": 4, "b": null})), []);
    let mut found = problems(&alternatives, &json!({"a": 6, "b": 1}));
    found.sort();
    assert_eq!(
        found,
        [
            ("/data/a".to_owned(), "schema_mismatch"),
            ("/data/b".to_owned(), "schema_mismatch")
        ]
    );
}
