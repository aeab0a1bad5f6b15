//! What follows from an attempt: for the delivery, for its feed, and for those who hear of it.

use domain::{
    Instant,
    clock::to_micros,
    delivery::{Attempt, DeliveryState},
    event::{Event, SYSTEM},
    outbound::retry::{
        AttemptErrorCode, AttemptResult, FailureReason, FinishedAttempt, RetryDecision, decide,
    },
};
use serde_json::json;
use storage::{deliveries::DeliveryResult, events::EventRow};

use crate::deliver::{
    attempt::append,
    compiled_feed::CompiledFeed,
    outcome::{DeliveryOutcome, EndedAttempt, GoneFeed},
    task::DeliveryTask,
};

/// The outcome of a task whose attempt ended at `ended`.
pub(crate) fn classify(
    feed: &CompiledFeed,
    task: &DeliveryTask,
    attempt: &Attempt,
    retry_after: Option<&str>,
    ended: Instant,
) -> DeliveryOutcome {
    let ended = to_micros(ended);
    let decision = decision(feed, attempt, retry_after, ended);
    let (state, reason, due_at) = match decision {
        RetryDecision::Succeeded => (DeliveryState::Succeeded, None, None),
        RetryDecision::Retry { at } => (DeliveryState::Pending, None, Some(at)),
        RetryDecision::Failed { reason } => (DeliveryState::Failed, Some(reason), None),
    };
    let result = DeliveryResult {
        state_reason: reason.map(|reason| reason.to_string()),
        due_at,
        attempt_count: attempt.number,
        last_response_status: attempt
            .response
            .as_ref()
            .map(|response| response.status.into()),
        last_error: attempt.error.as_ref().map(|error| error.code.to_string()),
        attempts: append(&task.before.json, attempt),
        finished_at: due_at.is_none().then_some(ended),
        ..task.result(state)
    };
    if task.is_trial {
        // It concerns nobody but whoever asked for it.
        return DeliveryOutcome::only(result);
    }
    let counted = EndedAttempt {
        delivery: task.delivery,
        feed: feed.id,
        at: ended,
        succeeded: state == DeliveryState::Succeeded,
        is_last: due_at.is_none(),
    };
    let is_exhausted = reason == Some(FailureReason::Exhausted) && !is_notice(&task.kind);
    DeliveryOutcome {
        notice: is_exhausted.then(|| exhausted(feed, task, &result, ended)),
        gone: reason
            .is_some_and(FailureReason::disables_feed)
            .then_some(GoneFeed {
                id: feed.id,
                version: feed.version,
            }),
        ended: Some(counted),
        held: None,
        result,
    }
}

fn decision(
    feed: &CompiledFeed,
    attempt: &Attempt,
    retry_after: Option<&str>,
    ended: Instant,
) -> RetryDecision {
    let result = match (&attempt.response, &attempt.error) {
        (Some(response), _) => AttemptResult::Answered {
            status: response.status,
            retry_after,
        },
        (None, Some(error)) => AttemptResult::Failed(error.code),
        // The sender makes no such attempt; without an answer it is a failure in any case.
        (None, None) => AttemptResult::Failed(AttemptErrorCode::Protocol),
    };
    let tried = FinishedAttempt {
        number: u32::try_from(attempt.number).unwrap_or(u32::MAX),
        at: ended,
        random: rand::random(),
    };
    decide(result, &feed.policy, tried)
}

/// There is no notice about a notice: two feeds whose receivers are gone would keep each other busy
/// for ever.
fn is_notice(kind: &str) -> bool {
    kind == EXHAUSTED || kind.starts_with("feed.")
}

const EXHAUSTED: &str = "delivery.exhausted";

fn exhausted(
    feed: &CompiledFeed,
    task: &DeliveryTask,
    result: &DeliveryResult,
    now: Instant,
) -> EventRow {
    let data = json!({
        "feed": {"id": feed.id, "title": feed.title, "state": "enabled", "state_reason": null},
        "delivery": {
            "id": task.delivery, "event_id": task.event, "event_type": &*task.kind, "attempt_count": result.attempt_count,
            "last_response_status": result.last_response_status, "last_error": result.last_error,
        },
    });
    // One for each delivery, however many workers find out.
    let external_id = Some(format!("{EXHAUSTED} {}", task.delivery));
    EventRow::waiting(Event {
        external_id,
        ..Event::new(EXHAUSTED, SYSTEM, &data, now)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_about_notices_are_not_made() {
        assert!(is_notice("delivery.exhausted") && is_notice("feed.disabled"));
        assert!(!is_notice("order.paid") && !is_notice("feeds"));
    }

    #[test]
    fn the_notice_is_in_the_catalogue() {
        assert!(domain::event_type::builtin(EXHAUSTED).is_some());
    }
}
