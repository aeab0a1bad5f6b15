//! Waiting for something to become true.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

/// Long enough for a busy machine; a test that passes never waits it out.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again and again until the condition gives something.
///
/// # Panics
/// When the deadline is over; the message names `what` was waited for.
pub async fn until<T>(
    what: &str,
    deadline: Duration,
    mut condition: impl AsyncFnMut() -> Option<T>,
) -> T {
    let end = Instant::now() + deadline;
    let mut turns = interval(Duration::from_millis(20));
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        if let Some(found) = condition().await {
            return found;
        }
        assert!(Instant::now() < end, "waited {deadline:?} in vain: {what}");
    }
}
