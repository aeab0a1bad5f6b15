//! What a call did to one space or course.

use domain::community::{Action, TargetKind};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// What happened to one space or course.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Change)]
pub(crate) struct ChangeView {
    #[schema(schema_with = schema::target_kind)]
    pub(crate) kind: TargetKind,
    /// The space or course.
    #[schema(example = "space_01jq3c9xv2e8rb6m0h4k7t5n1b")]
    pub(crate) id: String,
    #[schema(schema_with = schema::action)]
    pub(crate) action: Action,
    /// Why it was skipped: `not_found`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) reason: Option<&'static str>,
}
