//! Incoming webhooks.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{Instant, id::IncomingWebhookId, incoming::WebhookSpec, secret::SecretHash, text};

use crate::database::{
    conn::Conn,
    document::Document,
    error::{Error, OptionalRow, Result},
    page::{Page, Window, contains},
    schema::incoming_webhooks,
    sql_types::{JsonText, Sql},
};

record! {
    /// A row of `incoming_webhooks`.
    incoming_webhooks: IncomingWebhook {
        id: IncomingWebhookId,
        enabled: bool,
        /// What its owner said.
        spec: Document<WebhookSpec>,
        /// How callers prove themselves; the secret is sealed.
        verification: JsonText<serde_json::Value>,
        expires_at: Option<Instant>,
        token_hash: Vec<u8>,
        /// The token, sealed under `incoming webhook token {id}`.
        token_sealed: Vec<u8>,
        /// The name, to look webhooks up by parts of it; see [`IncomingWebhook::set_spec`].
        search: String,
        version: i64,
        created_at: Instant,
        updated_at: Instant,
        /// The hash of the token that a rotation replaced, and until when it still works.
        previous_token_hash: Option<Vec<u8>>,
        previous_token_until: Option<Instant>,
    }
}

impl IncomingWebhook {
    /// Takes what the owner says, and derives from it what webhooks are looked up by.
    pub fn set_spec(&mut self, spec: WebhookSpec) {
        self.search = text::searchable([spec.name.as_str()]);
        self.spec = Document::Known(spec);
    }
}

/// Narrows a list of incoming webhooks.
#[derive(Debug, Default)]
pub struct IncomingWebhookFilter {
    /// Part of the name.
    pub search: Option<String>,
    pub enabled: Option<bool>,
}

/// The incoming webhook with this id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(conn: &mut Conn, id: IncomingWebhookId) -> Result<IncomingWebhook> {
    on!(conn, |c| incoming_webhooks::table
        .find(Sql(id))
        .select(IncomingWebhook::as_select())
        .first(c))
}

/// The incoming webhook whose token has this hash, or had it before a rotation whose grace still
/// runs.
pub async fn find_by_token(
    conn: &mut Conn,
    hash: &SecretHash,
    now: Instant,
) -> Result<Option<IncomingWebhook>> {
    let current = on!(conn, |c| incoming_webhooks::table
        .filter(incoming_webhooks::token_hash.eq(hash.as_slice()))
        .select(IncomingWebhook::as_select())
        .first(c))
    .optional()?;
    if current.is_some() {
        return Ok(current);
    }
    on!(conn, |c| incoming_webhooks::table
        .filter(incoming_webhooks::previous_token_hash.eq(hash.as_slice()))
        .filter(incoming_webhooks::previous_token_until.gt(Sql(Some(now))))
        .select(IncomingWebhook::as_select())
        .first(c))
    .optional()
}

/// A page of incoming webhooks, newest first.
pub async fn list(
    conn: &mut Conn,
    filter: &IncomingWebhookFilter,
    window: &Window,
) -> Result<Page<IncomingWebhook>> {
    let rows = on!(conn, |c| {
        let mut query = incoming_webhooks::table
            .select(IncomingWebhook::as_select())
            .into_boxed();
        if let Some(enabled) = filter.enabled {
            query = query.filter(incoming_webhooks::enabled.eq(enabled));
        }
        if let Some(search) = &filter.search {
            query = query.filter(
                incoming_webhooks::search
                    .like(contains(search))
                    .escape('\\'),
            );
        }
        window!(query, incoming_webhooks::id, window).load(c)
    })?;
    Ok(window.page(rows))
}

/// Adds an incoming webhook.
pub async fn insert(conn: &mut Conn, webhook: &IncomingWebhook) -> Result<()> {
    on!(conn, |c| diesel::insert_into(incoming_webhooks::table)
        .values(webhook.clone())
        .execute(c))
    .map(drop)
}

/// Writes a changed incoming webhook; `webhook.version` is the version that was read, and is
/// counted up.
///
/// # Errors
/// [`Error::Stale`] when somebody else was faster.
pub async fn update(conn: &mut Conn, webhook: &mut IncomingWebhook) -> Result<()> {
    let read = webhook.version;
    webhook.version += 1;
    let row = incoming_webhooks::table
        .find(Sql(webhook.id))
        .filter(incoming_webhooks::version.eq(read));
    let rows = on!(conn, |c| diesel::update(row)
        .set(webhook.clone())
        .execute(c))?;
    if rows == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// Removes an incoming webhook; its calls stay.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(conn: &mut Conn, id: IncomingWebhookId) -> Result<()> {
    match on!(conn, |c| diesel::delete(
        incoming_webhooks::table.find(Sql(id))
    )
    .execute(c))?
    {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}
