//! The deliveries that this worker is at, with the ends of their leases: from the start of an attempt
//! until what came of it is written.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{Instant, id::DeliveryId};

/// What is being attempted or waits to be written. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held(Arc<Mutex<HashMap<DeliveryId, Instant>>>);

/// One delivery that is held; dropping it lets it go.
#[derive(Debug)]
pub(crate) struct HeldDelivery {
    id: DeliveryId,
    held: Held,
}

impl Held {
    /// Holds a delivery whose lease ends at `until`.
    pub(crate) fn hold(&self, id: DeliveryId, until: Instant) -> HeldDelivery {
        self.all().insert(id, until);
        HeldDelivery {
            id,
            held: self.clone(),
        }
    }

    /// Whether a lease has ended before its result could be written, as happens when the database
    /// is away for long: whoever claims now takes that delivery once more.
    pub(crate) fn is_overdue(&self, now: Instant) -> bool {
        self.all().values().any(|until| *until <= now)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<DeliveryId, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for HeldDelivery {
    fn drop(&mut self) {
        self.held.all().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_delivery_is_overdue_from_the_end_of_its_lease_until_it_is_let_go() {
        let (held, now) = (Held::default(), Instant::UNIX_EPOCH);
        let later = now + TimeDelta::seconds(1);
        let one = held.hold(DeliveryId::generate(), later);
        assert!(!held.is_overdue(now) && held.is_overdue(later));
        drop(one);
        assert!(!held.is_overdue(later));
    }
}
