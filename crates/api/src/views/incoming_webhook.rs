//! Incoming webhooks.

use std::borrow::Cow;

use domain::{
    Instant,
    id::{IncomingWebhookId, IncomingWebhookKind},
    incoming::WebhookSpec,
};
use serde::Serialize;
use storage::{call_tallies::Tally, incoming_webhooks::IncomingWebhook};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use crate::{
    Problem, State,
    input::incoming_webhook::IncomingWebhookInput,
    schema::{self, VerificationSchema, settings},
    verification,
    views::WarningView,
};

/// An incoming webhook: what is known of it and its settings, side by side.
#[derive(Debug, Serialize)]
pub(crate) struct IncomingWebhookView {
    #[serde(flatten)]
    facts: IncomingWebhookFacts,
    #[serde(flatten)]
    settings: WebhookSpec,
}

/// A secret URL and what a call of it does.
#[derive(Debug, Serialize, ToSchema)]
struct IncomingWebhookFacts {
    #[schema(schema_with = schema::id::<IncomingWebhookKind>)]
    id: IncomingWebhookId,
    enabled: bool,
    /// Complete for keys that may write incoming webhooks, masked for others.
    #[schema(example = "https://hooks.example.org/hooks/in/****")]
    url: String,
    /// Until when the URL that the last rotation replaced goes on working.
    #[schema(schema_with = schema::optional_instant, required)]
    previous_url_expires_at: Option<Instant>,
    #[schema(value_type = VerificationSchema, example = json!({"scheme": "none"}))]
    verification: serde_json::Value,
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
    /// What may be meant, but does not work as it is.
    warnings: Vec<WarningView>,
}

impl PartialSchema for IncomingWebhookView {
    fn schema() -> RefOr<Schema> {
        settings::of_answer::<IncomingWebhookFacts, IncomingWebhookInput, WebhookSpec>()
    }
}

impl ToSchema for IncomingWebhookView {
    fn name() -> Cow<'static, str> {
        "IncomingWebhook".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        IncomingWebhookFacts::schemas(schemas);
    }
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
        let facts = IncomingWebhookFacts {
            id: row.id,
            enabled: row.enabled,
            url: format!("{}/hooks/in/{token}", state.settings.public_url),
            previous_url_expires_at: row
                .previous_token_until
                .filter(|until| *until > state.clock.now()),
            verification,
            expires_at: row.expires_at,
            call_count: tally.count,
            last_called_at: tally.last_called_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            warnings: warnings(row.spec.get()?, state.settings.has_mail_server),
        };
        let settings = row.spec.get()?.clone();
        Ok(Self { facts, settings })
    }
}

fn warnings(spec: &WebhookSpec, has_mail_server: bool) -> Vec<WarningView> {
    let unsent = WarningView {
        pointer: "/send_welcome_email",
        code: "no_mail_server",
        detail: "No mail server is configured (mail.url), so new users get no mail.",
    };
    (spec.send_welcome_email && !has_mail_server)
        .then_some(unsent)
        .into_iter()
        .collect()
}
