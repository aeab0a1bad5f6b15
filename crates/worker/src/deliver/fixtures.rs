//! What unit tests of the lane and the dispatcher begin with.

use std::{sync::Arc, time::Duration};

use domain::{
    Clock,
    event::Event,
    id::{DeliveryId, EventId, FeedId},
    outbound::{
        request::{Format, Method, Payload},
        retry::{RetryPolicy, Schedule},
    },
};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::deliver::{
    compiled_feed::CompiledFeed,
    entry::RecordEntry,
    receipts::SourceReceipts,
    task::{DeliveryTask, PriorAttempts, TaskHome},
    unsettled::UnsettledEvent,
};

/// A feed that cannot send: an attempt ends at once, without the network.
pub(crate) fn feed(max_in_flight: usize, rate_per_second: Option<u32>) -> Arc<CompiledFeed> {
    Arc::new(CompiledFeed {
        id: FeedId::generate(),
        title: "A feed".into(),
        version: 1,
        events: vec!["order.paid".into()],
        method: Method::Post,
        format: Format::Json,
        timeout: Duration::from_secs(1),
        max_in_flight,
        rate_per_second,
        policy: RetryPolicy {
            schedule: Schedule::default(),
            retry_client_errors: true,
        },
        sending: Err("it has no URL".into()),
    })
}

fn task(home: TaskHome) -> DeliveryTask {
    DeliveryTask {
        delivery: DeliveryId::generate(),
        event: EventId::generate(),
        kind: "order.paid".into(),
        webhook_id: "a".into(),
        payload: Payload::stored(Method::Post, Format::Json, Arc::default()),
        is_trial: false,
        before: PriorAttempts::default(),
        home,
    }
}

/// The task of an event that was just routed.
pub(crate) fn fresh() -> DeliveryTask {
    let event = Event::new("order.paid", "shop", &json!({}), Clock::system().now());
    let receipts = SourceReceipts::new(event.identity(), event.content(), Vec::new());
    task(TaskHome::Event {
        unsettled: UnsettledEvent::new(receipts, RecordEntry::default(), 1),
        slot: 0,
    })
}

/// The task of a row that is ours for an hour.
pub(crate) fn due() -> DeliveryTask {
    due_for(Duration::from_secs(3600))
}

pub(crate) fn due_for(lease: Duration) -> DeliveryTask {
    let places = Arc::new(Semaphore::new(1));
    task(TaskHome::Row {
        lease: 2,
        until: Clock::system().now() + lease,
        _place: places.try_acquire_owned().unwrap(),
    })
}
