//! What a request says of a feed: creating, changing and previewing read it alike.

mod basic_auth;
mod body;
mod headers;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use domain::{
    Invalid,
    feed::{FeedSpec, FeedVault},
    outbound::{
        request::{Format, Method},
        signature::SignatureKind,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use self::{
    basic_auth::BasicAuthInput,
    body::BodyInput,
    headers::{HeaderInput, ReadHeaders},
};
use crate::{
    Problem,
    request::{
        Patch,
        patch::{self, Nulls},
    },
    schema::{self, settings},
};

/// What somebody says of a feed, as far as it can be read.
pub(crate) struct FeedDraft {
    pub(crate) spec: FeedSpec,
    pub(crate) enabled: Option<bool>,
    /// What could not be read.
    pub(crate) invalid: Invalid,
    /// Where each header came from.
    pub(crate) places: Vec<String>,
}

impl FeedDraft {
    /// What is there already.
    pub(crate) fn of(spec: FeedSpec) -> Self {
        Self {
            spec,
            enabled: None,
            invalid: Invalid::default(),
            places: Vec::new(),
        }
    }
}

/// What a new feed must have.
const REQUIRED: &[&str] = &["title"];

/// The fields of a feed that a request can have. All but those that stand apart are merged into
/// [`domain::feed::FeedSettings`] under their names.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeedInput {
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(value_type = String, min_length = 1, max_length = 194, example = "Send new sales to the warehouse")]
    title: Patch<String>,
    /// Whether events are sent; `true` by default. An enabled feed needs a URL and events.
    #[serde(default, serialize_with = "patch::apart")]
    #[schema(value_type = bool)]
    enabled: Patch<bool>,
    /// With another scheme, host or port, secret headers and the password must be sent again or
    /// removed.
    #[serde(
        default,
        deserialize_with = "patch::text",
        skip_serializing_if = "Patch::is_absent"
    )]
    #[schema(value_type = Option<String>, max_length = 2048, example = "https://warehouse.example.com/hooks/orders")]
    url: Patch<String>,
    /// `POST` by default.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(schema_with = schema::method)]
    method: Patch<Method>,
    /// `json` by default.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(schema_with = schema::format)]
    format: Patch<Format>,
    /// What requests are signed with: `v1` (a shared secret, the default), `v1a` (an ed25519 key
    /// pair) or both.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(schema_with = schema::signature)]
    signature: Patch<SignatureKind>,
    /// Headers that are sent with every request.
    #[serde(default, serialize_with = "patch::apart")]
    #[schema(value_type = Vec<HeaderInput>, max_items = 50)]
    headers: Patch<Vec<HeaderInput>>,
    /// `null` for none.
    #[serde(default, serialize_with = "patch::apart")]
    #[schema(value_type = Option<BasicAuthInput>)]
    basic_auth: Patch<BasicAuthInput>,
    /// All data by default.
    #[serde(default, serialize_with = "patch::apart")]
    #[schema(value_type = BodyInput)]
    body: Patch<BodyInput>,
    /// Names of the catalogue; `order.*` and `*` match by prefix.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(value_type = Vec<String>, max_items = 100, example = json!(["order.paid", "subscription.*"]))]
    events: Patch<Vec<String>>,
    /// An expression that must hold for an event to be sent.
    #[serde(
        default,
        deserialize_with = "patch::text",
        skip_serializing_if = "Patch::is_absent"
    )]
    #[schema(value_type = Option<String>, max_length = 4096, example = "data.order.currency == 'EUR'")]
    condition: Patch<String>,
    /// The deadline of an attempt; 15000 by default.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(value_type = i32, minimum = 1000, maximum = 60000)]
    timeout_ms: Patch<i32>,
    /// Requests that may run at once; 16 by default.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(value_type = i32, minimum = 1, maximum = 256)]
    max_in_flight: Patch<i32>,
    /// `null` for no limit.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 10000)]
    rate_limit_per_second: Patch<i32>,
    /// Seconds after the previous try, one entry for each retry; `null` for the default schedule.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(value_type = Option<Vec<u32>>, max_items = 30)]
    retry_schedule: Patch<Vec<u32>>,
    /// Whether a 4xx answer is tried again; `true` by default.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(value_type = bool)]
    retry_client_errors: Patch<bool>,
}

/// A new feed; `null` stands for the default.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct CreateFeed(FeedInput);

/// Changes of a feed; `null` clears what can be cleared.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct UpdateFeed(FeedInput);

impl CreateFeed {
    /// The new feed as far as it can be read.
    ///
    /// # Errors
    /// 422 for a title of `null`.
    pub(crate) fn read(self, vault: FeedVault<'_>) -> Result<FeedDraft, Problem> {
        self.0.apply(FeedSpec::default(), Nulls::Default, vault)
    }
}

impl UpdateFeed {
    /// Whether it asks for the feed to be enabled.
    pub(crate) fn enables(&self) -> bool {
        matches!(self.0.enabled, Patch::Value(true))
    }

    /// The changed feed as far as it can be read.
    ///
    /// # Errors
    /// 422 for a setting that cannot be cleared.
    pub(crate) fn apply(
        self,
        before: FeedSpec,
        vault: FeedVault<'_>,
    ) -> Result<FeedDraft, Problem> {
        self.0.apply(before, Nulls::Clear, vault)
    }
}

impl FeedInput {
    fn apply(
        self,
        before: FeedSpec,
        nulls: Nulls,
        vault: FeedVault<'_>,
    ) -> Result<FeedDraft, Problem> {
        let mut invalid = Invalid::default();
        let mut changes = patch::fields(&self)?;
        if nulls == Nulls::Default {
            changes.retain(|name, value| !value.is_null() || REQUIRED.contains(&name.as_str()));
        }
        let settings = patch::merge(&before.settings, changes)?;
        let is_moved = headers::is_moved(before.settings.url.as_deref(), settings.url.as_deref());
        let mut stored = before.headers;
        let stored_auth = basic_auth::take(&mut stored);
        let mut read = match self.headers.given("/headers", nulls, &mut invalid) {
            Some(inputs) if is_moved => headers::read(vault, inputs, Vec::new(), &mut invalid),
            Some(inputs) => headers::read(vault, inputs, stored, &mut invalid),
            None => ReadHeaders::of(stored, is_moved, &mut invalid),
        };
        let auth = match self.basic_auth {
            Patch::Absent => basic_auth::stay(stored_auth, is_moved, &mut invalid),
            Patch::Null => None,
            Patch::Value(input) => {
                let stored = stored_auth.filter(|_| !is_moved);
                basic_auth::header(vault, input, stored.as_ref(), &mut invalid)
            }
        };
        basic_auth::add(&mut read, auth, &mut invalid);
        let body = self.body.given("/body", nulls, &mut invalid);
        let body = body.and_then(|input| invalid.take(input.read()));
        Ok(FeedDraft {
            enabled: self.enabled.given("/enabled", nulls, &mut invalid),
            spec: FeedSpec {
                settings,
                headers: read.headers,
                body: body.unwrap_or(before.body),
            },
            invalid,
            places: read.places,
        })
    }
}

impl PartialSchema for CreateFeed {
    fn schema() -> RefOr<Schema> {
        let example = json!({
            "title": "Send new sales to the warehouse", "url": "https://warehouse.example.com/hooks/orders", "method": "POST", "format": "json",
            "headers": [{"name": "X-Api-Key", "value": "4fj2", "secret": true}],
            "body": {"mode": "selected", "fields": [{"key": "email", "value": "{{ data.customer.email }}"}]},
            "events": ["order.paid", "subscription.renewed"], "condition": "data.order.currency == 'EUR'",
        });
        let text = "A new feed. A disabled one may be incomplete.";
        settings::described(
            settings::of_new::<FeedInput>(REQUIRED, |name| !REQUIRED.contains(&name)),
            text,
            example,
        )
    }
}

impl PartialSchema for UpdateFeed {
    fn schema() -> RefOr<Schema> {
        let example =
            json!({"title": "Sales to the new warehouse", "condition": null, "max_in_flight": 8});
        let text =
            "Changes to a feed. Omitted fields stay as they are; lists are replaced as a whole.";
        settings::described(settings::of_change::<FeedInput>(), text, example)
    }
}

impl ToSchema for CreateFeed {
    fn name() -> Cow<'static, str> {
        "CreateFeed".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        FeedInput::schemas(schemas);
    }
}

impl ToSchema for UpdateFeed {
    fn name() -> Cow<'static, str> {
        "UpdateFeed".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        FeedInput::schemas(schemas);
    }
}
