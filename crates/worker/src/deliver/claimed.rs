//! Rows that were claimed, as delivery tasks: deliveries that are due, and trials of feeds.

use std::sync::Arc;

use domain::{
    Instant,
    delivery::AttemptError,
    event::Event,
    outbound::request::{BodyMode, Envelope, Payload, RequestError, render_payload, webhook_id},
};
use storage::deliveries::{ClaimedDelivery, Delivery};
use tokio::sync::OwnedSemaphorePermit;

use crate::deliver::{
    attempt::unsent,
    classify::classify,
    compiled_feed::CompiledFeed,
    outcome::DeliveryOutcome,
    task::{DeliveryTask, PriorAttempts, TaskHome},
};

/// A row that was claimed.
pub(crate) struct ClaimedTask {
    pub(crate) task: DeliveryTask,
    /// Why there is nothing to send, if there is not.
    pub(crate) problem: Option<AttemptError>,
}

impl ClaimedTask {
    /// The task of a row that is ours until `until`.
    pub(crate) fn of(
        claimed: ClaimedDelivery,
        until: Instant,
        place: OwnedSemaphorePermit,
    ) -> Self {
        let (event, mut row) = (claimed.event.into_event(), claimed.delivery);
        let (payload, problem) = match payload(&mut row, &event) {
            Ok(payload) => (payload, None),
            Err(error) => {
                let nothing = Payload::stored(row.method, row.format, Arc::default());
                let problem = AttemptError {
                    code: error.code(),
                    message: error.to_string(),
                };
                (nothing, Some(problem))
            }
        };
        let task = DeliveryTask {
            delivery: row.id,
            event: row.event_id,
            kind: row.event_type.into(),
            webhook_id: webhook_id(&event.identity(), row.feed_id.uuid().as_bytes()),
            payload,
            is_trial: row.is_test,
            before: PriorAttempts {
                count: row.attempt_count,
                json: row.attempts,
                last_response_status: row.last_response_status,
                last_error: row.last_error,
            },
            home: TaskHome::Row {
                lease: row.lease,
                until,
                _place: place,
            },
        };
        Self { task, problem }
    }
}

/// What follows when there is nothing to send.
pub(crate) fn unrendered(
    feed: &CompiledFeed,
    task: &DeliveryTask,
    error: AttemptError,
    now: Instant,
) -> DeliveryOutcome {
    let attempt = unsent(feed, task.payload.method(), task.number(), now, error);
    classify(feed, task, &attempt, None, now)
}

/// What a delivery carries: the bytes that were kept, or else all data of its event.
fn payload(row: &mut Delivery, event: &Event) -> Result<Payload, RequestError> {
    if let Some(body) = row.body.take() {
        return Ok(Payload::stored(row.method, row.format, body.into()));
    }
    let envelope = Envelope::new(
        &event.id.to_string(),
        &event.kind,
        event.occurred_at,
        &event.data,
    );
    render_payload(row.method, row.format, &BodyMode::All, &envelope)
}
