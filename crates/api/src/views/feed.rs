//! Feeds.

use domain::{
    Instant,
    feed::{FeedBody, FeedHeader, FeedState, SelectedField},
    id::{FeedId, FeedKind},
    outbound::{
        request::{Format, Method},
        signature::SignatureKind,
    },
};
use serde::Serialize;
use storage::feeds::Feed;
use utoipa::ToSchema;

use crate::schema;

/// A configured outgoing webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Feed)]
pub(crate) struct FeedView {
    #[schema(schema_with = schema::id::<FeedKind>)]
    id: FeedId,
    #[schema(example = "Send new sales to the warehouse")]
    title: String,
    enabled: bool,
    #[schema(required, example = "https://warehouse.example.com/hooks/orders")]
    url: Option<String>,
    #[schema(schema_with = schema::method)]
    method: Method,
    #[schema(schema_with = schema::format)]
    format: Format,
    /// What requests are signed with: `v1` (a shared secret), `v1a` (an ed25519 key pair) or both.
    #[schema(schema_with = schema::signature)]
    signature: SignatureKind,
    /// What `v1a` signatures are verified with; null until the feed first has `v1a`.
    #[schema(
        required,
        example = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    )]
    public_key: Option<String>,
    headers: Vec<HeaderView>,
    /// Shorthand for an `Authorization` header.
    #[schema(required)]
    basic_auth: Option<BasicAuthView>,
    body: BodyView,
    /// Names of the catalogue; `order.*` and `*` match by prefix.
    #[schema(example = json!(["order.paid", "subscription.*"]))]
    events: Vec<String>,
    #[schema(required, example = "data.order.currency == 'EUR'")]
    condition: Option<String>,
    timeout_ms: i32,
    max_in_flight: i32,
    #[schema(required)]
    rate_limit_per_second: Option<i32>,
    /// Seconds after the previous try, one entry for each retry; null for the default.
    #[schema(required)]
    retry_schedule: Option<Vec<u32>>,
    /// Whether a 4xx answer is tried again.
    retry_client_errors: bool,
    /// `disabled` by a person, or `auto_disabled`.
    #[schema(schema_with = schema::feed_state)]
    state: FeedState,
    #[schema(required)]
    state_reason: Option<String>,
    #[schema(schema_with = schema::instant)]
    state_changed_at: Instant,
    #[schema(schema_with = schema::instant)]
    created_at: Instant,
    #[schema(schema_with = schema::instant)]
    updated_at: Instant,
}

/// A header that is sent with every request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedHeader)]
pub(crate) struct HeaderView {
    name: String,
    /// Null when it is secret.
    #[schema(required)]
    value: Option<String>,
    secret: bool,
}

/// User name and password that become an `Authorization` header.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedBasicAuth)]
pub(crate) struct BasicAuthView {
    username: String,
    /// Never shown.
    #[schema(required)]
    password: Option<String>,
}

/// What is sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedBody)]
pub(crate) struct BodyView {
    /// `all` or `selected`.
    #[schema(example = "all")]
    mode: &'static str,
    /// Only with `selected`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    fields: Option<Vec<FieldView>>,
}

/// One key of a selected body and the template of its value.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedField)]
pub(crate) struct FieldView {
    #[schema(example = "email")]
    key: String,
    #[schema(example = "{{ data.customer.email }}")]
    value: String,
}

impl From<Feed> for FeedView {
    fn from(row: Feed) -> Self {
        let (mut basic_auth, headers): (Vec<_>, Vec<_>) = row
            .headers
            .0
            .into_iter()
            .partition(|header| header.basic_auth.is_some());
        let basic_auth = basic_auth.pop();
        Self {
            id: row.id,
            title: row.title,
            enabled: row.state == FeedState::Enabled,
            url: row.url,
            method: row.method,
            format: row.format,
            signature: row.signature,
            public_key: row.public_key,
            basic_auth: basic_auth.and_then(|header| {
                Some(BasicAuthView {
                    username: header.basic_auth?,
                    password: None,
                })
            }),
            headers: headers.into_iter().map(HeaderView::from).collect(),
            body: row.body.0.into(),
            events: row.events.0,
            condition: row.condition,
            timeout_ms: row.timeout_ms,
            max_in_flight: row.max_in_flight,
            rate_limit_per_second: row.rate_limit_per_second,
            retry_schedule: row.retry_schedule.map(|schedule| schedule.0),
            retry_client_errors: row.retry_client_errors,
            state: row.state,
            state_reason: row.state_reason,
            state_changed_at: row.state_changed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<FeedHeader> for HeaderView {
    fn from(header: FeedHeader) -> Self {
        Self {
            value: Some(header.value).filter(|_| !header.secret),
            name: header.name,
            secret: header.secret,
        }
    }
}

impl From<FeedBody> for BodyView {
    fn from(body: FeedBody) -> Self {
        match body {
            FeedBody::All => Self {
                mode: "all",
                fields: None,
            },
            FeedBody::Selected { fields } => {
                let field = |field: SelectedField| FieldView {
                    key: field.key,
                    value: field.value,
                };
                Self {
                    mode: "selected",
                    fields: Some(fields.into_iter().map(field).collect()),
                }
            }
        }
    }
}
