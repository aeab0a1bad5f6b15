use std::collections::HashSet;

use chrono::DateTime;
use serde_json::{Value, json};

use super::{example::merge, *};
use crate::json::{ExactJson, FieldPath};

/// What else an order can be, as changes of the store's example.
const VARIANTS: &[(&str, &str)] = &[
    ("one-time", include_str!("variants/one_time.json")),
    ("free", include_str!("variants/free.json")),
    ("guest", include_str!("variants/guest.json")),
    ("zero-decimal currency", include_str!("variants/yen.json")),
    ("test-mode", include_str!("variants/test_mode.json")),
    (
        "without addresses",
        include_str!("variants/without_addresses.json"),
    ),
];

/// Every example of the store, and every variant of a paid order.
fn orders() -> Vec<(&'static str, Value)> {
    let store = BUILTIN
        .iter()
        .filter(|entry| matches!(entry.example, BuiltinExample::Store(_)));
    let variants = VARIANTS.iter().map(|(name, changes)| {
        let mut data = builtin("order.paid").unwrap().example();
        merge(&mut data, serde_json::from_str(changes).unwrap());
        (*name, data)
    });
    store
        .map(|entry| (entry.name, entry.example()))
        .chain(variants)
        .collect()
}

#[test]
fn every_builtin_has_an_object_as_example() {
    for entry in BUILTIN {
        assert!(
            entry
                .example()
                .as_object()
                .is_some_and(|data| !data.is_empty()),
            "{}",
            entry.name
        );
        assert!(is_type_name(entry.name));
    }
    assert_eq!(
        BUILTIN
            .iter()
            .filter(|entry| matches!(entry.example, BuiltinExample::Store(_)))
            .count(),
        11
    );
}

#[test]
fn aliases_are_understood() {
    assert_eq!(canonical("subscription_eot"), "subscription.completed");
    assert_eq!(canonical("order.paid"), "order.paid");
    let aliases: HashSet<_> = BUILTIN.iter().filter_map(|entry| entry.alias).collect();
    assert_eq!(
        aliases.len(),
        11,
        "each type of the store has the name that the incumbent gives it"
    );
}

#[test]
fn the_facts_of_an_event_stand_beside_the_store_s_structures() {
    let example = |name: &str| builtin(name).unwrap().example();
    let refunded = example("order.refunded");
    assert_eq!(
        (
            &refunded["refund"]["amount"],
            &refunded["order"]["total_refund"]
        ),
        (&json!(7485), &json!(7485))
    );
    assert_eq!(
        (
            &refunded["transactions"][0]["id"],
            &refunded["transactions"][1]["transaction_type"]
        ),
        (&json!(11802), &json!("refund"))
    );
    assert_eq!(refunded["customer"]["email"], "ines.marlow@example.org");
    for (name, old, new) in [
        ("order.canceled", "processing", "canceled"),
        ("order.shipped", "unshipped", "shipped"),
        ("order.delivered", "shipped", "delivered"),
    ] {
        assert_eq!(
            (&example(name)["old_status"], &example(name)["new_status"]),
            (&json!(old), &json!(new)),
            "{name}"
        );
    }
    assert_eq!(
        example("subscription.canceled")["reason"],
        "customer_request"
    );
}

/// A renewal's order is its own, and the subscription and the first order are there.
#[test]
fn a_renewal_brings_its_subscription_and_its_first_order() {
    let renewal = builtin("subscription.renewed").unwrap().example();
    assert_eq!(
        (&renewal["order"]["type"], &renewal["order"]["parent_id"]),
        (&json!("renewal"), &renewal["parent_order"]["id"])
    );
    assert_eq!(
        (
            renewal["order_items"].as_array().unwrap().len(),
            &renewal["subscriptions"][0]["bill_count"]
        ),
        (1, &json!(2))
    );
    assert_eq!(
        renewal["order_items"][0]["order_id"],
        renewal["order"]["id"]
    );
}

/// Whether a value has the shape of an example: the same keys, the same types; null stands for what
/// is absent.
fn differences(example: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let is_open = at.rsplit('.').next().is_some_and(|key| {
        [
            "meta",
            "config",
            "other_info",
            "line_meta",
            "purchase_value",
            "other_data",
        ]
        .contains(&key)
    });
    match (example, value) {
        (_, Value::Null) | (Value::Null, Value::String(_) | Value::Number(_)) => {}
        (Value::Object(_), Value::Object(_)) if is_open => {}
        (Value::Object(example), Value::Object(value)) => {
            for key in example.keys().chain(value.keys()).collect::<HashSet<_>>() {
                match (example.get(key), value.get(key)) {
                    (Some(example), Some(value)) => {
                        differences(example, value, &format!("{at}.{key}"), found)
                    }
                    (None, _) => found.push(format!("{at}.{key} is not in the catalogue")),
                    (_, None) => found.push(format!("{at}.{key} is missing")),
                }
            }
        }
        (Value::Array(example), Value::Array(items)) => {
            let first = example.first().unwrap_or(&Value::Null);
            items
                .iter()
                .enumerate()
                .for_each(|(i, item)| differences(first, item, &format!("{at}.{i}"), found));
        }
        _ if std::mem::discriminant(example) == std::mem::discriminant(value) => {}
        _ => found.push(format!("{at}: {value} is no {example}")),
    }
}

#[test]
fn every_order_has_the_shape_of_the_catalogue() {
    let paid = builtin("order.paid").unwrap().example();
    for (name, data) in orders() {
        let facts = [
            "old_status",
            "new_status",
            "reason",
            "refund",
            "parent_order",
        ];
        let mut structures = data.clone();
        structures
            .as_object_mut()
            .unwrap()
            .retain(|key, _| !facts.contains(&key.as_str()));
        let mut found = Vec::new();
        differences(&paid, &structures, "data", &mut found);
        assert_eq!(found, [""; 0], "{name}");
    }
}

/// Amounts, of which the incumbent's rule says how they add up.
#[test]
fn every_order_adds_up_in_integers() {
    for (name, data) in orders() {
        let of = |key: &str| {
            data["order"][key]
                .as_i64()
                .unwrap_or_else(|| panic!("{name}: {key} is no integer"))
        };
        let tax = if of("tax_behavior") == 1 {
            of("tax_total") + of("shipping_tax")
        } else {
            0
        };
        let total = of("subtotal") - of("coupon_discount_total") - of("manual_discount_total")
            + of("fee_total")
            + of("shipping_total")
            + tax;
        assert_eq!(of("total_amount"), total.max(0), "{name}");
        let lines: i64 = data["order_items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["subtotal"].as_i64().unwrap())
            .sum();
        assert_eq!(of("subtotal"), lines, "{name}");
        let charged: i64 = data["transactions"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|t| t["transaction_type"] == "charge")
            .map(|t| t["total"].as_i64().unwrap())
            .sum();
        assert_eq!(of("total_paid"), charged, "{name}");
    }
}

/// What a variant is named after is what it has.
#[test]
fn variants_are_what_they_are_named_after() {
    let orders = orders();
    let data = |name: &str| {
        &orders
            .iter()
            .find(|(variant, _)| *variant == name)
            .unwrap()
            .1
    };
    assert_eq!(
        (
            &data("free")["order"]["total_amount"],
            &data("free")["transactions"]
        ),
        (&json!(0), &json!([]))
    );
    assert_eq!(data("guest")["customer"]["user_id"], Value::Null);
    assert_eq!(data("zero-decimal currency")["order"]["currency"], "JPY");
    assert_eq!(
        (
            &data("test-mode")["order"]["mode"],
            &data("test-mode")["transactions"][0]["payment_mode"]
        ),
        (&json!("test"), &json!("test"))
    );
    let bare = data("without addresses");
    assert_eq!(
        (&bare["shipping_address"], &bare["billing_address"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (
            &data("one-time")["subscriptions"],
            data("one-time")["order_items"].as_array().unwrap().len()
        ),
        (&json!([]), 1)
    );
}

#[test]
fn times_are_rfc_3339_in_utc() {
    fn check(name: &str, value: &Value) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| check(key, value)),
            Value::Array(items) => items.iter().for_each(|item| check(name, item)),
            Value::String(text) if name.ends_with("_at") || name.ends_with("_date") => {
                assert!(
                    text.ends_with('Z') && DateTime::parse_from_rfc3339(text).is_ok(),
                    "{name}: {text}"
                );
            }
            _ => {}
        }
    }
    orders().iter().for_each(|(_, data)| check("", data));
    BUILTIN.iter().for_each(|entry| check("", &entry.example()));
}

#[test]
fn every_listed_field_is_found_in_the_example_with_its_type() {
    for entry in BUILTIN {
        let envelope = json!({"id": "evt_01jq3c9xv2e8rb6m0h4k7t5n1f", "type": entry.name, "timestamp": "2026-03-14T08:05:12Z", "data": entry.example()});
        let envelope = ExactJson::parse(envelope.to_string().as_bytes()).unwrap();
        let fields = fields(entry.name, &entry.example());
        let paths: HashSet<_> = fields.iter().map(|field| &field.path).collect();
        assert_eq!(
            paths.len(),
            fields.len(),
            "{}: a path is listed twice",
            entry.name
        );
        for field in fields {
            let path = FieldPath::parse(&field.path)
                .unwrap_or_else(|| panic!("{}: not a path: {}", entry.name, field.path));
            let found = envelope
                .at(&path)
                .unwrap_or_else(|| panic!("{}: nothing at {}", entry.name, field.path));
            let kind = match found {
                ExactJson::Null => "null",
                ExactJson::Bool(_) => "boolean",
                ExactJson::Number(_) => "number",
                ExactJson::String(_) => "string",
                ExactJson::Array(_) => "array",
                ExactJson::Object(_) => "object",
            };
            assert_eq!(
                (kind, found.to_text()),
                (field.r#type, field.example.to_string()),
                "{}: {}",
                entry.name,
                field.path
            );
            assert!(
                is_field(&entry.example(), &path)
                    && !field.label.is_empty()
                    && !field.group.is_empty(),
                "{}",
                field.path
            );
        }
    }
}

#[test]
fn fields_are_grouped_as_shop_keepers_know_them() {
    let fields = fields(
        "order.refunded",
        &builtin("order.refunded").unwrap().example(),
    );
    let mut groups: Vec<_> = fields.iter().map(|field| field.group.as_str()).collect();
    groups.dedup();
    let expected = [
        "Customer",
        "Order",
        "Transaction",
        "Items",
        "Subscription",
        "Shipping address",
        "Billing address",
        "Tax",
        "License",
        "Refund",
        "Event",
    ];
    assert_eq!(groups, expected);
    let field = |path: &str| fields.iter().find(|field| field.path == path).unwrap();
    let total = field("data.order.total_amount");
    assert_eq!(
        (total.r#type, &total.example, total.label.as_str()),
        ("number", &7485.into(), "Total Amount")
    );
    assert_eq!(field("data.order.invoice_no").label, "Order Number");
    assert_eq!(field("data.order_items.0.title").group, "Items");
    assert_eq!(
        (field("type").example.as_str(), field("id").group.as_str()),
        (Some("order.refunded"), "Event")
    );
}

#[test]
fn fields_of_odd_keys_can_be_written_as_paths() {
    let example = json!({"unit price": 1, "a.b": {"0": 2, "q\"": 3, "both\"'": 4, "back\\": 5}, "": 6, "list": [7], "none": {}, "é": 8});
    let found: Vec<_> = fields("x", &example)
        .into_iter()
        .map(|field| field.path)
        .collect();
    let expected = [
        "data[\"a.b\"][\"0\"]",
        "data[\"a.b\"]['q\"']",
        "data.list",
        "data.none",
        "data[\"unit price\"]",
        "data[\"\"]",
        "data[\"é\"]",
        "id",
        "type",
        "timestamp",
    ];
    assert_eq!(found, expected);
    assert_eq!(super::fields::count(&example), 10);
}
