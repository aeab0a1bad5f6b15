//! Whether a feed that is asked for can be.

use domain::{FieldError, Invalid, feed::FeedSpec};
use serde_json::Value;
use storage::{Conn, custom_types::CustomTypesSnapshot, event_types};

use crate::{Problem, State, input::feed::FeedDraft};

/// Checks a draft against the guard and the catalogue. Its errors point to what was sent. The
/// fields that an incomplete one names are looked up when it is enabled.
pub(super) async fn check(
    state: &State,
    conn: &mut Conn,
    draft: FeedDraft,
    complete: bool,
) -> Result<FeedSpec, Problem> {
    let FeedDraft {
        spec,
        mut invalid,
        places,
        ..
    } = draft;
    let custom = state.custom_types.now(conn).await?;
    let paths = if complete { spec.paths() } else { Vec::new() };
    if !paths.is_empty() || (complete && spec.puts_all_in_url()) {
        let types = heard_examples(conn, &custom, &spec).await?;
        spec.check_paths(paths, &types, &mut invalid);
        spec.check_lengths(&types, state.clock.now(), &mut invalid);
    }
    let names: Vec<_> = custom.names().map(String::as_str).collect();
    match spec.check(complete, &state.guard, &names) {
        Ok(spec) => Ok(invalid.or(spec)?),
        Err(errors) => {
            invalid
                .0
                .extend(errors.0.into_iter().map(|error| relocated(error, &places)));
            Err(invalid.into())
        }
    }
}

/// What keeps a GET from carrying all data of the events that the feed listens to, if anything does.
pub(super) async fn too_long(
    state: &State,
    conn: &mut Conn,
    spec: &FeedSpec,
) -> Result<Vec<FieldError>, Problem> {
    let mut invalid = Invalid::default();
    if spec.puts_all_in_url() {
        let custom = state.custom_types.now(conn).await?;
        let types = heard_examples(conn, &custom, spec).await?;
        spec.check_lengths(&types, state.clock.now(), &mut invalid);
    }
    Ok(invalid.0)
}

async fn heard_examples(
    conn: &mut Conn,
    custom: &CustomTypesSnapshot,
    spec: &FeedSpec,
) -> Result<Vec<(String, Value)>, Problem> {
    let names = custom.names().filter(|name| spec.hears(name));
    let names: Vec<_> = names.cloned().collect();
    let custom = event_types::examples(conn, &names).await?;
    Ok(spec.heard_examples(custom))
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
