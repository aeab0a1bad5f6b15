//! An event on its way in, and what is owed to where it came from.

use domain::event::Event;
use tokio::sync::mpsc::{Sender, error::TrySendError};

/// One event as a source hands it over.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// Complete: with the `external_id` that its row has, if it has a row, because that is its
    /// identity.
    pub(crate) event: Event,
    pub(crate) origin: Origin,
    /// The source may have handed it over before.
    pub(crate) redelivered: bool,
    pub(crate) receipt: Receipt,
}

/// Whether the event has a row already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A row of `events` (it is, or was, in the outbox).
    Own,
    /// A message of somebody else, without a row.
    Bus,
}

/// What a source shall do with an event that it handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Settlement {
    /// Everything about it is recorded: forget it.
    Ack,
    /// Nothing is recorded: hand it over again, now or to somebody else.
    Release,
    /// It can never be recorded: lay it aside, so that it does not come again.
    Refuse(Box<Refusal>),
}

/// Why an event can never be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: String,
    /// The event, if it has no row.
    pub(crate) event: Option<Event>,
}

/// A settlement, and the number under which the source handed the event over.
pub(crate) type TaggedSettlement = (u64, Settlement);

/// Settles one event with its source. Dropping it releases the event, so that no path can lose one.
///
/// The source owns the receiving end. It bounds how many receipts are out, and its channel holds as
/// many settlements, so there is always room for one: a receipt can be dropped anywhere and waits
/// for nothing. On stop a source hands over nothing more, drops its own sender and goes on settling
/// until the channel ends.
#[derive(Debug)]
pub(crate) struct Receipt {
    tag: u64,
    source: Option<Sender<TaggedSettlement>>,
}

impl Receipt {
    /// A receipt that reports `(tag, settlement)`.
    pub(crate) fn new(tag: u64, source: Sender<TaggedSettlement>) -> Self {
        Self {
            tag,
            source: Some(source),
        }
    }

    /// Everything is recorded.
    pub(crate) fn ack(mut self) {
        self.settle(Settlement::Ack);
    }

    /// It can never be recorded.
    pub(crate) fn refuse(mut self, refusal: Refusal) {
        self.settle(Settlement::Refuse(Box::new(refusal)));
    }

    fn settle(&mut self, settlement: Settlement) {
        let Some(source) = self.source.take() else {
            return;
        };
        match source.try_send((self.tag, settlement)) {
            Ok(()) => {}
            // The session that handed the event over is gone; its events come again by themselves.
            Err(TrySendError::Closed(_)) => {}
            // A broker that hands over more than was asked for. The event is settled when the
            // session ends: then it comes again, and is known.
            Err(TrySendError::Full(_)) => {
                tracing::error!(
                    tag = self.tag,
                    "more receipts are out than the source allows"
                );
            }
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.settle(Settlement::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc::channel;

    #[test]
    fn a_receipt_reports_once_and_a_dropped_one_releases() {
        let (source, mut settlements) = channel(2);
        Receipt::new(1, source.clone()).ack();
        drop(Receipt::new(2, source));
        let all: Vec<_> = std::iter::from_fn(|| settlements.blocking_recv()).collect();
        assert_eq!(all, [(1, Settlement::Ack), (2, Settlement::Release)]);
    }
}
