//! The numbers of a feed.

use std::ops::RangeInclusive;

use crate::{Invalid, feed::FeedSettings};

/// Shortest and longest total deadline of an attempt, in milliseconds.
pub const TIMEOUT_MS: RangeInclusive<i32> = 1_000..=60_000;
/// Requests of one feed that may run at once.
pub const MAX_IN_FLIGHT: RangeInclusive<i32> = 1..=256;
const RATE_PER_SECOND: RangeInclusive<i32> = 1..=10_000;
const MAX_RETRIES: usize = 30;
const RETRY_SECONDS: RangeInclusive<u32> = 1..=7 * 24 * 3600;

pub(super) fn check(settings: &FeedSettings, invalid: &mut Invalid) {
    // Without `..`, so that the bounds of each new setting are decided on. What is left out here is
    // checked by the other files of this folder.
    let FeedSettings {
        title: _,
        url: _,
        method: _,
        format: _,
        signature: _,
        events: _,
        condition: _,
        timeout_ms,
        max_in_flight,
        rate_limit_per_second,
        retry_schedule,
        retry_client_errors: _,
    } = settings;
    let mut within = |holds: bool, pointer: &str, detail: &str| {
        if !holds {
            invalid.push(pointer, "out_of_range", detail);
        }
    };
    within(
        TIMEOUT_MS.contains(timeout_ms),
        "/timeout_ms",
        "Use 1000 to 60000 milliseconds.",
    );
    within(
        MAX_IN_FLIGHT.contains(max_in_flight),
        "/max_in_flight",
        "Use 1 to 256.",
    );
    within(
        rate_limit_per_second.is_none_or(|rate| RATE_PER_SECOND.contains(&rate)),
        "/rate_limit_per_second",
        "Use 1 to 10000, or null for no limit.",
    );
    check_schedule(retry_schedule.as_deref().unwrap_or(&[]), invalid);
}

fn check_schedule(schedule: &[u32], invalid: &mut Invalid) {
    if schedule.len() > MAX_RETRIES {
        let detail = format!("At most {MAX_RETRIES} retries.");
        invalid.push("/retry_schedule", "too_many", detail);
    }
    for (i, seconds) in schedule.iter().enumerate() {
        if !RETRY_SECONDS.contains(seconds) {
            let pointer = format!("/retry_schedule/{i}");
            invalid.push(pointer, "out_of_range", "Use 1 to 604800 seconds.");
        }
    }
}
