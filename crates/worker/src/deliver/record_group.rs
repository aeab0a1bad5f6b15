//! Entries that are written together, and how they are parted again when the database refuses them.

use std::iter::Sum;

use crate::deliver::entry::RecordEntry;

/// Entries as one, for one transaction.
#[derive(Default)]
pub(crate) struct RecordGroup {
    pub(crate) all: RecordEntry,
    /// What each entry put into it, in their order.
    sizes: Vec<EntrySize>,
}

/// How much of each kind an entry has.
#[derive(Debug, Clone, Copy, Default)]
struct EntrySize {
    new_events: usize,
    routed_events: usize,
    new_deliveries: usize,
    results: usize,
    notices: usize,
    gone: usize,
    ended: usize,
    settles: usize,
    held: usize,
}

impl RecordGroup {
    /// Adds an entry.
    pub(crate) fn push(&mut self, mut entry: RecordEntry) {
        self.sizes.push(EntrySize::of(&entry));
        let (all, new) = (&mut self.all, &mut entry);
        all.group.new_events.append(&mut new.group.new_events);
        all.group.routed_events.append(&mut new.group.routed_events);
        all.group
            .new_deliveries
            .append(&mut new.group.new_deliveries);
        all.group.results.append(&mut new.group.results);
        all.group.notices.append(&mut new.group.notices);
        all.group.ends_trials |= new.group.ends_trials;
        all.gone.append(&mut new.gone);
        all.ended.append(&mut new.ended);
        all.settles.append(&mut new.settles);
        all.held.append(&mut new.held);
    }

    /// Two halves; a single entry comes back as it is.
    pub(crate) fn halves(mut self) -> Result<(Self, Self), Box<RecordEntry>> {
        if self.sizes.len() < 2 {
            return Err(Box::new(self.all));
        }
        let rest = self.sizes.split_off(self.sizes.len() / 2);
        let first = Self {
            all: take(&mut self.all, self.sizes.iter().copied().sum()),
            sizes: self.sizes,
        };
        Ok((
            first,
            Self {
                all: self.all,
                sizes: rest,
            },
        ))
    }
}

/// Takes the first of each kind.
fn take(all: &mut RecordEntry, size: EntrySize) -> RecordEntry {
    let mut first = RecordEntry::default();
    first.group.new_events = front(&mut all.group.new_events, size.new_events);
    first.group.routed_events = front(&mut all.group.routed_events, size.routed_events);
    first.group.new_deliveries = front(&mut all.group.new_deliveries, size.new_deliveries);
    first.group.results = front(&mut all.group.results, size.results);
    first.group.notices = front(&mut all.group.notices, size.notices);
    first.group.ends_trials = all.group.ends_trials;
    first.gone = front(&mut all.gone, size.gone);
    first.ended = front(&mut all.ended, size.ended);
    first.settles = front(&mut all.settles, size.settles);
    first.held = front(&mut all.held, size.held);
    first
}

fn front<T>(list: &mut Vec<T>, count: usize) -> Vec<T> {
    list.drain(..count.min(list.len())).collect()
}

impl EntrySize {
    fn of(entry: &RecordEntry) -> Self {
        Self {
            new_events: entry.group.new_events.len(),
            routed_events: entry.group.routed_events.len(),
            new_deliveries: entry.group.new_deliveries.len(),
            results: entry.group.results.len(),
            notices: entry.group.notices.len(),
            gone: entry.gone.len(),
            ended: entry.ended.len(),
            settles: entry.settles.len(),
            held: entry.held.len(),
        }
    }
}

impl Sum for EntrySize {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::default(), |a, b| Self {
            new_events: a.new_events + b.new_events,
            routed_events: a.routed_events + b.routed_events,
            new_deliveries: a.new_deliveries + b.new_deliveries,
            results: a.results + b.results,
            notices: a.notices + b.notices,
            gone: a.gone + b.gone,
            ended: a.ended + b.ended,
            settles: a.settles + b.settles,
            held: a.held + b.held,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::EventId;

    fn entry(ids: &[EventId]) -> RecordEntry {
        let mut entry = RecordEntry::default();
        entry.group.routed_events = ids.to_vec();
        entry
    }

    #[test]
    fn a_group_is_halved_between_its_entries_until_each_stands_alone() {
        let ids: Vec<_> = (0..7).map(|_| EventId::generate()).collect();
        let mut group = RecordGroup::default();
        for part in [&ids[..2], &ids[2..2], &ids[2..6], &ids[6..]] {
            group.push(entry(part));
        }
        let (mut parts, mut left) = (Vec::new(), vec![group]);
        while let Some(group) = left.pop() {
            match group.halves() {
                Ok((first, second)) => left.extend([second, first]),
                Err(alone) => parts.push(alone.group.routed_events),
            }
        }
        let expected = [&ids[..2], &ids[2..2], &ids[2..6], &ids[6..]];
        assert_eq!(parts, expected);
    }
}
