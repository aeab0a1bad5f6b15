//! Feeds.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    Instant,
    feed::{FeedSettings, FeedSpec, FeedState, PreviousSecret, SealedKeys},
    id::FeedId,
    text,
};

use crate::{
    Signal,
    database::{
        conn::Conn,
        document::Document,
        error::{Error, Result},
        page::{Page, Window, contains},
        revisions::{self, Revision},
        schema::{feed_failures, feeds},
        sql_types::{JsonText, Sql},
    },
};

record! {
    /// A row of `feeds`.
    feeds: Feed {
        id: FeedId,
        state: FeedState,
        state_reason: Option<String>,
        state_changed_at: Instant,
        /// What its owner said. Values of secret headers are sealed under `feed header {id}`, in
        /// base64.
        spec: Document<FeedSpec>,
        /// The spec's, to look feeds up by them; see [`Feed::set_spec`].
        events: JsonText<Vec<String>>,
        /// Title and URL, to look feeds up by parts of them; see [`Feed::set_spec`].
        search: String,
        /// The signing secret, sealed under `feed secret {id}`.
        secret_sealed: Vec<u8>,
        previous_secrets: JsonText<Vec<PreviousSecret>>,
        /// The private key of `v1a`, sealed under `feed key {id}`; made when the feed first asks
        /// for it.
        key_sealed: Option<Vec<u8>>,
        public_key: Option<String>,
        version: i64,
        created_at: Instant,
        updated_at: Instant,
    }
}

impl Feed {
    /// Takes what the owner says, and derives from it what feeds are looked up by.
    pub fn set_spec(&mut self, spec: FeedSpec) {
        let FeedSettings {
            title, url, events, ..
        } = &spec.settings;
        self.search = text::searchable([title.as_str(), url.as_deref().unwrap_or_default()]);
        self.events = JsonText(events.clone());
        self.spec = Document::Known(spec);
    }

    /// What its requests are signed with.
    pub fn keys(&self) -> SealedKeys {
        let (secret, key) = (self.secret_sealed.clone(), self.key_sealed.clone());
        SealedKeys {
            secret,
            key,
            previous: self.previous_secrets.0.clone(),
        }
    }
}

/// Narrows a list of feeds.
#[derive(Debug, Default)]
pub struct FeedFilter {
    /// Part of title or URL.
    pub search: Option<String>,
    pub enabled: Option<bool>,
    /// Feeds that name this event type, or pattern, among their events.
    pub event: Option<String>,
}

/// The feed with this id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(conn: &mut Conn, id: FeedId) -> Result<Feed> {
    on!(conn, |c| feeds::table
        .find(Sql(id))
        .select(Feed::as_select())
        .first(c))
}

/// A page of feeds, newest first.
pub async fn list(conn: &mut Conn, filter: &FeedFilter, window: &Window) -> Result<Page<Feed>> {
    let rows = on!(conn, |c| {
        let mut query = feeds::table.select(Feed::as_select()).into_boxed();
        match filter.enabled {
            Some(true) => query = query.filter(feeds::state.eq(Sql(FeedState::Enabled))),
            Some(false) => query = query.filter(feeds::state.ne(Sql(FeedState::Enabled))),
            None => {}
        }
        if let Some(event) = &filter.event {
            query = query.filter(
                feeds::events
                    .like(contains(&format!("\"{event}\"")))
                    .escape('\\'),
            );
        }
        if let Some(search) = &filter.search {
            query = query.filter(feeds::search.like(contains(search)).escape('\\'));
        }
        window!(query, feeds::id, window).load(c)
    })?;
    Ok(window.page(rows))
}

/// Every enabled feed, for the routing snapshot.
pub async fn enabled(conn: &mut Conn) -> Result<Vec<Feed>> {
    on!(conn, |c| feeds::table
        .filter(feeds::state.eq(Sql(FeedState::Enabled)))
        .select(Feed::as_select())
        .load(c))
}

/// Adds a feed.
pub async fn insert(conn: &mut Conn, feed: &Feed) -> Result<()> {
    on!(conn, |c| diesel::insert_into(feeds::table)
        .values(feed.clone())
        .execute(c))?;
    bump(conn).await
}

/// Writes a changed feed; `feed.version` is the version that was read, and is counted up.
///
/// # Errors
/// [`Error::Stale`] when somebody else was faster.
pub async fn update(conn: &mut Conn, feed: &mut Feed) -> Result<()> {
    let read = feed.version;
    feed.version += 1;
    let rows = on!(conn, |c| diesel::update(
        feeds::table
            .find(Sql(feed.id))
            .filter(feeds::version.eq(read))
    )
    .set(feed.clone())
    .execute(c))?;
    if rows != 1 {
        return Err(Error::Stale);
    }
    bump(conn).await
}

/// Disables a feed by itself, if it is enabled and still in this version; says whether it was.
pub async fn auto_disable(
    conn: &mut Conn,
    id: FeedId,
    version: i64,
    reason: &str,
    now: Instant,
) -> Result<bool> {
    let row = feeds::table
        .find(Sql(id))
        .filter(feeds::version.eq(version))
        .filter(feeds::state.eq(Sql(FeedState::Enabled)));
    let rows = on!(conn, |c| diesel::update(row)
        .set((
            feeds::state.eq(Sql(FeedState::AutoDisabled)),
            feeds::state_reason.eq(reason),
            feeds::state_changed_at.eq(Sql(now)),
            feeds::updated_at.eq(Sql(now)),
            feeds::version.eq(feeds::version + 1),
        ))
        .execute(c))?;
    if rows == 0 {
        return Ok(false);
    }
    bump(conn).await?;
    Ok(true)
}

/// Removes a feed; its deliveries stay readable.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(conn: &mut Conn, id: FeedId) -> Result<()> {
    match on!(conn, |c| diesel::delete(feeds::table.find(Sql(id)))
        .execute(c))?
    {
        0 => Err(Error::NotFound),
        _ => {
            on!(conn, |c| diesel::delete(feed_failures::table.find(Sql(id)))
                .execute(c))?;
            bump(conn).await
        }
    }
}

async fn bump(conn: &mut Conn) -> Result<()> {
    revisions::bump(conn, Revision::Feeds).await?;
    conn.note(Signal::Feeds);
    Ok(())
}
