//! The body of a feed as it is asked for.

use domain::{
    Invalid,
    feed::{FeedBody, SelectedField},
};
use serde::Deserialize;

/// What is sent.
#[derive(Deserialize, Clone, Copy, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FeedBodyMode)]
pub(crate) enum BodyModeInput {
    /// The envelope with all data.
    All,
    /// A flat object of the chosen fields.
    Selected,
}

/// What is sent: everything, or the chosen fields.
#[derive(Deserialize, Clone, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FeedBodyInput, example = json!({"mode": "selected", "fields": [{"key": "email", "value": "{{ data.customer.email }}"}]}))]
pub(crate) struct BodyInput {
    mode: BodyModeInput,
    /// Only with `selected`.
    #[serde(default)]
    fields: Option<Vec<FieldInput>>,
}

/// One key of a selected body and the template of its value.
#[derive(Deserialize, Clone, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FeedFieldInput)]
pub(crate) struct FieldInput {
    #[schema(example = "email", min_length = 1, max_length = 200)]
    key: String,
    #[schema(example = "{{ data.customer.email }}", max_length = 4096)]
    value: String,
}

impl BodyInput {
    pub(super) fn read(self) -> Result<FeedBody, Invalid> {
        match (self.mode, self.fields) {
            (BodyModeInput::All, None) => Ok(FeedBody::All),
            (BodyModeInput::All, Some(_)) => Err(Invalid::one(
                "/body/fields",
                "not_with_all",
                "Fields are chosen with the mode \"selected\".",
            )),
            (BodyModeInput::Selected, fields) => {
                let field = |input: FieldInput| SelectedField {
                    key: input.key,
                    value: input.value,
                };
                Ok(FeedBody::Selected {
                    fields: fields.unwrap_or_default().into_iter().map(field).collect(),
                })
            }
        }
    }
}
