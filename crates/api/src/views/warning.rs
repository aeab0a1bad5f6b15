//! Warnings beside what was saved.

use serde::Serialize;
use utoipa::ToSchema;

/// What may be meant, but probably does not work as it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Warning)]
pub(crate) struct WarningView {
    /// JSON Pointer to the setting.
    #[schema(example = "/send_welcome_email")]
    pub(super) pointer: &'static str,
    #[schema(example = "no_mail_server")]
    pub(super) code: &'static str,
    pub(super) detail: &'static str,
}
