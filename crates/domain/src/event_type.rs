//! The catalogue of event types: names, labels, groups, the names that older systems use, and
//! examples.

mod custom;
mod data_schema;
mod example;
mod fields;
mod paths;

pub use custom::CustomSpec;
pub use data_schema::DataSchema;
pub use fields::{FieldInfo, fields};
pub use paths::{is_field, nearest};

use crate::Invalid;
use example::BuiltinExample::{self, Own, Store};

/// An entry of the built-in catalogue.
#[derive(Debug)]
pub struct Builtin {
    pub name: &'static str,
    pub label: &'static str,
    pub group: &'static str,
    /// The name under which the incumbent knows it; accepted wherever a type is named.
    pub alias: Option<&'static str>,
    pub description: &'static str,
    example: BuiltinExample,
}

/// One of the JSON files beside this one.
macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("event_type/", $name, ".json"))
    };
}

/// An order with everything that an order can have; it was just paid.
const STORE: &str = file!("store");
const SPACE: &str = file!("space");
const COURSE: &str = file!("course");
const FEED: &str = file!("feed");
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
        "The first payment of an order is complete; never sent for renewals.", Store("{}");
    "order.canceled", "Order Canceled", "Orders", Some("order_status_changed_to_canceled"),
        "An order was canceled.", Store(file!("store/order_canceled"));
    "order.refunded", "Order Refunded (Full)", "Orders", Some("order_fully_refunded"),
        "An order's whole amount was paid back.",
        Store(file!("store/order_refunded"));
    "subscription.activated", "Subscription Activated", "Subscriptions", Some("subscription_activated"),
        "A subscription became active.", Store("{}");
    "subscription.reactivated", "Subscription Reactivated", "Subscriptions", Some("subscription_reactivated"),
        "A canceled or paused subscription is active again.", Store(file!("store/subscription_reactivated"));
    "subscription.canceled", "Subscription Canceled", "Subscriptions", Some("subscription_canceled"),
        "A subscription was canceled; access may continue to the end of the paid period.", Store(file!("store/subscription_canceled"));
    "subscription.renewed", "Subscription Renewed", "Subscriptions", Some("subscription_renewed"),
        "A renewal was paid; the order is the renewal's own, parent_order the first one.", Store(file!("store/subscription_renewed"));
    "subscription.completed", "Subscription End of Term (Completed)", "Subscriptions", Some("subscription_eot"),
        "A subscription reached its last payment.", Store(file!("store/subscription_completed"));
    "subscription.expired", "Subscription Expired / End of Access Validity", "Subscriptions", Some("subscription_expired_validity"),
        "Access that a subscription gave has ended.", Store(file!("store/subscription_expired"));
    "order.shipped", "Order Shipped", "Shipping", Some("shipping_status_changed_to_shipped"),
        "An order left the house.", Store(file!("store/order_shipped"));
    "order.delivered", "Order Delivered", "Shipping", Some("shipping_status_changed_to_delivered"),
        "An order arrived.", Store(file!("store/order_delivered"));
    "user.created", "User Created", "Community", None, "A user was created.", Own(file!("user"));
    "user.updated", "User Updated", "Community", None, "A user's data changed.", Own(file!("user"));
    "user.deleted", "User Deleted", "Community", None, "A user was deleted, after leaving all spaces and courses.", Own(file!("user"));
    "space.joined", "Space Joined", "Community", None, "A user became a member of a space.", Own(SPACE);
    "space.left", "Space Left", "Community", None, "A user is no longer a member of a space.", Own(file!("space_left"));
    "space.join_requested", "Space Join Requested", "Community", None, "A user asks to join a space.", Own(SPACE);
    "space.deleted", "Space Deleted", "Community", None, "A space was deleted, after its members left it.", Own(file!("space_deleted"));
    "course.enrolled", "Course Enrolled", "Community", None, "A user became a student of a course.", Own(COURSE);
    "course.left", "Course Left", "Community", None, "A user is no longer a student of a course.", Own(file!("course_left"));
    "course.completed", "Course Completed", "Community", None, "A student completed a course.", Own(COURSE);
    "course.deleted", "Course Deleted", "Community", None, "A course was deleted, after its students left it.", Own(file!("course_deleted"));
    "feed.disabled", "Feed Disabled", "Hookyard", None, "A feed was disabled automatically.", Own(FEED);
    "delivery.exhausted", "Delivery Exhausted", "Hookyard", None, "A delivery failed after its last retry.", Own(file!("exhausted"));
    "webhook.test", "Test", "Hookyard", None, "What a feed's test sends.", Own(TEST);
}

/// The built-in type of this name.
pub fn builtin(name: &str) -> Option<&'static Builtin> {
    BUILTIN.iter().find(|entry| entry.name == name)
}

/// The refusal of an event whose type is not in the catalogue.
pub fn unknown(kind: &str) -> Invalid {
    let detail = format!(
        "\"{kind}\" is not in the catalogue; see GET /v1/event-types, or register it with POST /v1/event-types."
    );
    Invalid::one("/type", "unknown_event_type", detail)
}

/// Whether only Hookyard itself says that this happened: what it says of the community and of its
/// own deliveries, and what tests send.
pub fn is_own(name: &str) -> bool {
    builtin(name).is_some_and(|entry| matches!(entry.group, "Community" | "Hookyard"))
}

/// The catalogue's name for a name or alias; anything else stays as it is.
pub fn canonical(name: &str) -> &str {
    BUILTIN
        .iter()
        .find(|entry| entry.alias == Some(name))
        .map_or(name, |entry| entry.name)
}

/// Whether a text can be the name of an event type.
pub fn is_type_name(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
    };
    text.len() <= 100 && text.split('.').all(word)
}

#[cfg(test)]
mod tests;
