//! `/v1/feeds`.

mod basic_auth;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod deliveries;
mod example;
mod headers;
mod input;
pub(crate) mod list;
pub(crate) mod preview;
pub(crate) mod read;
pub(crate) mod rotate;
pub(crate) mod secret;
pub(crate) mod switch;
pub(crate) mod trial;
pub(crate) mod update;

use domain::{
    FieldError, Instant, Invalid,
    feed::{FeedSpec, FeedState, FeedVault},
    id::FeedId,
    text,
};
use storage::{Conn, Json, deliveries as waiting, event_types, feeds::Feed};

use crate::{Problem, State};

/// What somebody says of a feed, as far as it can be read.
struct Draft {
    spec: FeedSpec,
    /// What could not be read.
    invalid: Invalid,
    /// Where each header came from.
    places: Vec<String>,
}

impl Draft {
    /// What is there already.
    fn of(spec: FeedSpec) -> Self {
        Self {
            spec,
            invalid: Invalid::default(),
            places: Vec::new(),
        }
    }
}

/// Checks a draft against the guard and the catalogue. Its errors point to what was sent. The
/// fields that an incomplete one names are looked up when it is enabled.
async fn check(
    state: &State,
    conn: &mut Conn,
    draft: Draft,
    complete: bool,
) -> Result<FeedSpec, Problem> {
    let Draft {
        spec,
        mut invalid,
        places,
    } = draft;
    let custom = state.custom_types.now(conn).await?;
    let paths = if complete { spec.paths() } else { Vec::new() };
    if !paths.is_empty() {
        let names: Vec<_> = custom
            .names()
            .filter(|name| spec.hears(name))
            .cloned()
            .collect();
        spec.check_paths(
            paths,
            event_types::examples(conn, &names).await?,
            &mut invalid,
        );
    }
    match spec.check(complete, &state.guard, &|name| custom.has(name)) {
        Ok(spec) => Ok(invalid.or(spec)?),
        Err(errors) => {
            invalid
                .0
                .extend(errors.0.into_iter().map(|error| relocated(error, &places)));
            Err(invalid.into())
        }
    }
}

/// The n-th header that is checked need not be the n-th that was sent.
fn relocated(mut error: FieldError, places: &[String]) -> FieldError {
    let place = error.pointer.strip_prefix("/headers/").and_then(|rest| {
        let (at, rest) = rest.split_once('/')?;
        Some(format!("{}/{rest}", places.get(at.parse::<usize>().ok()?)?))
    });
    if let Some(place) = place {
        error.pointer = place;
    }
    error
}

/// Writes a checked spec into its row.
fn put(row: &mut Feed, spec: FeedSpec, vault: FeedVault<'_>) -> Result<(), Problem> {
    if spec.signature.has_key() && row.key_sealed.is_none() {
        let (sealed, public) = vault.new_key();
        (row.key_sealed, row.public_key) = (Some(sealed), Some(public));
    }
    row.signature = spec.signature;
    row.search = text::searchable([spec.title.as_str(), spec.url.as_deref().unwrap_or_default()]);
    row.title = spec.title;
    row.url = spec.url;
    row.method = spec.method;
    row.format = spec.format;
    row.headers = Json(spec.headers);
    row.body = Json(spec.body);
    row.events = Json(spec.events);
    row.condition = spec.condition;
    row.timeout_ms = spec.timeout_ms;
    row.max_in_flight = spec.max_in_flight;
    row.rate_limit_per_second = spec.rate_limit_per_second;
    row.retry_schedule = spec.retry_schedule.map(Json);
    row.retry_client_errors = spec.retry_client_errors;
    Ok(())
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

/// Nothing that waits for a feed outlives its end, and enabling it again resurrects nothing.
async fn cancel_waiting(
    conn: &mut Conn,
    id: FeedId,
    reason: &str,
    now: Instant,
) -> Result<(), Problem> {
    waiting::cancel_waiting(conn, id, reason, now).await?;
    Ok(())
}
