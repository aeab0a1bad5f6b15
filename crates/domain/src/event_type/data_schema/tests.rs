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
