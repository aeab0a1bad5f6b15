//! `hookyard keys`: API keys from the shell.

use chrono::TimeDelta;
use domain::{api_key::Scope, id::ApiKeyId, secret::Token};
use storage::{Db, Window, api_keys};

use crate::{
    cli::KeysCommand,
    config::Config,
    exit::{CommandError, usage},
    output::{self, say},
    process,
};

pub(super) async fn run(config: &Config, command: KeysCommand) -> Result<(), CommandError> {
    let db = process::open_current(config).await?;
    match command {
        KeysCommand::Create { name, scopes, days } => create(&db, name, scopes, days).await,
        KeysCommand::List => list(&db).await,
        KeysCommand::Revoke { id } => revoke(&db, id).await,
    }
}

async fn create(
    db: &Db,
    name: String,
    scopes: Vec<Scope>,
    days: Option<u16>,
) -> Result<(), CommandError> {
    let token = Token::generate(domain::api_key::PREFIX);
    let mut key = process::api_key(&name, scopes, &token);
    key.expires_at = days.map(|days| key.created_at + TimeDelta::days(days.into()));
    api_keys::insert(&mut db.write().await?, &key).await?;
    output::remark(format_args!(
        "{} \"{name}\"; the key itself is shown only now:",
        key.id
    ));
    output::line(token.expose())?;
    Ok(())
}

async fn list(db: &Db) -> Result<(), CommandError> {
    let mut window = Window {
        limit: 100,
        from: None,
    };
    loop {
        let page = api_keys::list(&mut db.read().await?, &window).await?;
        for key in &page.rows {
            let scopes: Vec<_> = key.scopes.0.iter().map(|scope| scope.as_str()).collect();
            let end = key.expires_at.map_or_else(
                || "no end".to_owned(),
                |at| format!("until {}", at.to_rfc3339()),
            );
            say!(
                "{}  {}…  {}  [{}]  {end}",
                key.id,
                key.hint,
                key.name,
                scopes.join(" ")
            )?;
        }
        match page.rows.last() {
            Some(last) if page.has_next => {
                window.from = Some(storage::PageStart::After(last.id.uuid()))
            }
            _ => return Ok(()),
        }
    }
}

async fn revoke(db: &Db, id: ApiKeyId) -> Result<(), CommandError> {
    match api_keys::delete(&mut db.write().await?, id).await {
        Err(storage::Error::NotFound) => Err(usage(format!(
            "there is no API key {id}; see `hookyard keys list`"
        ))),
        result => {
            result?;
            say!("revoked {id}; processes that know it forget it within seconds")?;
            Ok(())
        }
    }
}
