//! `/v1/feeds`.

mod check;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod deliveries;
mod example;
pub(crate) mod list;
pub(crate) mod preview;
pub(crate) mod read;
pub(crate) mod rotate;
pub(crate) mod secret;
pub(crate) mod switch;
pub(crate) mod trial;
pub(crate) mod update;

use domain::{
    Instant,
    feed::{FeedSpec, FeedState, FeedVault},
    id::FeedId,
};
use storage::{
    deliveries as waiting,
    feeds::{self, Feed},
};

use crate::{Problem, State};

/// What seals the secrets of this feed.
fn vault(state: &State, feed: FeedId) -> FeedVault<'_> {
    FeedVault {
        vault: &state.vault,
        feed,
    }
}

/// Writes a checked spec into its row.
fn put(row: &mut Feed, spec: FeedSpec, vault: FeedVault<'_>) {
    if spec.settings.signature.has_key() && row.key_sealed.is_none() {
        let (sealed, public) = vault.new_key();
        (row.key_sealed, row.public_key) = (Some(sealed), Some(public));
    }
    row.set_spec(spec);
}

/// Enables or disables a row on behalf of a person; says whether that changed anything.
fn turn(row: &mut Feed, enabled: bool, now: Instant) -> bool {
    let state = if enabled {
        FeedState::Enabled
    } else {
        FeedState::Disabled
    };
    if row.state == state {
        return false;
    }
    row.state = state;
    row.state_reason = None;
    row.state_changed_at = now;
    true
}

/// What waited when a feed was disabled is canceled by the worker. If it has not come that far yet
/// when the feed is enabled again, that is done first: nothing is resurrected.
async fn cancel_leftovers(state: &State, id: FeedId) -> Result<(), Problem> {
    let feed = feeds::find(&mut state.db.read().await?, id).await?;
    if feed.state == FeedState::Enabled {
        return Ok(());
    }
    let now = state.clock.now();
    loop {
        // A connection for each step: others want to write, too.
        let mut conn = state.db.write().await?;
        if waiting::cancel_waiting(&mut conn, id, "feed_disabled", now, 500).await? == 0 {
            return Ok(());
        }
    }
}
