use actix_web::{post, web::Data};
use domain::{
    Instant,
    id::{CourseId, CourseKind, IncomingWebhookId, SpaceId, SpaceKind},
    incoming::{
        FieldMap, WebhookSpec,
        verification::{Verification, VerificationDraft},
    },
    secret::Token,
};
use serde::Deserialize;
use storage::{
    Json as Stored,
    call_tallies::Tally,
    incoming_webhooks::{self, IncomingWebhook},
};

use super::{check, put};
use crate::{
    Problem, State,
    answer::Created,
    request::{Caller, Json, patch, scope},
    schema, verification,
    views::{IncomingWebhookView, VerificationView, token_context},
};

/// A new incoming webhook.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Course shop", "send_welcome_email": false, "field_map": {"email": "/customer/email", "first_name": "/customer/first"},
}))]
pub(crate) struct CreateIncomingWebhook {
    #[schema(min_length = 1, max_length = 194)]
    name: String,
    /// `true` by default.
    enabled: Option<bool>,
    /// Spaces that a call adds its user to.
    #[serde(default)]
    #[schema(schema_with = schema::ids::<SpaceKind>, required = false)]
    add_space_ids: Vec<SpaceId>,
    #[serde(default)]
    #[schema(schema_with = schema::ids::<SpaceKind>, required = false)]
    remove_space_ids: Vec<SpaceId>,
    /// Courses that a call enrolls its user in.
    #[serde(default)]
    #[schema(schema_with = schema::ids::<CourseKind>, required = false)]
    add_course_ids: Vec<CourseId>,
    #[serde(default)]
    #[schema(schema_with = schema::ids::<CourseKind>, required = false)]
    remove_course_ids: Vec<CourseId>,
    /// Whether a user whom a call creates gets a welcome mail.
    #[serde(default)]
    send_welcome_email: bool,
    /// Where to find the fields of a call: for each field's name a JSON pointer into the body. For
    /// forms, `/customer/email` is `customer[email]`.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, String>, required = false)]
    field_map: FieldMap,
    /// `{"scheme": "none"}` by default.
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(value_type = VerificationView, required = false)]
    verification: Option<VerificationDraft>,
    /// Addresses and networks from which calls are accepted; from anywhere if empty.
    #[serde(default)]
    #[schema(max_items = 100, example = json!(["203.0.113.0/24"]))]
    allowed_ips: Vec<String>,
    /// Most calls per minute, counted by each API process; `null` for no limit.
    #[schema(minimum = 1, maximum = 100000)]
    rate_limit_per_minute: Option<i32>,
    /// Whether moderators and admins of a space are protected from removal.
    #[serde(default)]
    protect_roles: bool,
    /// From then on the URL answers 404.
    #[schema(schema_with = schema::optional_instant, required = false)]
    expires_at: Option<Instant>,
}

/// Creates an incoming webhook.
#[utoipa::path(
    tag = "incoming-webhooks",
    responses((status = 201, description = "The new incoming webhook.", body = IncomingWebhookView)),
)]
#[post("/incoming-webhooks")]
pub(crate) async fn create_incoming_webhook(
    _: Caller<scope::IncomingWebhooksWrite>,
    state: Data<State>,
    body: Json<CreateIncomingWebhook>,
) -> Result<Created<IncomingWebhookView>, Problem> {
    let mut tx = state.db.begin().await?;
    let mut input = body.0;
    let verification = input
        .verification
        .take()
        .map_or(Ok(Verification::default()), |draft| draft.check(None));
    let (spec, verification) = check(&mut tx, input.into(), verification).await?;
    let mut row = blank(&state, state.clock.now(), &verification);
    put(&mut row, spec);
    incoming_webhooks::insert(&mut tx, &row).await?;
    tx.commit().await?;
    let (location, version) = (format!("/v1/incoming-webhooks/{}", row.id), row.version);
    Ok(Created::versioned(
        IncomingWebhookView::new(&state, row, Tally::default(), true)?,
        version,
        location,
    ))
}

impl From<CreateIncomingWebhook> for WebhookSpec {
    fn from(input: CreateIncomingWebhook) -> Self {
        Self {
            name: input.name,
            enabled: input.enabled.unwrap_or(true),
            add_space_ids: input.add_space_ids,
            remove_space_ids: input.remove_space_ids,
            add_course_ids: input.add_course_ids,
            remove_course_ids: input.remove_course_ids,
            send_welcome_email: input.send_welcome_email,
            field_map: input.field_map,
            allowed_ips: input.allowed_ips,
            rate_limit_per_minute: input.rate_limit_per_minute,
            protect_roles: input.protect_roles,
            expires_at: input.expires_at.map(domain::clock::to_micros),
        }
    }
}

/// A row with a token of its own and nothing else said yet.
fn blank(state: &State, now: Instant, verification: &Verification) -> IncomingWebhook {
    let (id, token) = (IncomingWebhookId::generate(), Token::generate(""));
    IncomingWebhook {
        id,
        name: String::new(),
        enabled: true,
        add_space_ids: Stored::default(),
        remove_space_ids: Stored::default(),
        add_course_ids: Stored::default(),
        remove_course_ids: Stored::default(),
        send_welcome_email: false,
        field_map: Stored::default(),
        verification: Stored(verification::seal(&state.vault, id, verification)),
        allowed_ips: Stored::default(),
        rate_limit_per_minute: None,
        protect_roles: false,
        expires_at: None,
        token_hash: token.hash().to_vec(),
        token_sealed: state
            .vault
            .seal(&token_context(id), token.expose().as_bytes()),
        search: String::new(),
        version: 1,
        created_at: now,
        updated_at: now,
        previous_token_hash: None,
        previous_token_until: None,
    }
}
