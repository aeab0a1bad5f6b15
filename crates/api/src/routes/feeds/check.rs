//! Whether a feed that is asked for can be.

use domain::{FieldError, feed::FeedSpec};
use storage::{Conn, event_types};

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
