//! API keys. The key itself is shown once, by the answer that made it.

use domain::{
    Instant,
    api_key::Scope,
    id::{ApiKeyId, ApiKeyKind},
};
use serde::Serialize;
use storage::api_keys::ApiKey;

use crate::schema;

/// An API key.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct ApiKeyView {
    #[schema(schema_with = schema::id::<ApiKeyKind>)]
    pub id: ApiKeyId,
    pub name: String,
    /// The beginning of the key, to tell keys apart.
    pub hint: String,
    #[schema(schema_with = schema::scopes)]
    pub scopes: Vec<Scope>,
    #[schema(schema_with = schema::instant)]
    pub created_at: Instant,
    #[schema(schema_with = schema::optional_instant, required)]
    pub expires_at: Option<Instant>,
}

/// A new API key with its secret.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = NewApiKey)]
pub(crate) struct NewApiKeyView {
    #[serde(flatten)]
    pub shown: ApiKeyView,
    /// The key itself. It is shown only once: a repeat of the request (see `Idempotency-Key`) has
    /// `null` here.
    #[schema(required)]
    pub key: Option<String>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            hint: key.hint,
            scopes: key.scopes.0,
            created_at: key.created_at,
            expires_at: key.expires_at,
        }
    }
}
