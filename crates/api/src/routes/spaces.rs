//! `/v1/spaces`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod update;

use domain::{Invalid, slug, text};
use storage::spaces::Space;

/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 10_000;

fn description(raw: &str) -> Result<String, Invalid> {
    text::paragraph("/description", raw, MAX_DESCRIPTION)
}

/// Keeps what is derived in step with what it is derived from.
fn refresh_search(space: &mut Space) {
    space.search = text::searchable([space.title.as_str(), space.slug.as_str()]);
}

/// The slugs to try for a space without one: from the title, then numbered.
fn slugs(title: &str) -> impl Iterator<Item = String> + use<> {
    let derived = slug::derive(title, "space");
    (1..).map(move |n| slug::numbered(&derived, n))
}
