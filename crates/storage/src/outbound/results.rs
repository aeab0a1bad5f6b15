//! Results of the worker's work, which are written in groups: events, deliveries and what the
//! attempts say about their feeds go into one transaction with a constant number of statements.
//! The statements themselves live with their nouns; here is their order.

use std::collections::HashSet;

use diesel::{SqliteConnection, result::Error as Diesel};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use domain::{
    Instant,
    id::{DeliveryId, EventId},
};

use super::{
    deliveries::{self, Delivery, DeliveryResult},
    events::{self, EventRow},
    feed_activity::{self, AttemptOutcome},
};
use crate::{
    Signal,
    database::{
        bulk::{add_new_pg, add_new_sqlite, blocking},
        conn::{Db, Link},
        error::{Error, Result},
        schema::revisions,
    },
};

/// Results that are written together, in one transaction.
#[derive(Debug, Default, Clone)]
pub struct ResultGroup {
    /// Events that are not in the table yet, in final form (they came over the bus).
    pub new_events: Vec<EventRow>,
    /// Events of our own that are routed now; they leave the outbox.
    pub routed_events: Vec<EventId>,
    /// First rows of deliveries.
    pub new_deliveries: Vec<Delivery>,
    /// Changes of deliveries that were claimed.
    pub results: Vec<DeliveryResult>,
    /// Events that follow from a delivery's result. They are added if that result counts.
    pub notices: Vec<(DeliveryId, EventRow)>,
    /// How attempts ended, in their order: what the feeds' statistics are made of.
    pub outcomes: Vec<AttemptOutcome>,
    /// Results of trials are among it: somebody waits for them.
    pub ends_trials: bool,
}

impl ResultGroup {
    /// Rows that the group writes.
    pub fn len(&self) -> usize {
        self.new_events.len()
            + self.routed_events.len()
            + self.new_deliveries.len()
            + self.results.len()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Deliveries of which nothing was written: their result came after the lease was lost, or
    /// their event is somebody else's.
    fn lost(&self, added: &[EventId], written: &[DeliveryId]) -> HashSet<DeliveryId> {
        let mut lost = HashSet::new();
        if written.len() < self.results.len() {
            let written: HashSet<_> = written.iter().collect();
            let late = self.results.iter().map(|result| result.id);
            lost.extend(late.filter(|id| !written.contains(id)));
        }
        if added.len() < self.new_events.len() {
            let ours: HashSet<_> = self.deliveries_of(added).map(|row| row.id).collect();
            let all = self.new_deliveries.iter().map(|row| row.id);
            lost.extend(all.filter(|id| !ours.contains(id)));
        }
        lost
    }

    fn outcomes_without(&self, lost: &HashSet<DeliveryId>) -> Vec<AttemptOutcome> {
        let counts = |outcome: &&AttemptOutcome| !lost.contains(&outcome.delivery);
        self.outcomes.iter().filter(counts).copied().collect()
    }

    fn notices_without(&self, lost: &HashSet<DeliveryId>) -> Vec<EventRow> {
        let counts = |(id, _): &&(DeliveryId, EventRow)| !lost.contains(id);
        let notices = self.notices.iter().filter(counts);
        notices.map(|(_, event)| event.clone()).collect()
    }

    /// The first rows of deliveries that go with events that are there: `added` are those of
    /// `new_events` that were not yet.
    fn deliveries_of<'a>(&'a self, added: &'a [EventId]) -> impl Iterator<Item = &'a Delivery> {
        let theirs =
            |id| self.new_events.iter().any(|event| event.id == id) && !added.contains(&id);
        let all_ours = added.len() == self.new_events.len();
        self.new_deliveries
            .iter()
            .filter(move |delivery| all_ours || !theirs(delivery.event_id))
    }
}

/// What became of a group that was written.
#[derive(Debug, Default)]
pub struct RecordedGroup {
    /// Deliveries of which nothing was written, because somebody else has them.
    pub lost: HashSet<DeliveryId>,
}

/// Writes a group, all or nothing. Rows that exist already (a repeat after a crash) and results of
/// a lost lease change nothing. When somebody else was faster with an event (the same source and
/// external id), its deliveries are his.
pub async fn record(db: &Db, group: &ResultGroup, now: Instant) -> Result<RecordedGroup> {
    let mut conn = db.write().await?;
    let lost = match &mut conn.link {
        Link::Pg(c) => record_pg(c, group, now).await?,
        Link::Sqlite(c) => {
            let group = group.clone();
            blocking(c, move |c| record_sqlite(c, &group, now)).await?
        }
    };
    if !group.notices.is_empty() {
        conn.note(Signal::Outbox);
    }
    if group.ends_trials {
        conn.note(Signal::TrialDone);
    }
    Ok(RecordedGroup { lost })
}

/// Whether anything can be written at all: what tells a row that cannot from a database that
/// cannot.
pub async fn probe(db: &Db) -> Result<()> {
    use diesel::{ExpressionMethods, QueryDsl};
    use diesel_async::RunQueryDsl;
    let mut conn = db.write().await?;
    on!(conn, |c| diesel::update(revisions::table.find("feeds"))
        .set(revisions::value.eq(revisions::value))
        .execute(c))
    .map(drop)
}

async fn record_pg(
    c: &mut AsyncPgConnection,
    group: &ResultGroup,
    now: Instant,
) -> Result<HashSet<DeliveryId>> {
    c.transaction::<_, Error, _>(async |c| {
        let mut added = Vec::new();
        if !group.new_events.is_empty() {
            added = events::add_pg(c, &group.new_events).await?;
        }
        let new: Vec<_> = group.deliveries_of(&added).collect();
        if !new.is_empty() {
            add_new_pg(c, new).await?;
        }
        let mut written = Vec::new();
        if !group.results.is_empty() {
            written = deliveries::write_results_pg(c, &group.results).await?;
        }
        let lost = group.lost(&added, &written);
        feed_activity::count_pg(c, &group.outcomes_without(&lost), now).await?;
        let notices = group.notices_without(&lost);
        if !notices.is_empty() {
            events::add_pg(c, &notices).await?;
        }
        if !group.routed_events.is_empty() {
            events::mark_routed_pg(c, group.routed_events.clone(), now).await?;
        }
        Ok(lost)
    })
    .await
}

fn record_sqlite(
    c: &mut SqliteConnection,
    group: &ResultGroup,
    now: Instant,
) -> std::result::Result<HashSet<DeliveryId>, Diesel> {
    c.immediate_transaction(|c| {
        let added = events::add_sqlite(c, &group.new_events)?;
        add_new_sqlite(c, group.deliveries_of(&added).cloned())?;
        let written = deliveries::write_results_sqlite(c, &group.results)?;
        let lost = group.lost(&added, &written);
        feed_activity::count_sqlite(c, &group.outcomes_without(&lost), now)?;
        events::add_sqlite(c, &group.notices_without(&lost))?;
        events::mark_routed_sqlite(c, &group.routed_events, now)?;
        Ok(lost)
    })
}
