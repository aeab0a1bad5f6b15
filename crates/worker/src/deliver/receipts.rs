//! The receipts of events under way: for each time that an event arrived, its source waits for one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::source::arrival::{Receipt, Refusal};

/// The receipts of one event, and what makes it the same as its repeats.
pub(crate) struct SourceReceipts {
    identity: Vec<u8>,
    /// `None` once they are acknowledged.
    receipts: Mutex<Option<Vec<Receipt>>>,
}

impl SourceReceipts {
    pub(crate) fn new(identity: Vec<u8>, receipts: Vec<Receipt>) -> Arc<Self> {
        Arc::new(Self {
            identity,
            receipts: Mutex::new(Some(receipts)),
        })
    }

    pub(crate) fn identity(&self) -> &[u8] {
        &self.identity
    }

    /// Adds a repeat's receipt, or gives it back when they are acknowledged already.
    fn add(&self, receipt: Receipt) -> Result<(), Receipt> {
        let mut receipts = self.receipts.lock().unwrap_or_else(PoisonError::into_inner);
        match receipts.as_mut() {
            Some(receipts) => {
                receipts.push(receipt);
                Ok(())
            }
            None => Err(receipt),
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

/// The events under way on this node, by identity: a repeat joins the first instead of being sent
/// again. Locked in this order: first the map, then the receipts of one event.
#[derive(Clone, Default)]
pub(crate) struct UnderWay(Arc<Mutex<HashMap<Vec<u8>, Arc<SourceReceipts>>>>);

impl UnderWay {
    /// Attaches a repeat; gives the receipt back when the event is not under way. (An event leaves
    /// the map before its receipts are taken, so one that is found takes another receipt.)
    pub(crate) fn join(&self, identity: &[u8], receipt: Receipt) -> Result<(), Receipt> {
        let events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match events.get(identity) {
            Some(first) => first.add(receipt),
            None => Err(receipt),
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
