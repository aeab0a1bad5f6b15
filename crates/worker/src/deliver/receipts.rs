//! The receipts of events under way: for each time that an event arrived, its source waits for one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::event::EventContent;

use crate::source::arrival::{Receipt, Refusal};

/// The receipts of one event, and what makes it the same as its repeats.
pub(crate) struct SourceReceipts {
    identity: Vec<u8>,
    content: EventContent,
    /// `None` once they are acknowledged.
    receipts: Mutex<Option<Vec<Receipt>>>,
}

impl SourceReceipts {
    pub(crate) fn new(
        identity: Vec<u8>,
        content: EventContent,
        receipts: Vec<Receipt>,
    ) -> Arc<Self> {
        Arc::new(Self {
            identity,
            content,
            receipts: Mutex::new(Some(receipts)),
        })
    }

    pub(crate) fn identity(&self) -> &[u8] {
        &self.identity
    }

    /// Adds a repeat's receipt, or gives it back when they are acknowledged already.
    fn add(&self, content: EventContent, receipt: Receipt) -> Joined {
        if content != self.content {
            return Joined::IsAnother(receipt);
        }
        let mut receipts = self.receipts.lock().unwrap_or_else(PoisonError::into_inner);
        match receipts.as_mut() {
            Some(receipts) => {
                receipts.push(receipt);
                Joined::Repeat
            }
            None => Joined::NotHere(receipt),
        }
    }

    fn acknowledge(&self) {
        self.take().for_each(Receipt::ack);
    }

    fn take(&self) -> impl Iterator<Item = Receipt> {
        let mut receipts = self.receipts.lock().unwrap_or_else(PoisonError::into_inner);
        receipts.take().into_iter().flatten()
    }
}

/// What an arrival is to the events under way.
pub(crate) enum Joined {
    /// One of them again; its receipt is kept with the others.
    Repeat,
    /// None of them.
    NotHere(Receipt),
    /// It calls itself one of them, and says something else.
    IsAnother(Receipt),
}

/// The events under way on this node, by identity: a repeat joins the first instead of being sent
/// again. Locked in this order: first the map, then the receipts of one event.
#[derive(Clone, Default)]
pub(crate) struct UnderWay(Arc<Mutex<HashMap<Vec<u8>, Arc<SourceReceipts>>>>);

impl UnderWay {
    /// Attaches a repeat, if the event is under way. (An event leaves
    /// the map before its receipts are taken, so one that is found takes another receipt.)
    pub(crate) fn join(&self, identity: &[u8], content: EventContent, receipt: Receipt) -> Joined {
        let events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match events.get(identity) {
            Some(first) => first.add(content, receipt),
            None => Joined::NotHere(receipt),
        }
    }

    pub(crate) fn insert(&self, event: &Arc<SourceReceipts>) {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.insert(event.identity.clone(), event.clone());
    }

    /// Acknowledges events that are recorded now.
    pub(crate) fn acknowledge(&self, recorded: &[Arc<SourceReceipts>]) {
        self.forget(recorded);
        recorded.iter().for_each(|event| event.acknowledge());
    }

    /// Sends events back that can never be recorded. The first receipt of each carries what is to
    /// be laid aside; its repeats need no second copy.
    pub(crate) fn refuse(&self, events: &[Arc<SourceReceipts>], refusal: Refusal) {
        self.forget(events);
        let receipts = events.iter().flat_map(|event| event.take());
        let mut refusal = Some(refusal);
        for receipt in receipts {
            match refusal.take() {
                Some(refusal) => receipt.refuse(refusal),
                None => receipt.ack(),
            }
        }
    }

    /// Unlocks before receipts are returned: that needs no map, and the router waits for it.
    fn forget(&self, done: &[Arc<SourceReceipts>]) {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for event in done {
            events.remove(&event.identity);
        }
    }
}
