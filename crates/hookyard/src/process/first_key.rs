//! The API key with which everything begins.

use domain::{Clock, api_key::Scope, id::ApiKeyId, secret::Token};
use secrecy::ExposeSecret;
use storage::{
    Db, JsonText,
    api_keys::{self, ApiKey},
    bootstrap_keys::{self, Bootstrapped},
};

use crate::{config::Config, exit::CommandError, output::say};

/// Makes sure that somebody can call the API: the configured key, or (`generate`) a new one when
/// there is none at all.
pub(crate) async fn ensure(config: &Config, db: &Db, generate: bool) -> Result<(), CommandError> {
    bootstrap(config, db).await?;
    let mut tx = db.begin().await?;
    if !api_keys::any(&mut tx).await? {
        if !generate || config.auth.bootstrap_key.is_some() {
            tracing::warn!("there is no API key yet; create one: hookyard keys create --name NAME");
            return Ok(());
        }
        let token = Token::generate(domain::api_key::PREFIX);
        api_keys::insert(&mut tx, &api_key("first", vec![Scope::Admin], &token)).await?;
        show(&token)?;
        // Only now: a key that could not be shown would be nobody's, and the only one.
        tx.commit().await?;
    }
    Ok(())
}

/// Not through the log on purpose: logs are kept, this is for the operator's eyes. It stands alone on
/// standard output, where no log line comes between.
fn show(token: &Token) -> anyhow::Result<()> {
    say!(
        "\nA first API key with all rights. It is shown only now:\n\n    {}\n",
        token.expose()
    )
}

/// The bootstrap key is the one in the configuration, if any.
async fn bootstrap(config: &Config, db: &Db) -> Result<(), CommandError> {
    let mut tx = db.begin().await?;
    let outcome = match &config.auth.bootstrap_key {
        Some(configured) => {
            let token = Token::from_text(configured.expose_secret());
            let key = api_key("bootstrap", vec![Scope::Admin], &token);
            bootstrap_keys::replace(&mut tx, &key).await?
        }
        None => {
            bootstrap_keys::remove(&mut tx).await?;
            Bootstrapped::Works
        }
    };
    tx.commit().await?;
    if outcome == Bootstrapped::Revoked {
        tracing::warn!(
            "auth.bootstrap_key was revoked and does not work; configure another value, or none"
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
