//! Feeds.

use std::borrow::Cow;

use domain::{
    Instant,
    feed::{FeedBody, FeedHeader, FeedSettings, FeedSpec, FeedState, SelectedField},
    id::{FeedId, FeedKind},
};
use serde::Serialize;
use storage::feeds::Feed;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use crate::{
    Problem,
    input::feed::FeedInput,
    schema::{self, settings},
};

/// A feed: what is known of it and its settings, side by side.
#[derive(Debug, Serialize)]
pub(crate) struct FeedView {
    #[serde(flatten)]
    facts: FeedFacts,
    #[serde(flatten)]
    settings: FeedSettings,
}

/// A configured outgoing webhook.
#[derive(Debug, Serialize, ToSchema)]
struct FeedFacts {
    #[schema(schema_with = schema::id::<FeedKind>)]
    id: FeedId,
    enabled: bool,
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

impl PartialSchema for FeedView {
    fn schema() -> RefOr<Schema> {
        settings::of_answer::<FeedFacts, FeedInput, FeedSettings>()
    }
}

impl ToSchema for FeedView {
    fn name() -> Cow<'static, str> {
        "Feed".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        FeedFacts::schemas(schemas);
    }
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

impl FeedView {
    /// The view of a row.
    ///
    /// # Errors
    /// 500 for a feed whose stored settings this version cannot read.
    pub(crate) fn of(row: Feed) -> Result<Self, Problem> {
        let FeedSpec {
            settings,
            headers,
            body,
        } = row.spec.get()?.clone();
        let (mut basic_auth, headers): (Vec<_>, Vec<_>) = headers
            .into_iter()
            .partition(|header| header.basic_auth.is_some());
        let basic_auth = basic_auth.pop().and_then(|header| header.basic_auth);
        let facts = FeedFacts {
            id: row.id,
            enabled: row.state == FeedState::Enabled,
            public_key: row.public_key,
            headers: headers.into_iter().map(HeaderView::from).collect(),
            basic_auth: basic_auth.map(|username| BasicAuthView {
                username,
                password: None,
            }),
            body: body.into(),
            state: row.state,
            state_reason: row.state_reason,
            state_changed_at: row.state_changed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        };
        Ok(Self { facts, settings })
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
