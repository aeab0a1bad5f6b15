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
pub struct Tried {
    /// Counts from 1.
    pub number: u32,
    /// When it ended.
    pub at: Instant,
    /// A random number, 0 ≤ x < 1, that spreads the next tries of many deliveries.
    pub random: f64,
}

/// What becomes of the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Succeeded,
    /// Try again, not before `at`. `slow_down`: the receiver asked for less (429, 503), so its lane
    /// sends less.
    Retry {
        at: Instant,
        slow_down: bool,
    },
    Failed {
        reason: FailureReason,
    },
}

/// The table of outcomes: 2xx succeeds; 410 and what cannot be sent fail for good; other 4xx fail
/// for good when the feed says so; everything else is tried again at the schedule's next time, or
/// later if `Retry-After` says so, until the schedule ends.
pub fn outcome(result: AttemptResult<'_>, policy: &RetryPolicy, tried: Tried) -> Verdict {
    let (asked, slow_down) = match result {
        AttemptResult::Answered {
            status: 200..=299, ..
        } => return Verdict::Succeeded,
        AttemptResult::Answered { status: 410, .. } => {
            return Verdict::Failed {
                reason: FailureReason::ReceiverGone,
            };
        }
        AttemptResult::Answered {
            status: 400..=499, ..
        } if is_final_client_error(result, policy) => {
            return Verdict::Failed {
                reason: FailureReason::ClientError,
            };
        }
        AttemptResult::Answered {
            status,
            retry_after: header,
        } => (
            header.and_then(|header| retry_after(header, tried.at)),
            matches!(status, 429 | 503),
        ),
        AttemptResult::Failed(code) => match code.permanent() {
            Some(reason) => return Verdict::Failed { reason },
            None => (None, false),
        },
    };
    match policy.schedule.next(tried) {
        Some(at) => Verdict::Retry {
            at: asked.map_or(at, |asked| at.max(asked)),
            slow_down,
        },
        None => Verdict::Failed {
            reason: FailureReason::Exhausted,
        },
    }
}

fn is_final_client_error(result: AttemptResult<'_>, policy: &RetryPolicy) -> bool {
    let AttemptResult::Answered { status, .. } = result else {
        return false;
    };
    !policy.retry_client_errors && !matches!(status, 408 | 425 | 429)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, TimeDelta};

    const NOW: Instant = DateTime::from_timestamp(1_773_475_512, 0).unwrap();

    fn tried(number: u32) -> Tried {
        Tried {
            number,
            at: NOW,
            random: 0.5,
        }
    }

    fn status(status: u16, retry_client_errors: bool) -> Verdict {
        let policy = RetryPolicy {
            retry_client_errors,
            ..RetryPolicy::default()
        };
        outcome(
            AttemptResult::Answered {
                status,
                retry_after: None,
            },
            &policy,
            tried(1),
        )
    }

    #[test]
    fn every_status_has_its_row_in_the_table() {
        let later = |slow_down| Verdict::Retry {
            at: NOW + TimeDelta::seconds(5),
            slow_down,
        };
        let failed = |reason| Verdict::Failed { reason };
        for code in 100..=999 {
            let (lenient, strict) = match code {
                200..=299 => (Verdict::Succeeded, Verdict::Succeeded),
                410 => (
                    failed(FailureReason::ReceiverGone),
                    failed(FailureReason::ReceiverGone),
                ),
                429 | 503 => (later(true), later(true)),
                408 | 425 => (later(false), later(false)),
                400..=499 => (later(false), failed(FailureReason::ClientError)),
                _ => (later(false), later(false)),
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
            let verdict = outcome(
                AttemptResult::Failed(*code),
                &RetryPolicy::default(),
                tried(1),
            );
            let expected = match code.as_str() {
                "blocked" | "too_large" | "render" => Verdict::Failed {
                    reason: code.as_str().parse().unwrap(),
                },
                _ => Verdict::Retry {
                    at: NOW + TimeDelta::seconds(5),
                    slow_down: false,
                },
            };
            assert_eq!(verdict, expected, "{code}");
        }
    }

    #[test]
    fn after_the_last_try_it_is_exhausted() {
        let answer = AttemptResult::Answered {
            status: 500,
            retry_after: Some("60"),
        };
        let policy = RetryPolicy::default();
        for number in 1..=9 {
            assert!(
                matches!(
                    outcome(answer, &policy, tried(number)),
                    Verdict::Retry { .. }
                ),
                "{number}"
            );
        }
        assert_eq!(
            outcome(answer, &policy, tried(10)),
            Verdict::Failed {
                reason: FailureReason::Exhausted
            }
        );
        let none = RetryPolicy {
            schedule: Schedule::new(Vec::new()),
            ..policy
        };
        assert_eq!(
            outcome(answer, &none, tried(1)),
            Verdict::Failed {
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
            match outcome(answer, &RetryPolicy::default(), tried(number)) {
                Verdict::Retry {
                    at,
                    slow_down: false,
                } => (at - NOW).num_seconds(),
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
