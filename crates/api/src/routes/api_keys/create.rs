use actix_web::{post, web::Data};
use chrono::SecondsFormat;
use domain::{
    Instant, Invalid,
    api_key::{PREFIX, Scope},
    clock::to_micros,
    id::ApiKeyId,
    secret::Token,
    text,
};
use serde::Deserialize;
use storage::{
    JsonText,
    api_keys::{self, ApiKey},
};

use crate::{
    Code, Problem, State,
    answer::Created,
    request::{Caller, Json, scope},
    schema,
    views::NewApiKeyView,
};

/// A new API key.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Storefront", "scopes": ["community:read", "events:publish"]}))]
pub(crate) struct CreateApiKey {
    #[schema(min_length = 1, max_length = 194)]
    name: String,
    /// At least one; none that the calling key does not have itself.
    #[schema(schema_with = schema::some_scopes)]
    scopes: Vec<Scope>,
    /// When the key ends; without it, the key works until it is deleted. If the calling key ends, it
    /// is required, and no later than that.
    #[schema(schema_with = schema::optional_instant, required = false)]
    expires_at: Option<Instant>,
}

/// Creates an API key. It is shown in this answer only.
#[utoipa::path(tag = "api-keys", responses((status = 201, description = "The new key.", body = NewApiKeyView)))]
#[post("/api-keys")]
pub(crate) async fn create_api_key(
    caller: Caller<scope::KeysManage>,
    state: Data<State>,
    body: Json<CreateApiKey>,
) -> Result<Created<NewApiKeyView>, Problem> {
    let input = body.0;
    if let Some(scope) = input.scopes.iter().find(|scope| !caller.may(**scope)) {
        let detail = format!("A key can only grant scopes of its own, and it lacks \"{scope}\".");
        return Err(Problem::new(Code::MissingScope).detail(detail));
    }
    let token = Token::generate(PREFIX);
    let key = input.check(&token, state.clock.now(), caller.expires_at())?;
    api_keys::insert(&mut state.db.write().await?, &key).await?;
    let location = format!("/v1/api-keys/{}", key.id);
    let redacted = NewApiKeyView {
        shown: key.into(),
        key: None,
    };
    let view = NewApiKeyView {
        shown: redacted.shown.clone(),
        key: Some(token.expose().to_owned()),
    };
    Ok(Created::tagged(view, &redacted.shown, location).once_only(&redacted))
}

/// How many characters of a key tell it apart from others: enough for people, far too few to guess
/// the rest.
const HINT: usize = PREFIX.len() + 4;

impl CreateApiKey {
    /// `end` is that of the calling key.
    fn check(self, token: &Token, now: Instant, end: Option<Instant>) -> Result<ApiKey, Invalid> {
        let mut invalid = Invalid::default();
        let name = invalid.take(text::title("/name", &self.name));
        if self.scopes.is_empty() {
            invalid.push("/scopes", "required", "Name at least one scope.");
        }
        if self.expires_at.is_some_and(|at| at <= now) {
            invalid.push("/expires_at", "in_the_past", "Must lie in the future.");
        }
        if let Some(end) = end
            && self.expires_at.is_none_or(|at| at > end)
        {
            let end = end.to_rfc3339_opts(SecondsFormat::AutoSi, true);
            let detail = format!("The calling key ends at {end}: use that time or an earlier one.");
            invalid.push("/expires_at", "too_late", detail);
        }
        let Some(name) = name else {
            return Err(invalid);
        };
        let mut scopes: Vec<Scope> = Vec::new();
        for scope in self.scopes {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        invalid.or(ApiKey {
            id: ApiKeyId::generate(),
            name,
            hint: token.expose().chars().take(HINT).collect(),
            scopes: JsonText(scopes),
            key_hash: token.hash().to_vec(),
            created_at: now,
            expires_at: self.expires_at.map(to_micros),
        })
    }
}
