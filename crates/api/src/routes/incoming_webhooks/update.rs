use actix_web::{patch, web::Data};
use domain::{
    Instant,
    id::{CourseId, CourseKind, IncomingWebhookId, SpaceId, SpaceKind},
    incoming::{FieldMap, WebhookSpec, verification::VerificationDraft},
};
use serde::Deserialize;
use storage::{Json as Stored, incoming_webhooks};

use super::{check, put, spec_of, view};
use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, IfMatch, Json, Patch, PathId, optimistic, patch, scope},
    schema, verification,
    views::{IncomingWebhookView, VerificationView},
};

/// Changes to an incoming webhook. Omitted fields stay as they are; lists are replaced as a whole.
#[derive(Deserialize, Clone, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Course shop, Lisbon", "protect_roles": true, "expires_at": null}))]
pub(crate) struct UpdateIncomingWebhook {
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false, min_length = 1, max_length = 194)]
    name: Option<String>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false)]
    enabled: Option<bool>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(schema_with = schema::ids::<SpaceKind>, required = false)]
    add_space_ids: Option<Vec<SpaceId>>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(schema_with = schema::ids::<SpaceKind>, required = false)]
    remove_space_ids: Option<Vec<SpaceId>>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(schema_with = schema::ids::<CourseKind>, required = false)]
    add_course_ids: Option<Vec<CourseId>>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(schema_with = schema::ids::<CourseKind>, required = false)]
    remove_course_ids: Option<Vec<CourseId>>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false)]
    send_welcome_email: Option<bool>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(value_type = std::collections::HashMap<String, String>, required = false)]
    field_map: Option<FieldMap>,
    /// Replaced as a whole, except that an omitted secret is kept while the scheme stays the same.
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(value_type = VerificationView, required = false)]
    verification: Option<VerificationDraft>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false, max_items = 100)]
    allowed_ips: Option<Vec<String>>,
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 100000)]
    rate_limit_per_minute: Patch<i32>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false)]
    protect_roles: Option<bool>,
    #[serde(default)]
    #[schema(schema_with = schema::optional_instant, required = false)]
    expires_at: Patch<Instant>,
}

/// Changes an incoming webhook. Its URL stays.
#[utoipa::path(
    tag = "incoming-webhooks",
    responses((status = 200, description = "The changed incoming webhook.", body = IncomingWebhookView)),
)]
#[patch("/incoming-webhooks/{id}")]
pub(crate) async fn update_incoming_webhook(
    caller: Caller<scope::IncomingWebhooksWrite>,
    id: PathId<IncomingWebhookId>,
    state: Data<State>,
    if_match: IfMatch,
    body: Json<UpdateIncomingWebhook>,
) -> Result<Resource<IncomingWebhookView>, Problem> {
    optimistic(&if_match, async || {
        let mut tx = state.db.begin().await?;
        let mut row = incoming_webhooks::find(&mut tx, *id).await?;
        if_match.check_version(row.version)?;
        let before = row.clone();
        let stored = verification::open(&state.vault, &row)?;
        let wanted = body
            .0
            .verification
            .clone()
            .map_or(Ok(stored.clone()), |draft| draft.check(Some(&stored)));
        let (spec, wanted) = check(&mut tx, body.0.clone().apply(spec_of(&row)), wanted).await?;
        put(&mut row, spec);
        // Sealing the same secret again would look like a change.
        if wanted != stored {
            row.verification = Stored(verification::seal(&state.vault, row.id, &wanted));
        }
        if row != before {
            row.updated_at = state.clock.now();
            incoming_webhooks::update(&mut tx, &mut row).await?;
        }
        let version = row.version;
        let view = view(&state, &mut tx, &caller, row).await?;
        tx.commit().await?;
        Ok(Resource::versioned(view, version))
    })
    .await
}

impl UpdateIncomingWebhook {
    fn apply(self, mut spec: WebhookSpec) -> WebhookSpec {
        self.rate_limit_per_minute
            .apply(&mut spec.rate_limit_per_minute);
        self.expires_at.apply(&mut spec.expires_at);
        WebhookSpec {
            name: self.name.unwrap_or(spec.name),
            enabled: self.enabled.unwrap_or(spec.enabled),
            add_space_ids: self.add_space_ids.unwrap_or(spec.add_space_ids),
            remove_space_ids: self.remove_space_ids.unwrap_or(spec.remove_space_ids),
            add_course_ids: self.add_course_ids.unwrap_or(spec.add_course_ids),
            remove_course_ids: self.remove_course_ids.unwrap_or(spec.remove_course_ids),
            send_welcome_email: self.send_welcome_email.unwrap_or(spec.send_welcome_email),
            field_map: self.field_map.unwrap_or(spec.field_map),
            allowed_ips: self.allowed_ips.unwrap_or(spec.allowed_ips),
            protect_roles: self.protect_roles.unwrap_or(spec.protect_roles),
            rate_limit_per_minute: spec.rate_limit_per_minute,
            expires_at: spec.expires_at.map(domain::clock::to_micros),
        }
    }
}
