//! The API key with which everything begins.

use domain::{Clock, api_key::Scope, id::ApiKeyId, secret::Token};
use secrecy::ExposeSecret;
use storage::{
    Db, JsonText,
    api_keys::{self, ApiKey},
};

use crate::{config::Config, exit::CommandError};

/// Makes sure that somebody can call the API: the configured key, or (`generate`) a new one when
/// there is none at all.
pub(crate) async fn ensure(config: &Config, db: &Db, generate: bool) -> Result<(), CommandError> {
    let mut conn = db.write().await?;
    if let Some(configured) = &config.auth.bootstrap_key {
        let token = Token::from_text(configured.expose_secret());
        api_keys::insert(&mut conn, &api_key("bootstrap", vec![Scope::Admin], &token)).await?;
    } else if !api_keys::any(&mut conn).await? {
        if !generate {
            tracing::warn!("there is no API key yet; create one: hookyard keys create --name NAME");
            return Ok(());
        }
        let token = Token::generate(domain::api_key::PREFIX);
        api_keys::insert(&mut conn, &api_key("first", vec![Scope::Admin], &token)).await?;
        // Not through the log on purpose: logs are kept, this line is for the operator's eyes.
        eprintln!(
            "A first API key with all rights, shown only now: {}",
            token.expose()
        );
    }
    Ok(())
}

/// The row of a new API key.
pub(crate) fn api_key(name: &str, scopes: Vec<Scope>, token: &Token) -> ApiKey {
    ApiKey {
        id: ApiKeyId::generate(),
        name: name.to_owned(),
        hint: token.expose().chars().take(8).collect(),
        scopes: JsonText(scopes),
        key_hash: token.hash().to_vec(),
        created_at: Clock::system().now(),
        expires_at: None,
    }
}
