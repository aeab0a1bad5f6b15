//! The parts of a feed's body that creating and changing have in common.

use domain::{
    Invalid,
    feed::{FeedBody, SelectedField},
};
use serde::Deserialize;

/// A header that is sent with every request.
#[derive(Deserialize, Clone, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FeedHeaderInput)]
pub(crate) struct HeaderInput {
    #[schema(example = "X-Api-Key", max_length = 100)]
    pub(super) name: String,
    /// `null` keeps the value of a secret header that is there already; a row with an empty value
    /// is left out.
    #[serde(default)]
    #[schema(example = "4fj2", max_length = 8192)]
    pub(super) value: Option<String>,
    /// A secret value is stored encrypted and never shown again.
    #[serde(default)]
    #[schema(required = false)]
    pub(super) secret: bool,
}

/// User name and password that become an `Authorization` header; shorthand for a secret header.
#[derive(Deserialize, Clone, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FeedBasicAuthInput)]
pub(crate) struct BasicAuthInput {
    #[schema(example = "hookyard", min_length = 1, max_length = 255)]
    pub(super) username: String,
    /// Stored encrypted and never shown again; `null` keeps the one that is there already.
    #[serde(default)]
    #[schema(max_length = 1024)]
    pub(super) password: Option<String>,
}

/// What is sent.
#[derive(Deserialize, Clone, Copy, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FeedBodyMode)]
pub(crate) enum Mode {
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
    mode: Mode,
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
            (Mode::All, None) => Ok(FeedBody::All),
            (Mode::All, Some(_)) => Err(Invalid::one(
                "/body/fields",
                "not_with_all",
                "Fields are chosen with the mode \"selected\".",
            )),
            (Mode::Selected, fields) => {
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
