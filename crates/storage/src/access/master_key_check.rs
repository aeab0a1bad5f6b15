//! The value that tells whether a process has the store's master key, and the secrets of stores that
//! do not have it yet.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::{
    database::{
        conn::Conn,
        error::{OptionalRow, Result},
        page::Window,
        schema::master_key_check,
    },
    inbound::incoming_webhooks,
    outbound::feeds,
};

/// The one row there is.
const ID: i16 = 1;

/// Something that was sealed, and the context in which it opens.
pub struct SealedSecret {
    pub context: String,
    pub sealed: Vec<u8>,
}

/// The check value; `None` as long as no process has stored one.
pub async fn find(conn: &mut Conn) -> Result<Option<Vec<u8>>> {
    let sealed = on!(conn, |c| master_key_check::table
        .find(ID)
        .select(master_key_check::sealed)
        .first(c));
    sealed.optional()
}

/// Stores the check value, unless another process was faster.
pub async fn insert_first(conn: &mut Conn, sealed: &[u8]) -> Result<()> {
    on!(conn, |c| diesel::insert_into(master_key_check::table)
        .values((
            master_key_check::id.eq(ID),
            master_key_check::sealed.eq(sealed)
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// A secret of the newest feed, or else of the newest incoming webhook.
pub async fn newest_secret(conn: &mut Conn) -> Result<Option<SealedSecret>> {
    let newest = Window {
        limit: 1,
        from: None,
    };
    let feeds = feeds::list(conn, &feeds::FeedFilter::default(), &newest).await?;
    if let Some(feed) = feeds.rows.into_iter().next() {
        return Ok(Some(SealedSecret {
            context: format!("feed secret {}", feed.id),
            sealed: feed.secret_sealed,
        }));
    }
    let filter = incoming_webhooks::IncomingWebhookFilter::default();
    let webhooks = incoming_webhooks::list(conn, &filter, &newest).await?;
    let webhook = webhooks.rows.into_iter().next();
    Ok(webhook.map(|webhook| SealedSecret {
        context: format!("incoming webhook token {}", webhook.id),
        sealed: webhook.token_sealed,
    }))
}
