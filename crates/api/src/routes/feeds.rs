//! `/v1/feeds`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod deliveries;
mod headers;
mod input;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod secret;
pub(crate) mod switch;
pub(crate) mod update;

use domain::{
    Instant, Invalid,
    feed::{FeedSpec, FeedState},
    id::FeedId,
    text,
};
use storage::{Conn, Json, deliveries as waiting, event_types, feeds::Feed};

use crate::{Problem, State};

/// How a feed's signing secrets are sealed.
fn secret_context(id: FeedId) -> String {
    format!("feed secret {id}")
}

/// Checks a spec against the guard and the catalogue; `invalid` holds what was found wrong before. The fields that a draft names
/// are looked up when it is enabled.
async fn check(
    state: &State,
    conn: &mut Conn,
    spec: FeedSpec,
    complete: bool,
    mut invalid: Invalid,
) -> Result<FeedSpec, Problem> {
    let custom = state.custom_types.now(conn).await?;
    let paths = if complete { spec.paths() } else { Vec::new() };
    if !paths.is_empty() {
        let names: Vec<_> = custom.names().filter(|name| spec.hears(name)).cloned().collect();
        spec.check_paths(paths, event_types::examples(conn, &names).await?, &mut invalid);
    }
    let checked = invalid.take(spec.check(complete, &state.guard, &|name| custom.has(name)));
    match checked {
        Some(spec) => Ok(invalid.or(spec)?),
        None => Err(invalid.into()),
    }
}

/// What the owner of a feed said, read back from its row.
fn spec_of(row: &Feed) -> FeedSpec {
    FeedSpec {
        title: row.title.clone(),
        url: row.url.clone(),
        method: row.method,
        format: row.format,
        headers: row.headers.0.clone(),
        body: row.body.0.clone(),
        events: row.events.0.clone(),
        condition: row.condition.clone(),
        timeout_ms: row.timeout_ms,
        max_in_flight: row.max_in_flight,
        rate_limit_per_second: row.rate_limit_per_second,
        retry_schedule: row.retry_schedule.as_ref().map(|schedule| schedule.0.clone()),
        retry_client_errors: row.retry_client_errors,
    }
}

/// Writes a checked spec into its row.
fn put(row: &mut Feed, spec: FeedSpec) {
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
}

/// Enables or disables a row on behalf of a person; says whether that changed anything.
fn turn(row: &mut Feed, enabled: bool, now: Instant) -> bool {
    let state = if enabled { FeedState::Enabled } else { FeedState::Disabled };
    if row.state == state {
        return false;
    }
    row.state = state;
    row.state_reason = None;
    row.state_changed_at = now;
    true
}

/// Nothing that waits for a feed outlives its end, and enabling it again resurrects nothing.
async fn cancel_waiting(conn: &mut Conn, id: FeedId, reason: &str, now: Instant) -> Result<(), Problem> {
    waiting::cancel_waiting(conn, id, reason, now).await?;
    Ok(())
}
