//! An event on its way in, and what is owed to where it came from.

use domain::event::Event;
use tokio::sync::mpsc::UnboundedSender;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Everything about it is recorded: forget it.
    Ack,
    /// Nothing is recorded: hand it over again, now or to somebody else.
    Release,
}

/// Settles one event with its source. Dropping it releases the event, so that no path can lose one.
///
/// The source owns the receiving end. The number of receipts that are out is bounded by the source,
/// and so is the channel. On stop a source hands over nothing more, drops its own sender and goes
/// on obeying verdicts until the channel ends.
#[derive(Debug)]
pub(crate) struct Receipt {
    tag: u64,
    source: Option<UnboundedSender<(u64, Verdict)>>,
}

impl Receipt {
    /// A receipt that reports `(tag, verdict)`; if nobody listens any more, the verdict is void.
    pub(crate) fn new(tag: u64, source: UnboundedSender<(u64, Verdict)>) -> Self {
        Self {
            tag,
            source: Some(source),
        }
    }

    /// Everything is recorded.
    pub(crate) fn ack(mut self) {
        self.settle(Verdict::Ack);
    }

    fn settle(&mut self, verdict: Verdict) {
        if let Some(source) = self.source.take() {
            // The session that handed the event over may be gone; then its events come again by
            // themselves.
            let _ = source.send((self.tag, verdict));
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.settle(Verdict::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc::unbounded_channel;

    #[test]
    fn a_receipt_reports_once_and_a_dropped_one_releases() {
        let (source, mut verdicts) = unbounded_channel();
        Receipt::new(1, source.clone()).ack();
        drop(Receipt::new(2, source));
        let all: Vec<_> = std::iter::from_fn(|| verdicts.blocking_recv()).collect();
        assert_eq!(all, [(1, Verdict::Ack), (2, Verdict::Release)]);
    }
}
