//! What the database refuses for good, once it stands alone: how little has to be left out until the
//! rest can be written.

use domain::{Instant, delivery::DeliveryState};
use storage::{
    deliveries::{Delivery, DeliveryResult},
    results::ResultGroup,
};

/// Why a row says less than it should; the log says more.
const UNRECORDABLE: &str = "unrecordable";
/// What went wrong with it.
const STORAGE: &str = "storage";
/// Deliveries of one event that are tried without their content one by one, at most.
const ONE_BY_ONE: usize = 32;

/// Smaller versions of a group, the largest first: without the content of one delivery, of all of
/// them, and without what only follows from them.
pub(crate) fn reduced(group: &ResultGroup, now: Instant) -> impl Iterator<Item = ResultGroup> {
    let count = group.new_deliveries.len();
    let single = if (2..=ONE_BY_ONE).contains(&count) {
        0..count
    } else {
        0..0
    };
    let without_one = move |place| {
        let mut group = group.clone();
        let row = group.new_deliveries.get_mut(place);
        row.into_iter().for_each(|row| strip(row, now));
        group
    };
    let without_content = move || {
        let mut group = group.clone();
        group
            .new_deliveries
            .iter_mut()
            .for_each(|row| strip(row, now));
        group
            .results
            .iter_mut()
            .for_each(|result| strip_result(result, now));
        group
    };
    let rows_alone = move || ResultGroup {
        notices: Vec::new(),
        outcomes: Vec::new(),
        ..without_content()
    };
    single
        .map(without_one)
        .chain(std::iter::once_with(without_content))
        .chain(std::iter::once_with(rows_alone))
}

/// What was sent stays as sent. What would be tried again has failed: what it carries may be what
/// the database refuses.
fn strip(row: &mut Delivery, now: Instant) {
    row.state = ended(row.state);
    row.state_reason = Some(UNRECORDABLE.into());
    row.last_error = Some(STORAGE.into());
    row.attempts = b"[]".to_vec();
    row.body = None;
    row.due_at = None;
    row.finished_at = Some(now);
}

fn strip_result(result: &mut DeliveryResult, now: Instant) {
    result.state = ended(result.state);
    result.state_reason = Some(UNRECORDABLE.into());
    result.last_error = Some(STORAGE.into());
    result.attempts = b"[]".to_vec();
    result.due_at = None;
    result.finished_at = Some(now);
}

fn ended(state: DeliveryState) -> DeliveryState {
    match state {
        DeliveryState::Pending | DeliveryState::InFlight => DeliveryState::Failed,
        ended => ended,
    }
}
