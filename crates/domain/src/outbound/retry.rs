//! What follows from an attempt: success, another try later, or failure for good.

mod after;
mod schedule;

pub use after::{MAX_RETRY_AFTER, retry_after};
pub use schedule::{DEFAULT_SCHEDULE, Schedule};

use crate::{Instant, words::words};

words! {
    /// Why an attempt has no answer.
    AttemptErrorCode {
        Dns = "dns", Connect = "connect", Tls = "tls", Timeout = "timeout", Reset = "reset", Protocol = "protocol",
        Blocked = "blocked", TooLarge = "too_large", Render = "render",
    }
}

words! {
    /// Why a delivery failed for good.
    FailureReason {
        Exhausted = "exhausted", ReceiverGone = "receiver_gone", ClientError = "client_error", Blocked = "blocked",
        TooLarge = "too_large", Render = "render",
    }
}

impl AttemptErrorCode {
    /// The reason when another try would end the same: where it may not go, or what cannot be made
    /// or sent.
    const fn permanent(self) -> Option<FailureReason> {
        match self {
            Self::Blocked => Some(FailureReason::Blocked),
            Self::TooLarge => Some(FailureReason::TooLarge),
            Self::Render => Some(FailureReason::Render),
            Self::Dns
            | Self::Connect
            | Self::Tls
            | Self::Timeout
            | Self::Reset
            | Self::Protocol => None,
        }
    }
}

impl FailureReason {
    /// Whether the feed is disabled with the delivery (410 Gone), with this reason as its
    /// `state_reason`.
    pub const fn disables_feed(self) -> bool {
        matches!(self, Self::ReceiverGone)
    }
}

/// What came back from one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptResult<'a> {
    /// An answer: its status and its `Retry-After` header.
    Answered {
        status: u16,
        retry_after: Option<&'a str>,
    },
    /// No answer.
    Failed(AttemptErrorCode),
}

/// What a feed says about retries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    pub schedule: Schedule,
    /// Whether 4xx other than 408, 410, 425 and 429 are tried again.
    pub retry_client_errors: bool,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            schedule: Schedule::default(),
            retry_client_errors: true,
        }
    }
}

/// The attempt that was just made.
#[derive(Debug, Clone, Copy)]
pub struct FinishedAttempt {
    /// Counts from 1.
    pub number: u32,
    /// When it ended.
    pub at: Instant,
    /// A random number, 0 ≤ x < 1, that spreads the next tries of many deliveries.
    pub random: f64,
}

/// What becomes of the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryDecision {
    Succeeded,
    /// Try again, not before `at`.
    Retry {
        at: Instant,
    },
    Failed {
        reason: FailureReason,
    },
}

/// The table of outcomes: 2xx succeeds; 410 and what cannot be sent fail for good; other 4xx fail
/// for good when the feed says so; everything else is tried again at the schedule's next time, or
/// later if `Retry-After` says so, until the schedule ends.
pub fn decide(
    result: AttemptResult<'_>,
    policy: &RetryPolicy,
    attempt: FinishedAttempt,
) -> RetryDecision {
    let failed = |reason| RetryDecision::Failed { reason };
    let asked = match result {
        AttemptResult::Answered {
            status: 200..=299, ..
        } => return RetryDecision::Succeeded,
        AttemptResult::Answered { status: 410, .. } => return failed(FailureReason::ReceiverGone),
        AttemptResult::Answered { status, .. }
            if is_client_error(status) && !policy.retry_client_errors =>
        {
            return failed(FailureReason::ClientError);
        }
        AttemptResult::Answered {
            retry_after: header,
            ..
        } => header.and_then(|header| retry_after(header, attempt.at)),
        AttemptResult::Failed(code) => match code.permanent() {
            Some(reason) => return failed(reason),
            None => None,
        },
    };
    match policy.schedule.next(attempt) {
        // A receiver may ask for more patience, never for less.
        Some(at) => RetryDecision::Retry {
            at: asked.map_or(at, |asked| at.max(asked)),
        },
        None => failed(FailureReason::Exhausted),
    }
}

/// Whether the request itself is to blame, so that it may be in vain to send it again. 408, 425 and
/// 429 speak of the moment, not of the request.
const fn is_client_error(status: u16) -> bool {
    matches!(status, 400..=499) && !matches!(status, 408 | 425 | 429)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, TimeDelta};

    const NOW: Instant = DateTime::from_timestamp(1_773_475_512, 0).unwrap();

    /// With a schedule of its own: the default one has its test beside it.
    fn policy() -> RetryPolicy {
        RetryPolicy {
            schedule: Schedule::new(vec![5, 300]),
            ..RetryPolicy::default()
        }
    }

    fn attempt(number: u32) -> FinishedAttempt {
        FinishedAttempt {
            number,
            at: NOW,
            random: 0.5,
        }
    }

    fn status(status: u16, retry_client_errors: bool) -> RetryDecision {
        let policy = RetryPolicy {
            retry_client_errors,
            ..policy()
        };
        decide(
            AttemptResult::Answered {
                status,
                retry_after: None,
            },
            &policy,
            attempt(1),
        )
    }

    #[test]
    fn every_status_has_its_row_in_the_table() {
        let later = RetryDecision::Retry {
            at: NOW + TimeDelta::seconds(5),
        };
        let failed = |reason| RetryDecision::Failed { reason };
        for code in 100..=999 {
            let (lenient, strict) = match code {
                200..=299 => (RetryDecision::Succeeded, RetryDecision::Succeeded),
                410 => (
                    failed(FailureReason::ReceiverGone),
                    failed(FailureReason::ReceiverGone),
                ),
                408 | 425 | 429 => (later, later),
                400..=499 => (later, failed(FailureReason::ClientError)),
                _ => (later, later),
            };
            assert_eq!(
                (status(code, true), status(code, false)),
                (lenient, strict),
                "{code}"
            );
        }
    }

    #[test]
    fn errors_of_the_network_are_tried_again_and_our_own_are_not() {
        for code in AttemptErrorCode::ALL {
            let decision = decide(AttemptResult::Failed(*code), &policy(), attempt(1));
            let expected = match code.as_str() {
                "blocked" | "too_large" | "render" => RetryDecision::Failed {
                    reason: code.as_str().parse().unwrap(),
                },
                _ => RetryDecision::Retry {
                    at: NOW + TimeDelta::seconds(5),
                },
            };
            assert_eq!(decision, expected, "{code}");
        }
    }

    #[test]
    fn after_the_last_try_it_is_exhausted() {
        let answer = AttemptResult::Answered {
            status: 500,
            retry_after: Some("60"),
        };
        let policy = policy();
        for number in 1..=2 {
            assert!(
                matches!(
                    decide(answer, &policy, attempt(number)),
                    RetryDecision::Retry { .. }
                ),
                "{number}"
            );
        }
        assert_eq!(
            decide(answer, &policy, attempt(3)),
            RetryDecision::Failed {
                reason: FailureReason::Exhausted
            }
        );
        let none = RetryPolicy {
            schedule: Schedule::new(Vec::new()),
            ..policy
        };
        assert_eq!(
            decide(answer, &none, attempt(1)),
            RetryDecision::Failed {
                reason: FailureReason::Exhausted
            }
        );
    }

    #[test]
    fn retry_after_only_moves_the_next_try_later() {
        let at = |number, header| {
            let answer = AttemptResult::Answered {
                status: 404,
                retry_after: Some(header),
            };
            match decide(answer, &policy(), attempt(number)) {
                RetryDecision::Retry { at } => (at - NOW).num_seconds(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(at(1, "120"), 120);
        assert_eq!(at(2, "120"), 300);
        assert_eq!(at(1, "nonsense"), 5);
        assert_eq!(at(1, "0"), 5);
        assert_eq!(at(1, "999999999999"), 86_400);
        assert_eq!(at(1, "Sat, 14 Mar 2026 08:06:12 GMT"), 60);
        assert_eq!(at(1, "Sat, 14 Mar 2020 08:06:12 GMT"), 5);
    }

    #[test]
    fn only_gone_disables_the_feed() {
        for reason in FailureReason::ALL {
            assert_eq!(reason.disables_feed(), reason.as_str() == "receiver_gone");
        }
    }
}
