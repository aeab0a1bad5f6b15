//! What a request says of an incoming webhook: creating and changing read it alike.

use std::borrow::Cow;

use domain::{
    Instant, Invalid,
    clock::to_micros,
    id::{CourseId, CourseKind, SpaceId, SpaceKind},
    incoming::{
        FieldMap, WebhookSpec,
        verification::{Verification, VerificationDraft},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use crate::{
    Problem,
    request::{
        Patch,
        patch::{self, Nulls},
    },
    schema::{self, VerificationSchema, settings},
};

/// The fields of an incoming webhook that a request can have. All but those that stand apart are
/// merged into [`WebhookSpec`] under their names.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IncomingWebhookInput {
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(value_type = String, min_length = 1, max_length = 194, example = "Course shop")]
    name: Patch<String>,
    /// `true` by default.
    #[serde(default, serialize_with = "patch::apart")]
    #[schema(value_type = bool)]
    enabled: Patch<bool>,
    /// Spaces that a call adds its user to.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(schema_with = schema::ids::<SpaceKind>)]
    add_space_ids: Patch<Vec<SpaceId>>,
    /// Spaces that a call removes its user from.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(schema_with = schema::ids::<SpaceKind>)]
    remove_space_ids: Patch<Vec<SpaceId>>,
    /// Courses that a call enrolls its user in.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(schema_with = schema::ids::<CourseKind>)]
    add_course_ids: Patch<Vec<CourseId>>,
    /// Courses that a call removes its user from.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(schema_with = schema::ids::<CourseKind>)]
    remove_course_ids: Patch<Vec<CourseId>>,
    /// Whether a user whom a call creates gets a welcome mail.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(value_type = bool)]
    send_welcome_email: Patch<bool>,
    /// Where to find the fields of a call: for each field's name a JSON pointer into the body. For
    /// forms, `/customer/email` is `customer[email]`.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(value_type = HashMap<String, String>)]
    field_map: Patch<FieldMap>,
    /// `{"scheme": "none"}` by default. Replaced as a whole, except that an omitted secret is kept
    /// while the scheme stays the same.
    #[serde(default, serialize_with = "patch::apart")]
    #[schema(value_type = VerificationSchema)]
    verification: Patch<VerificationDraft>,
    /// Addresses, and networks such as `203.0.113.0/24`, from which calls are accepted; from
    /// anywhere if empty.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(value_type = Vec<String>, max_items = 100)]
    allowed_ips: Patch<Vec<String>>,
    /// Most calls per minute, counted by each API process; `null` for no limit.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 100000)]
    rate_limit_per_minute: Patch<i32>,
    /// Whether moderators and admins of a space are protected from removal.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(value_type = bool)]
    protect_roles: Patch<bool>,
    /// From then on the URL answers 404.
    #[serde(default, serialize_with = "patch::apart")]
    #[schema(schema_with = schema::optional_instant)]
    expires_at: Patch<Instant>,
}

/// A new incoming webhook.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct CreateIncomingWebhook(IncomingWebhookInput);

/// Changes of an incoming webhook.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct UpdateIncomingWebhook(IncomingWebhookInput);

/// An incoming webhook as it is or shall be.
pub(crate) struct WebhookDraft {
    pub(crate) spec: WebhookSpec,
    pub(crate) enabled: bool,
    pub(crate) expires_at: Option<Instant>,
    pub(crate) verification: Verification,
}

impl CreateIncomingWebhook {
    /// The new webhook, and what cannot be read of its verification.
    ///
    /// # Errors
    /// 422 for a `null` where something has to be.
    pub(crate) fn read(self) -> Result<(WebhookDraft, Invalid), Problem> {
        let mut input = self.0;
        if input.enabled == Patch::Null {
            input.enabled = Patch::Absent;
        }
        let before = WebhookDraft {
            spec: WebhookSpec::default(),
            enabled: true,
            expires_at: None,
            verification: Verification::default(),
        };
        input.apply(before, None)
    }
}

impl UpdateIncomingWebhook {
    /// The changed webhook, and what cannot be read of its verification.
    ///
    /// # Errors
    /// 422 for a `null` where something has to be.
    pub(crate) fn apply(self, before: WebhookDraft) -> Result<(WebhookDraft, Invalid), Problem> {
        let stored = before.verification.clone();
        self.0.apply(before, Some(&stored))
    }
}

impl IncomingWebhookInput {
    fn apply(
        self,
        before: WebhookDraft,
        stored: Option<&Verification>,
    ) -> Result<(WebhookDraft, Invalid), Problem> {
        let mut nulls = Invalid::default();
        let spec = patch::merge(&before.spec, patch::fields(&self)?)?;
        let enabled = self.enabled.given("/enabled", Nulls::Clear, &mut nulls);
        let asked = self
            .verification
            .given("/verification", Nulls::Clear, &mut nulls);
        nulls.or(())?;
        let mut expires_at = before.expires_at;
        self.expires_at.apply(&mut expires_at);
        let mut invalid = Invalid::default();
        let verification = asked.and_then(|draft| invalid.take(draft.check(stored)));
        let draft = WebhookDraft {
            spec,
            enabled: enabled.unwrap_or(before.enabled),
            expires_at: expires_at.map(to_micros),
            verification: verification.unwrap_or(before.verification),
        };
        Ok((draft, invalid))
    }
}

impl PartialSchema for CreateIncomingWebhook {
    fn schema() -> RefOr<Schema> {
        let example = json!({
            "name": "Course shop", "send_welcome_email": false, "field_map": {"email": "/customer/email", "first_name": "/customer/first"},
        });
        let object = settings::of_new::<IncomingWebhookInput>(&["name"], |name| name == "enabled");
        settings::described(object, "A new incoming webhook.", example)
    }
}

impl PartialSchema for UpdateIncomingWebhook {
    fn schema() -> RefOr<Schema> {
        let example =
            json!({"name": "Course shop, Lisbon", "protect_roles": true, "expires_at": null});
        let text = "Changes to an incoming webhook. Omitted fields stay as they are; lists are replaced as a whole.";
        settings::described(settings::of_change::<IncomingWebhookInput>(), text, example)
    }
}

impl ToSchema for CreateIncomingWebhook {
    fn name() -> Cow<'static, str> {
        "CreateIncomingWebhook".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        IncomingWebhookInput::schemas(schemas);
    }
}

impl ToSchema for UpdateIncomingWebhook {
    fn name() -> Cow<'static, str> {
        "UpdateIncomingWebhook".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        IncomingWebhookInput::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_can_be_sent_and_is_described() {
        assert_eq!(
            settings::undescribed::<IncomingWebhookInput, WebhookSpec>(),
            [""; 0],
            "add the setting to IncomingWebhookInput"
        );
    }

    #[test]
    fn only_enabled_may_be_null_in_a_new_webhook() {
        let create = |body: serde_json::Value| {
            let input = serde_json::from_value::<IncomingWebhookInput>(body).unwrap();
            match CreateIncomingWebhook(input).read() {
                Ok((draft, invalid)) => Ok((draft.enabled, invalid)),
                Err(problem) => Err(problem.errors[0].pointer.clone()),
            }
        };
        let (enabled, invalid) = create(json!({"name": "Shop", "enabled": null})).unwrap();
        assert_eq!((enabled, invalid), (true, Invalid::default()));
        for field in ["name", "verification", "add_space_ids", "protect_roles"] {
            assert_eq!(create(json!({ (field): null })), Err(format!("/{field}")));
        }
    }
}
