//! One of each resource, so that every operation finds what it needs.

use std::collections::HashMap;

use hookyard_tests::{
    Client, Receiver, Reply,
    fixtures::{self, id},
};
use serde_json::{Value, json};

use super::document::Operation;

/// Real ids, by the collection in which they are.
pub(super) struct World {
    pub api: Client,
    ids: HashMap<&'static str, String>,
    _receiver: Receiver,
}

/// Collections and the prefixes of their ids.
const PREFIXES: [(&str, &str); 9] = [
    ("users", "user"),
    ("spaces", "space"),
    ("courses", "course"),
    ("incoming-webhooks", "inwh"),
    ("calls", "call"),
    ("feeds", "feed"),
    ("events", "evt"),
    ("deliveries", "dlv"),
    ("api-keys", "key"),
];

impl World {
    /// Makes one of each: a user who is member and student, a webhook that was called, a delivery
    /// that waits.
    pub(super) async fn make(api: &Client) -> Self {
        // A receiver that is not there yet for anybody: what is sent to it waits for its retry.
        let receiver = Receiver::replying([Reply::status(503)]);
        let (user, space) = (
            fixtures::user(api, &fresh_email()).await,
            fixtures::space(api, &fresh("Space")).await,
        );
        let course = fixtures::course(api, &fresh("Course")).await;
        api.put_member(&space, &user, &json!({})).await.ok(200);
        api.put_student(&course, &user, &json!({})).await.ok(200);
        let (webhook, url) = fixtures::incoming_webhook(api, &json!({ "name": "Shop" })).await;
        let call = api
            .call_form(&url, &[("email", &fresh_email())])
            .await
            .ok(200)
            .json();
        let kind = fresh("world").replace(' ', ".").to_lowercase();
        let custom =
            json!({ "name": kind, "label": "World", "group": "Tests", "example": { "a": 1 } });
        api.create_event_type(&custom).await.ok(201);
        let sent = fresh("sent").replace(' ', ".");
        fixtures::event_type(api, &sent).await;
        let feed =
            fixtures::feed(api, &receiver, &[&sent], json!({ "retry_schedule": [600] })).await;
        let event = id(&api
            .create_event(&json!({ "type": sent, "data": {} }))
            .await
            .ok(202)
            .json());
        let delivery = id(&api.delivery(&event, &feed, "pending").await);
        let key = id(&api
            .create_api_key(&json!({ "name": "world", "scopes": ["events:read"] }))
            .await
            .ok(201)
            .json());
        let token = url.rsplit('/').next().expect("a token").to_owned();
        let call = call["call_id"].as_str().expect("a call").to_owned();
        let ids = HashMap::from([
            ("users", user),
            ("spaces", space),
            ("courses", course),
            ("incoming-webhooks", webhook),
            ("calls", call),
            ("feeds", feed),
            ("events", event),
            ("deliveries", delivery),
            ("api-keys", key),
            ("event-types", kind),
            ("in", token),
        ]);
        Self {
            api: api.clone(),
            ids,
            _receiver: receiver,
        }
    }

    /// The path of an operation with real ids in it.
    pub(super) fn path(&self, operation: &Operation) -> String {
        self.filled(&operation.path, None)
    }

    /// The same path once for every parameter and every way to miss: an id that nobody has, one of
    /// another kind, and none.
    pub(super) fn missing(&self, operation: &Operation) -> Vec<String> {
        let parameters = operation.path.matches('{').count();
        let ways = (0..parameters)
            .flat_map(|place| ["unknown", "foreign", "nonsense"].map(|way| (place, way)));
        ways.map(|way| self.filled(&operation.path, Some(way)))
            .collect()
    }

    fn filled(&self, path: &str, miss: Option<(usize, &str)>) -> String {
        let (mut collection, mut place, mut filled) = ("", 0, String::new());
        for segment in path.split('/').skip(1) {
            filled.push('/');
            if !segment.starts_with('{') {
                collection = segment;
                filled.push_str(segment);
                continue;
            }
            let of = if segment == "{user_id}" {
                "users"
            } else {
                collection
            };
            let prefix = PREFIXES
                .iter()
                .find(|(name, _)| *name == of)
                .map(|(_, prefix)| *prefix);
            filled.push_str(&match (
                miss.filter(|(missed, _)| *missed == place)
                    .map(|(_, way)| way),
                prefix,
            ) {
                (None, _) => self.ids[of].clone(),
                (Some("unknown"), Some(prefix)) => fixtures::unknown_id(prefix),
                (Some("foreign"), Some(_)) => fixtures::unknown_id("rpl"),
                (Some(_), Some(_)) => "nonsense".to_owned(),
                (Some(way), None) => format!("{way}.of.no.kind"),
            });
            place += 1;
        }
        filled
    }

    /// The operation's own example with real ids, and with fresh values where they must be unique.
    pub(super) fn body(&self, operation: &Operation) -> Option<Value> {
        let mut body = operation.example.clone()?;
        self.realise(&mut body, operation.method == reqwest::Method::POST);
        Some(body)
    }

    fn realise(&self, value: &mut Value, creates: bool) {
        match value {
            Value::Array(items) => items
                .iter_mut()
                .for_each(|item| self.realise(item, creates)),
            Value::Object(fields) => {
                fields
                    .iter_mut()
                    .for_each(|(key, value)| match key.as_str() {
                        "email" => *value = json!(fresh_email()),
                        "username" | "slug" => *value = json!(fresh("name").replace(' ', "-")),
                        "name"
                            if creates && value.as_str().is_some_and(|name| name.contains('.')) =>
                        {
                            *value = json!(fresh("type").replace(' ', "."))
                        }
                        "id" if creates => *value = json!(fresh("external")),
                        // Data is not ours to change.
                        "data" | "example" | "field_map" => {}
                        _ => self.realise(value, creates),
                    })
            }
            Value::String(text) => {
                let known = PREFIXES.iter().find(|(_, prefix)| {
                    text.strip_prefix(prefix)
                        .is_some_and(|rest| rest.starts_with('_'))
                });
                if let Some((collection, _)) = known {
                    *text = self.ids[collection].clone();
                }
            }
            _ => {}
        }
    }
}

/// A name that was not used before.
pub(super) fn fresh(what: &str) -> String {
    format!("{what} {}", uuid::Uuid::now_v7().simple())
}

fn fresh_email() -> String {
    format!("{}@example.org", fresh("u").replace(' ', "-"))
}
