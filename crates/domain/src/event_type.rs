//! The catalogue of event types: names, labels, groups, the names that older systems use, and examples.

mod custom;

use serde_json::Value;

pub use custom::CustomSpec;

/// An entry of the built-in catalogue.
#[derive(Debug)]
pub struct Builtin {
    pub name: &'static str,
    pub label: &'static str,
    pub group: &'static str,
    /// The name under which the incumbent knows it; accepted wherever a type is named.
    pub alias: Option<&'static str>,
    pub description: &'static str,
    example: Example,
}

#[derive(Debug, Clone, Copy)]
enum Example {
    /// The store's structures, plus facts of the event itself.
    Store(&'static str),
    Own(&'static str),
}

impl Builtin {
    /// An example of the event's data.
    pub fn example(&self) -> Value {
        let parse = |text: &str| serde_json::from_str(text).unwrap_or_default();
        match self.example {
            Example::Own(text) => parse(text),
            Example::Store(facts) => {
                let (mut data, facts): (Value, Value) = (parse(STORE), parse(facts));
                if let (Value::Object(data), Value::Object(facts)) = (&mut data, facts) {
                    for (key, value) in facts {
                        merge(data.entry(key).or_insert(Value::Null), value);
                    }
                }
                data
            }
        }
    }
}

/// Objects merge key by key, anything else is replaced.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            from.into_iter().for_each(|(key, value)| merge(into.entry(key).or_insert(Value::Null), value));
        }
        (into, from) => *into = from,
    }
}

const STORE: &str = include_str!("event_type/store.json");
const USER: &str = include_str!("event_type/user.json");
const SPACE: &str = include_str!("event_type/space.json");
const COURSE: &str = include_str!("event_type/course.json");
const FEED: &str = include_str!("event_type/feed.json");
const EXHAUSTED: &str = include_str!("event_type/exhausted.json");
const TEST: &str = r#"{"message":"This is a test from Hookyard."}"#;

macro_rules! catalogue {
    ($($name:literal, $label:literal, $group:literal, $alias:expr, $description:literal, $example:expr;)*) => {
        /// Every built-in type, in catalogue order.
        pub const BUILTIN: &[Builtin] = &[$(Builtin {
            name: $name, label: $label, group: $group, alias: $alias, description: $description, example: $example,
        }),*];
    };
}

catalogue! {
    "order.paid", "Order Paid (Payment / Subscription)", "Orders", Some("order_paid_done"),
        "The first payment of an order is complete; never sent for renewals.", Example::Store("{}");
    "order.canceled", "Order Canceled", "Orders", Some("order_status_changed_to_canceled"),
        "An order was canceled.", Example::Store(r#"{"order":{"status":"canceled"},"old_status":"processing","new_status":"canceled","reason":null}"#);
    "order.refunded", "Order Refunded (Full)", "Orders", Some("order_fully_refunded"),
        "An order's whole amount was paid back.",
        Example::Store(r#"{"order":{"payment_status":"refunded","total_refund":7485},"refund":{"amount":7485,"currency":"EUR","reason":"Damaged in transit"}}"#);
    "subscription.activated", "Subscription Activated", "Subscriptions", Some("subscription_activated"),
        "A subscription became active.", Example::Store("{}");
    "subscription.reactivated", "Subscription Reactivated", "Subscriptions", Some("subscription_reactivated"),
        "A canceled or paused subscription is active again.", Example::Store("{}");
    "subscription.canceled", "Subscription Canceled", "Subscriptions", Some("subscription_canceled"),
        "A subscription was canceled; access may continue to the end of the paid period.", Example::Store(r#"{"reason":"customer_request"}"#);
    "subscription.renewed", "Subscription Renewed", "Subscriptions", Some("subscription_renewed"),
        "A renewal was paid; the order is the renewal's own.", Example::Store(r#"{"order":{"type":"renewal","parent_id":9041}}"#);
    "subscription.completed", "Subscription End of Term (Completed)", "Subscriptions", Some("subscription_eot"),
        "A subscription reached its last payment.", Example::Store("{}");
    "subscription.expired", "Subscription Expired / End of Access Validity", "Subscriptions", Some("subscription_expired_validity"),
        "Access that a subscription gave has ended.", Example::Store("{}");
    "order.shipped", "Order Shipped", "Shipping", Some("shipping_status_changed_to_shipped"),
        "An order left the house.", Example::Store(r#"{"order":{"shipping_status":"shipped"},"old_status":"unshipped","new_status":"shipped"}"#);
    "order.delivered", "Order Delivered", "Shipping", Some("shipping_status_changed_to_delivered"),
        "An order arrived.", Example::Store(r#"{"order":{"shipping_status":"delivered"},"old_status":"shipped","new_status":"delivered"}"#);
    "user.created", "User Created", "Community", None, "A user was created.", Example::Own(USER);
    "user.updated", "User Updated", "Community", None, "A user's data changed.", Example::Own(USER);
    "space.joined", "Space Joined", "Community", None, "A user became a member of a space.", Example::Own(SPACE);
    "space.left", "Space Left", "Community", None, "A user is no longer a member of a space.", Example::Own(SPACE);
    "space.join_requested", "Space Join Requested", "Community", None, "A user asks to join a space.", Example::Own(SPACE);
    "course.enrolled", "Course Enrolled", "Community", None, "A user became a student of a course.", Example::Own(COURSE);
    "course.left", "Course Left", "Community", None, "A user is no longer a student of a course.", Example::Own(COURSE);
    "course.completed", "Course Completed", "Community", None, "A student completed a course.", Example::Own(COURSE);
    "feed.failing", "Feed Failing", "Hookyard", None, "A feed has not succeeded for a while and may soon be disabled.", Example::Own(FEED);
    "feed.disabled", "Feed Disabled", "Hookyard", None, "A feed was disabled automatically.", Example::Own(FEED);
    "feed.recovered", "Feed Recovered", "Hookyard", None, "A failing feed succeeds again.", Example::Own(FEED);
    "delivery.exhausted", "Delivery Exhausted", "Hookyard", None, "A delivery failed after its last retry.", Example::Own(EXHAUSTED);
    "webhook.test", "Test", "Hookyard", None, "What a feed's test sends.", Example::Own(TEST);
}

/// The built-in type of this name.
pub fn builtin(name: &str) -> Option<&'static Builtin> {
    BUILTIN.iter().find(|entry| entry.name == name)
}

/// The catalogue's name for a name or alias; anything else stays as it is.
pub fn canonical(name: &str) -> &str {
    BUILTIN.iter().find(|entry| entry.alias == Some(name)).map_or(name, |entry| entry.name)
}

/// One value that a payload can carry, for the field picker.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct FieldInfo {
    /// As it is written in a template: `data.order.total_amount`.
    pub path: String,
    pub label: String,
    pub group: String,
    /// `string`, `number`, `boolean`, `null`, `array` or `object`.
    pub r#type: &'static str,
    pub example: Value,
}

/// The fields of an example, depth first: single values, lists as a whole with the fields of their first element.
pub fn fields(example: &Value) -> Vec<FieldInfo> {
    let mut found = Vec::new();
    if let Value::Object(map) = example {
        for (key, value) in map {
            collect(&format!("data.{key}"), &title_case(key), &title_case(key), value, &mut found);
        }
    }
    found
}

fn collect(path: &str, group: &str, label: &str, value: &Value, found: &mut Vec<FieldInfo>) {
    let r#type = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(map) if map.is_empty() => "object",
        Value::Object(map) => {
            for (key, value) in map {
                collect(&format!("{path}.{key}"), group, &title_case(key), value, found);
            }
            return;
        }
    };
    found.push(FieldInfo {
        path: path.to_owned(),
        label: label.to_owned(),
        group: group.to_owned(),
        r#type,
        example: value.clone(),
    });
    if let Value::Array(items) = value
        && let Some(first @ Value::Object(_)) = items.first()
    {
        collect(&format!("{path}.0"), group, label, first, found);
    }
}

fn title_case(key: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect::<String>())
    };
    key.split(['_', ' ']).map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_has_an_object_as_example() {
        for entry in BUILTIN {
            assert!(entry.example().as_object().is_some_and(|data| !data.is_empty()), "{}", entry.name);
            assert!(crate::event::is_type_name(entry.name));
        }
        assert_eq!(BUILTIN.len(), 24);
    }

    #[test]
    fn aliases_are_understood() {
        assert_eq!(canonical("subscription_eot"), "subscription.completed");
        assert_eq!(canonical("order.paid"), "order.paid");
    }

    #[test]
    fn the_facts_of_an_event_stand_beside_the_store_s_structures() {
        let example = builtin("order.refunded").unwrap().example();
        assert_eq!(example["refund"]["amount"], 7485);
        assert_eq!(example["order"]["payment_status"], "refunded");
        assert_eq!(example["customer"]["email"], "ines.marlow@example.org");
    }

    #[test]
    fn fields_name_paths_types_and_examples() {
        let fields = fields(&builtin("order.paid").unwrap().example());
        let total = fields.iter().find(|f| f.path == "data.order.total_amount").unwrap();
        assert_eq!((total.r#type, &total.example, total.group.as_str()), ("number", &7485.into(), "Order"));
        assert!(fields.iter().any(|f| f.path == "data.order_items.0.title"));
    }
}
