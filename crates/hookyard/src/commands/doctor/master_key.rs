//! Whether the master key opens what was sealed before.

use domain::vault::Vault;
use storage::{Db, Window, feeds, incoming_webhooks};

use super::{Finding, Flaw, database::LOOK_AT_IT};
use crate::config::Config;

/// Something that was sealed, and for what.
struct SealedSecret {
    context: String,
    sealed: Vec<u8>,
}

pub(super) async fn check(config: &Config, db: &Db) -> Finding {
    let file = config.master_key_file();
    // Asking for the key would make a new one.
    if config.secrets.master_key.is_none() && db.is_embedded() && !file.exists() {
        return Flaw::found(
            format!("{} is missing", file.display()),
            "put it back; without it, what was stored with it is lost",
        );
    }
    let key = match config.master_key() {
        Ok(key) => key,
        Err(error) => {
            let fix = "set secrets.master_key to the key of the other processes";
            return Flaw::found(error, fix);
        }
    };
    match newest_secret(db).await {
        Ok(None) => Ok("can be used; no secret is stored yet".into()),
        Ok(Some(SealedSecret { context, sealed })) => {
            match Vault::new(&key).open(&context, &sealed) {
                Ok(_) => Ok("opens the stored secrets".into()),
                Err(_) => Flaw::found(
                    "does not open the stored secrets",
                    "put the key back with which they were stored",
                ),
            }
        }
        Err(error) => Flaw::found(error, LOOK_AT_IT),
    }
}

/// A secret of the newest feed, or else of the newest incoming webhook.
async fn newest_secret(db: &Db) -> storage::Result<Option<SealedSecret>> {
    let newest = Window {
        limit: 1,
        from: None,
    };
    let mut conn = db.read().await?;
    let feeds = feeds::list(&mut conn, &feeds::FeedFilter::default(), &newest).await?;
    if let Some(feed) = feeds.rows.into_iter().next() {
        return Ok(Some(SealedSecret {
            context: format!("feed secret {}", feed.id),
            sealed: feed.secret_sealed,
        }));
    }
    let filter = incoming_webhooks::IncomingWebhookFilter::default();
    let webhooks = incoming_webhooks::list(&mut conn, &filter, &newest).await?;
    Ok(webhooks
        .rows
        .into_iter()
        .next()
        .map(|webhook| SealedSecret {
            context: format!("incoming webhook token {}", webhook.id),
            sealed: webhook.token_sealed,
        }))
}
