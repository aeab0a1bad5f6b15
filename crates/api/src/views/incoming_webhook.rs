//! Incoming webhooks.

use domain::{
    Instant,
    id::{CourseId, CourseKind, IncomingWebhookId, IncomingWebhookKind, SpaceId, SpaceKind},
};
use serde::Serialize;
use storage::{call_tallies::Tally, incoming_webhooks::IncomingWebhook};
use utoipa::ToSchema;

use super::VerificationView;
use crate::{Problem, State, schema, verification};

/// A secret URL and what a call of it does.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncomingWebhook)]
pub(crate) struct IncomingWebhookView {
    #[schema(schema_with = schema::id::<IncomingWebhookKind>)]
    id: IncomingWebhookId,
    #[schema(example = "Course shop")]
    name: String,
    enabled: bool,
    #[schema(schema_with = schema::ids::<SpaceKind>)]
    add_space_ids: Vec<SpaceId>,
    #[schema(schema_with = schema::ids::<SpaceKind>)]
    remove_space_ids: Vec<SpaceId>,
    #[schema(schema_with = schema::ids::<CourseKind>)]
    add_course_ids: Vec<CourseId>,
    #[schema(schema_with = schema::ids::<CourseKind>)]
    remove_course_ids: Vec<CourseId>,
    /// Whether a user whom a call creates gets a welcome mail.
    send_welcome_email: bool,
    /// Complete for keys that may write incoming webhooks, masked for others.
    #[schema(example = "https://hooks.example.org/hooks/in/****")]
    url: String,
    /// Until when the URL that the last rotation replaced goes on working.
    #[schema(schema_with = schema::optional_instant, required)]
    previous_url_expires_at: Option<Instant>,
    /// Where to find the fields of a call: for each field's name a JSON pointer into the body.
    #[schema(value_type = Object, example = json!({"email": "/customer/email"}))]
    field_map: std::collections::BTreeMap<String, String>,
    #[schema(value_type = VerificationView, example = json!({"scheme": "none"}))]
    verification: serde_json::Value,
    allowed_ips: Vec<String>,
    #[schema(required)]
    rate_limit_per_minute: Option<i32>,
    /// Whether moderators and admins of a space are protected from removal.
    protect_roles: bool,
    #[schema(schema_with = schema::optional_instant, required)]
    expires_at: Option<Instant>,
    /// Calls that succeeded.
    call_count: i64,
    #[schema(schema_with = schema::optional_instant, required)]
    last_called_at: Option<Instant>,
    #[schema(schema_with = schema::instant)]
    created_at: Instant,
    #[schema(schema_with = schema::instant)]
    updated_at: Instant,
}

/// How a token is sealed.
pub(crate) fn token_context(id: IncomingWebhookId) -> String {
    format!("incoming webhook token {id}")
}

impl IncomingWebhookView {
    /// The view of a row; `whole` shows the secret URL.
    pub(crate) fn new(
        state: &State,
        row: IncomingWebhook,
        tally: Tally,
        whole: bool,
    ) -> Result<Self, Problem> {
        let token = match whole {
            true => state
                .vault
                .open_text(&token_context(row.id), &row.token_sealed)?,
            false => "****".to_owned(),
        };
        let verification = verification::shown(&row)?;
        Ok(Self {
            url: format!("{}/hooks/in/{token}", state.settings.public_url),
            previous_url_expires_at: row
                .previous_token_until
                .filter(|until| *until > state.clock.now()),
            id: row.id,
            name: row.name,
            enabled: row.enabled,
            add_space_ids: row.add_space_ids.0,
            remove_space_ids: row.remove_space_ids.0,
            add_course_ids: row.add_course_ids.0,
            remove_course_ids: row.remove_course_ids.0,
            send_welcome_email: row.send_welcome_email,
            field_map: row.field_map.0,
            verification,
            allowed_ips: row.allowed_ips.0,
            rate_limit_per_minute: row.rate_limit_per_minute,
            protect_roles: row.protect_roles,
            expires_at: row.expires_at,
            call_count: tally.count,
            last_called_at: tally.last_called_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
