use actix_web::{get, web::Data};
use domain::event_type::BUILTIN;
use storage::{Page, PageStart as Start, Window, event_types};
use uuid::Uuid;

use crate::{
    Problem, State,
    answer::List,
    request::{Caller, Listing, scope},
    views::EventTypeView,
};

/// Lists event types: first the catalogue, then custom types in the order of their registration.
#[utoipa::path(tag = "event-types", responses((status = 200, description = "A page of event types.", body = List<EventTypeView>)))]
#[get("/event-types")]
pub(crate) async fn list_event_types(
    _: Caller<scope::FeedsRead>,
    state: Data<State>,
    listing: Listing,
) -> Result<List<EventTypeView>, Problem> {
    let custom = event_types::list(&mut state.db.read().await?).await?;
    // Places in the catalogue sort before the ids of custom types, which are UUIDs of our time.
    let builtin = BUILTIN
        .iter()
        .zip(1..)
        .map(|(entry, place)| (Uuid::from_u128(place), EventTypeView::from(entry)));
    let custom = custom
        .into_iter()
        .map(|row| (row.id.uuid(), EventTypeView::from(row)));
    let mut all: Vec<_> = builtin.chain(custom).collect();
    all.sort_by_key(|(place, _)| *place);
    Ok(listing.answer(
        page(all, &listing.window),
        |(place, _)| *place,
        |(_, view)| view,
    ))
}

/// The part of a sorted list that a window shows.
fn page<T>(mut all: Vec<(Uuid, T)>, window: &Window) -> Page<(Uuid, T)> {
    // A window's limit is at least 1.
    let limit = usize::try_from(window.limit).unwrap_or(0);
    let (from, to) = match window.from {
        None => (0, limit),
        Some(Start::After(place)) => {
            let from = all.partition_point(|(p, _)| *p <= place);
            (from, from + limit)
        }
        Some(Start::Before(place)) => {
            let to = all.partition_point(|(p, _)| *p < place);
            (to.saturating_sub(limit), to)
        }
    };
    let has_next = to < all.len();
    all.truncate(to);
    Page {
        rows: all.split_off(from.min(all.len())),
        has_next,
        has_prev: from > 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(limit: i64, from: Option<Start>) -> (Vec<u128>, bool, bool) {
        let all = (1..=5).map(|n| (Uuid::from_u128(n), ())).collect();
        let page = page(all, &Window { limit, from });
        (
            page.rows
                .iter()
                .map(|(place, ())| place.as_u128())
                .collect(),
            page.has_prev,
            page.has_next,
        )
    }

    #[test]
    fn pages_lead_forth_and_back() {
        let (after, before) = (
            |n| Some(Start::After(Uuid::from_u128(n))),
            |n| Some(Start::Before(Uuid::from_u128(n))),
        );
        assert_eq!(places(2, None), (vec![1, 2], false, true));
        assert_eq!(places(2, after(2)), (vec![3, 4], true, true));
        assert_eq!(places(2, after(4)), (vec![5], true, false));
        assert_eq!(places(2, after(5)), (vec![], true, false));
        assert_eq!(places(2, before(5)), (vec![3, 4], true, true));
        assert_eq!(places(9, before(3)), (vec![1, 2], false, true));
    }
}
