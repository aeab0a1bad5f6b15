//! The enabled feeds at one moment, by what they listen to.

use std::{collections::HashMap, sync::Arc};

use domain::{feed::listens, id::FeedId};

use crate::deliver::{compiled_feed::CompiledFeed, lane::Lane};

/// An index of the lanes: by feed for rows that are due, by event type for routing.
#[derive(Default)]
pub(crate) struct FeedsSnapshot {
    lanes: HashMap<FeedId, Arc<Lane>>,
    by_kind: HashMap<String, Vec<Arc<Lane>>>,
    by_pattern: Vec<(String, Arc<Lane>)>,
}

impl FeedsSnapshot {
    /// The lanes of the feeds that listen to this event type, each once.
    pub(crate) fn listeners<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Arc<Lane>> {
        let exact = self.by_kind.get(kind).into_iter().flatten();
        let wide = self
            .by_pattern
            .iter()
            .filter(move |(pattern, _)| listens(pattern, kind))
            .map(|(_, lane)| lane);
        exact.chain(wide)
    }

    pub(crate) fn lane(&self, feed: FeedId) -> Option<&Arc<Lane>> {
        self.lanes.get(&feed)
    }

    pub(super) fn add(&mut self, feed: &CompiledFeed, lane: &Arc<Lane>) {
        self.lanes.insert(feed.id, lane.clone());
        for event in needed(&feed.events) {
            if event.ends_with('*') {
                self.by_pattern.push((event.clone(), lane.clone()));
            } else {
                self.by_kind
                    .entry(event.clone())
                    .or_default()
                    .push(lane.clone());
            }
        }
    }

    /// The lanes of feeds that `newer` does not have.
    pub(super) fn gone_from<'a>(&'a self, newer: &'a Self) -> impl Iterator<Item = &'a Arc<Lane>> {
        self.lanes
            .iter()
            .filter(|(id, _)| !newer.lanes.contains_key(id))
            .map(|(_, lane)| lane)
    }
}

/// A feed's events without those that another of them covers, so that no event matches twice.
fn needed(events: &[String]) -> impl Iterator<Item = &String> {
    let covered = |i: usize, event: &String| {
        events
            .iter()
            .enumerate()
            .any(|(j, other)| i != j && listens(other, event) && (other != event || j < i))
    };
    events
        .iter()
        .enumerate()
        .filter(move |(i, event)| !covered(*i, event))
        .map(|(_, event)| event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_matches_a_feed_once() {
        for (events, kept) in [
            (vec!["order.paid", "order.*"], vec!["order.*"]),
            (vec!["*", "order.*", "user.created"], vec!["*"]),
            (vec!["order.paid", "order.paid"], vec!["order.paid"]),
            (vec!["a.*", "a.b.*", "c"], vec!["a.*", "c"]),
        ] {
            let events: Vec<_> = events.into_iter().map(str::to_owned).collect();
            assert_eq!(needed(&events).collect::<Vec<_>>(), kept);
        }
    }
}
