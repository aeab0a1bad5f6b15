//! `/v1/spaces`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod members;
pub(crate) mod read;
pub(crate) mod update;

use domain::{Invalid, id::SpaceId, text};
use storage::{Conn, memberships, spaces::Space};

use crate::views::SpaceView;

/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 10_000;

/// Looks up the member counts of these spaces, and gives the function that makes their views.
pub(crate) async fn with_counts(
    conn: &mut Conn,
    ids: &[SpaceId],
) -> storage::Result<impl Fn(Space) -> SpaceView + use<>> {
    let counts = memberships::count(conn, ids).await?;
    Ok(move |space: Space| {
        let count = counts
            .iter()
            .find(|(id, _)| *id == space.id)
            .map_or(0, |(_, count)| *count);
        SpaceView::new(space, count)
    })
}

fn description(raw: &str) -> Result<String, Invalid> {
    text::paragraph("/description", raw, MAX_DESCRIPTION)
}

/// Keeps what is derived in step with what it is derived from.
fn refresh_search(space: &mut Space) {
    space.search = text::searchable([space.title.as_str(), space.slug.as_str()]);
}
