//! What follows from an attempt, as rows.

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
    compiled_feed::CompiledFeed,
    task::{DeliveryTask, Ended, Outcome},
};

/// The outcome of a task's attempt that ended at `ended`.
pub(crate) fn judge(
    plan: &CompiledFeed,
    task: &DeliveryTask,
    attempt: &Attempt,
    retry_after: Option<&str>,
    ended: Instant,
) -> Outcome {
    let ended = to_micros(ended);
    let result = match (&attempt.response, &attempt.error) {
        (Some(response), _) => AttemptResult::Answered {
            status: response.status,
            retry_after,
        },
        (None, Some(error)) => AttemptResult::Failed(error.code),
        (None, None) => AttemptResult::Failed(AttemptErrorCode::Protocol),
    };
    let tried = FinishedAttempt {
        number: u32::try_from(attempt.number).unwrap_or(u32::MAX),
        at: ended,
        random: rand::random(),
    };
    let decision = decide(result, &plan.policy, tried);
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
    if task.is_test {
        // Nobody but who asked is concerned.
        return Outcome::only(result);
    }
    let counts = Ended {
        feed: plan.id,
        at: ended,
        succeeded: state == DeliveryState::Succeeded,
        is_last: due_at.is_none(),
    };
    let is_exhausted = reason == Some(FailureReason::Exhausted) && !is_notice(&task.kind);
    Outcome {
        notice: is_exhausted.then(|| exhausted(plan, task, &result, ended)),
        gone: reason
            .is_some_and(FailureReason::disables_feed)
            .then_some(plan.id),
        counts: Some(counts),
        result,
    }
}

/// No notice about a notice: two feeds that are gone would keep each other busy for ever.
fn is_notice(kind: &str) -> bool {
    kind == EXHAUSTED || kind.starts_with("feed.")
}

const EXHAUSTED: &str = "delivery.exhausted";

fn exhausted(
    plan: &CompiledFeed,
    task: &DeliveryTask,
    result: &DeliveryResult,
    now: Instant,
) -> EventRow {
    let data = json!({
        "feed": {"id": plan.id, "title": plan.title, "state": "enabled", "state_reason": null},
        "delivery": {
            "id": task.delivery, "event_id": task.event, "event_type": &*task.kind, "attempt_count": result.attempt_count,
            "last_response_status": result.last_response_status, "last_error": result.last_error,
        },
    });
    // Once for each delivery, whoever finds out.
    let external_id = Some(format!("{EXHAUSTED} {}", task.delivery));
    EventRow::waiting(Event {
        external_id,
        ..Event::new(EXHAUSTED, SYSTEM, &data, now)
    })
}

/// A JSON array with one more entry. Those before it stay as they are written.
pub(crate) fn append(attempts: &[u8], attempt: &Attempt) -> Vec<u8> {
    let before = attempts.strip_suffix(b"]").unwrap_or(b"[");
    let mut all = Vec::with_capacity(before.len() + 1024);
    all.extend_from_slice(before);
    if before.len() > 1 {
        all.push(b',');
    }
    match serde_json::to_writer(&mut all, attempt) {
        Ok(()) => all.push(b']'),
        // Nothing in an attempt can fail to be written; what is there already stays whole in any
        // case.
        Err(_) => return attempts.to_vec(),
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::AttemptId;

    fn attempt(number: i32) -> Attempt {
        Attempt {
            id: AttemptId::generate(),
            number,
            started_at: Instant::UNIX_EPOCH,
            duration_us: 1,
            remote_address: None,
            method: "POST".into(),
            url: "https://a.example/".into(),
            headers: Vec::new(),
            response: None,
            error: None,
        }
    }

    #[test]
    fn attempts_are_added_at_the_end() {
        let mut all = b"[]".to_vec();
        for number in 1..=3 {
            all = append(&all, &attempt(number));
        }
        let read: Vec<Attempt> = serde_json::from_slice(&all).unwrap();
        assert_eq!(read.iter().map(|a| a.number).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(
            serde_json::from_slice::<Vec<Attempt>>(&append(b"", &attempt(1)))
                .unwrap()
                .len(),
            1
        );
    }

    #[test]
    fn notices_about_notices_are_not_made() {
        assert!(is_notice("delivery.exhausted") && is_notice("feed.disabled"));
        assert!(!is_notice("order.paid") && !is_notice("feeds"));
    }
}
