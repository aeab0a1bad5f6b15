//! Signals: what one part of a process tells another after a commit. A signal that is not heard
//! costs time, never data: everybody who waits for one also looks by himself from time to time.
//!
//! Whoever writes what others wait for notes the signal on its connection (`Conn::note`), in the
//! storage function itself, so that no caller can forget it. Outside of a transaction it rings at
//! once; inside, with the commit, and never after a rollback.

use std::sync::{
    Arc,
    atomic::{AtomicU8, AtomicU64, Ordering},
};

use tokio::sync::{Notify, watch};

/// What others wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Events wait in the outbox.
    Outbox,
    /// Feeds were changed.
    Feeds,
    /// Mails wait to be sent.
    Mails,
    /// Trials of feeds wait for a worker.
    Trials,
    /// Trials of feeds have results.
    TrialDone,
}

impl Signal {
    pub(crate) const ALL: [Self; 5] = [
        Self::Outbox,
        Self::Feeds,
        Self::Mails,
        Self::Trials,
        Self::TrialDone,
    ];

    /// Its name on the way to other processes, also of other versions: it never changes.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Outbox => "outbox",
            Self::Feeds => "feeds",
            Self::Mails => "mails",
            Self::Trials => "tests",
            Self::TrialDone => "tested",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Some of the signals, each at most once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SignalSet(u8);

impl SignalSet {
    pub(crate) fn insert(&mut self, signal: Signal) {
        self.0 |= signal.bit();
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Signal> {
        Signal::ALL
            .into_iter()
            .filter(move |signal| self.0 & signal.bit() != 0)
    }
}

/// The bells of one process. With PostgreSQL, [`crate::doorbell`] carries them to other processes.
#[derive(Clone, Default)]
pub struct Signals(Arc<Bells>);

#[derive(Default)]
struct Bells {
    outbox: Bell,
    feeds: Bell,
    mails: Bell,
    trials: Bell,
    trial_done: Bell,
    /// What other processes have not been told yet: rings that come meanwhile are merged.
    untold: AtomicU8,
    outgoing: Notify,
}

#[derive(Default)]
struct Bell {
    /// For one who waits; keeps a ring that came before.
    heard: Notify,
    /// For any number who wait at the same time.
    watched: watch::Sender<()>,
    /// How often this process rang it.
    rings: AtomicU64,
}

impl Signals {
    /// Completes when the signal rang since the last call. One waiter for each signal.
    pub async fn heard(&self, signal: Signal) {
        self.bell(signal).heard.notified().await;
    }

    /// Changes with every ring from now on. Any number of waiters.
    pub fn watch(&self, signal: Signal) -> watch::Receiver<()> {
        self.bell(signal).watched.subscribe()
    }

    /// How often this process rang the signal, counted before whoever caused it is answered. Rings
    /// of other processes do not count.
    pub fn rings(&self, signal: Signal) -> u64 {
        self.bell(signal).rings.load(Ordering::Acquire)
    }

    pub(crate) fn ring(&self, signal: Signal) {
        self.bell(signal).rings.fetch_add(1, Ordering::Release);
        self.hear(signal);
        self.0.untold.fetch_or(signal.bit(), Ordering::Release);
        self.0.outgoing.notify_one();
    }

    /// Rings for this process only.
    pub(crate) fn hear(&self, signal: Signal) {
        let bell = self.bell(signal);
        bell.heard.notify_one();
        bell.watched.send_replace(());
    }

    /// What other processes are to be told.
    pub(crate) async fn outgoing(&self) -> SignalSet {
        self.0.outgoing.notified().await;
        SignalSet(self.0.untold.swap(0, Ordering::Acquire))
    }

    fn bell(&self, signal: Signal) -> &Bell {
        match signal {
            Signal::Outbox => &self.0.outbox,
            Signal::Feeds => &self.0.feeds,
            Signal::Mails => &self.0.mails,
            Signal::Trials => &self.0.trials,
            Signal::TrialDone => &self.0.trial_done,
        }
    }
}

/// When a connection rings what is noted on it.
pub(crate) struct Notes {
    signals: Signals,
    /// Set while a transaction is open: what its commit rings.
    with_commit: Option<SignalSet>,
}

impl Notes {
    pub(crate) fn new(signals: Signals) -> Self {
        Self {
            signals,
            with_commit: None,
        }
    }

    /// A transaction begins.
    pub(crate) fn hold(&mut self) {
        self.with_commit = Some(SignalSet::default());
    }

    /// The transaction was committed.
    pub(crate) fn ring(&mut self) {
        if let Some(noted) = self.with_commit.take() {
            noted.iter().for_each(|signal| self.signals.ring(signal));
        }
    }

    pub(crate) fn note(&mut self, signal: Signal) {
        match &mut self.with_commit {
            Some(noted) => noted.insert(signal),
            None => self.signals.ring(signal),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_note_rings_at_once_or_with_the_commit_and_then_once() {
        let signals = Signals::default();
        let mut notes = Notes::new(signals.clone());
        notes.note(Signal::Mails);
        assert_eq!(signals.rings(Signal::Mails), 1);
        notes.hold();
        notes.note(Signal::Mails);
        notes.note(Signal::Mails);
        assert_eq!(signals.rings(Signal::Mails), 1);
        notes.ring();
        assert_eq!(signals.rings(Signal::Mails), 2);
        assert_eq!(signals.rings(Signal::Outbox), 0);
    }

    #[test]
    fn a_ring_waits_for_one_who_comes_later_and_reaches_all_who_watch() {
        let signals = Signals::default();
        let watch = signals.watch(Signal::TrialDone);
        signals.ring(Signal::TrialDone);
        assert!(watch.has_changed().is_ok_and(|changed| changed));
        assert_eq!(signals.heard(Signal::TrialDone).now_or_never(), Some(()));
        assert_eq!(signals.heard(Signal::TrialDone).now_or_never(), None);
        assert_eq!(signals.heard(Signal::Outbox).now_or_never(), None);
    }

    #[test]
    fn rings_on_their_way_to_other_processes_are_merged() {
        let signals = Signals::default();
        for signal in [Signal::Feeds, Signal::Outbox, Signal::Feeds] {
            signals.ring(signal);
        }
        signals.hear(Signal::Mails);
        let told = signals
            .outgoing()
            .now_or_never()
            .map(|set| set.iter().collect::<Vec<_>>());
        assert_eq!(told, Some(vec![Signal::Outbox, Signal::Feeds]));
        assert_eq!(signals.outgoing().now_or_never(), None);
    }
}
