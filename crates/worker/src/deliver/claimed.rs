//! Rows that were taken, as tasks: deliveries that are due, and tests of feeds.

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
    classify::judge,
    compiled_feed::CompiledFeed,
    send::unsent,
    task::{Before, DeliveryTask, Home, Outcome},
};

/// The task of a row that is ours until `until`, and why there is nothing to send, if there is
/// not.
pub(crate) fn task(
    taken: ClaimedDelivery,
    until: Instant,
    place: OwnedSemaphorePermit,
) -> (DeliveryTask, Option<AttemptError>) {
    let (event, mut row) = (taken.event.into_event(), taken.delivery);
    let (payload, error) = match payload(&mut row, &event) {
        Ok(payload) => (payload, None),
        Err(error) => {
            let nothing = Payload::stored(row.method, row.format, Arc::default());
            (
                nothing,
                Some(AttemptError {
                    code: error.code(),
                    message: error.to_string(),
                }),
            )
        }
    };
    let task = DeliveryTask {
        delivery: row.id,
        event: row.event_id,
        kind: row.event_type.into(),
        webhook_id: webhook_id(&event.identity(), row.feed_id.uuid().as_bytes()),
        payload,
        is_test: row.is_test,
        before: Before {
            attempts: row.attempt_count,
            json: row.attempts,
            last_response_status: row.last_response_status,
            last_error: row.last_error,
        },
        home: Home::Row {
            lease: row.lease,
            until,
            _place: place,
        },
    };
    (task, error)
}

/// What follows when there is nothing to send.
pub(crate) fn unrendered(
    plan: &CompiledFeed,
    task: &DeliveryTask,
    error: AttemptError,
    now: Instant,
) -> Outcome {
    let attempt = unsent(plan, task.payload.method(), task.number(), now, error);
    judge(plan, task, &attempt, None, now)
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
