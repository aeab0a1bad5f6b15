//! Calls of incoming webhooks.

use domain::{
    Instant,
    id::{CallId, CallKind, IncomingWebhookId, IncomingWebhookKind, UserId, UserKind},
};
use serde::Serialize;
use storage::calls::Call;
use utoipa::ToSchema;

use super::ChangeView;
use crate::schema;

/// One use of an incoming webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Call)]
pub(crate) struct CallView {
    #[schema(schema_with = schema::id::<CallKind>)]
    id: CallId,
    #[schema(schema_with = schema::id::<IncomingWebhookKind>)]
    webhook_id: IncomingWebhookId,
    /// The HTTP status that was answered.
    #[schema(example = 200)]
    status: i32,
    /// `success`, or the code of the problem that was answered.
    #[schema(example = "success")]
    outcome: String,
    #[schema(schema_with = schema::optional_id::<UserKind>, required)]
    user_id: Option<UserId>,
    user_created: bool,
    /// What happened to each space and course.
    #[schema(value_type = Vec<ChangeView>)]
    changes: serde_json::Value,
    /// What was sent, secrets masked, long texts cut; null if it was not read.
    #[schema(value_type = Option<Object>, required)]
    payload: serde_json::Value,
    #[schema(required)]
    source_address: Option<String>,
    #[schema(example = 4.2)]
    duration_ms: f64,
    #[schema(schema_with = schema::instant)]
    created_at: Instant,
}

impl From<Call> for CallView {
    fn from(call: Call) -> Self {
        Self {
            id: call.id,
            webhook_id: call.webhook_id,
            status: call.status,
            outcome: call.outcome,
            user_id: call.user_id,
            user_created: call.user_created,
            changes: call.changes.0,
            payload: call.payload.0,
            source_address: call.source_address,
            duration_ms: millis(call.duration_us),
            created_at: call.created_at,
        }
    }
}

/// Microseconds as milliseconds.
pub(super) fn millis(micros: i64) -> f64 {
    micros as f64 / 1000.0
}
