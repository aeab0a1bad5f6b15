//! `/v1/incoming-webhooks`.

pub(crate) mod calls;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod preview;
pub(crate) mod read;
pub(crate) mod rotate;
pub(crate) mod update;

use domain::{Invalid, api_key::Scope, incoming::WebhookSpec};
use storage::{Conn, call_tallies, courses, incoming_webhooks::IncomingWebhook, spaces};

use crate::{Problem, State, request::Caller, views::IncomingWebhookView};

/// Checks a spec, and that everything exists that it names and `before` did not: what was named
/// already may have been deleted since. What could not be read besides is told in the same answer.
async fn check(
    conn: &mut Conn,
    before: &WebhookSpec,
    spec: WebhookSpec,
    unread: Invalid,
) -> Result<WebhookSpec, Problem> {
    let (spec, ()) = Invalid::both(spec.check(), unread.or(()))?;
    let mut invalid = Invalid::default();
    let mut known = [&before.add_space_ids[..], &before.remove_space_ids].concat();
    let lists = [&spec.add_space_ids, &spec.remove_space_ids];
    let found = spaces::find_all(conn, &new_in(lists, &known)).await?;
    known.extend(found.iter().map(|space| space.id));
    name_unknown("space", lists, &known, &mut invalid);
    let mut known = [&before.add_course_ids[..], &before.remove_course_ids].concat();
    let lists = [&spec.add_course_ids, &spec.remove_course_ids];
    let found = courses::find_all(conn, &new_in(lists, &known)).await?;
    known.extend(found.iter().map(|course| course.id));
    name_unknown("course", lists, &known, &mut invalid);
    Ok(invalid.or(spec)?)
}

fn new_in<T: Copy + PartialEq>(lists: [&Vec<T>; 2], known: &[T]) -> Vec<T> {
    let ids = lists.into_iter().flatten().copied();
    ids.filter(|id| !known.contains(id)).collect()
}

fn name_unknown<T: PartialEq>(kind: &str, lists: [&Vec<T>; 2], known: &[T], invalid: &mut Invalid) {
    for (list, ids) in ["add", "remove"].into_iter().zip(lists) {
        for (i, _) in ids.iter().enumerate().filter(|(_, id)| !known.contains(id)) {
            let code = if kind == "space" {
                "unknown_space"
            } else {
                "unknown_course"
            };
            invalid.push(
                format!("/{list}_{kind}_ids/{i}"),
                code,
                format!("There is no {kind} with this id."),
            );
        }
    }
}

/// The view for this caller: the URL is whole for those who may write.
async fn view<S>(
    state: &State,
    conn: &mut Conn,
    caller: &Caller<S>,
    row: IncomingWebhook,
) -> Result<IncomingWebhookView, Problem> {
    // No tally: never called.
    let tally = call_tallies::of(conn, &[row.id])
        .await?
        .pop()
        .unwrap_or_default();
    IncomingWebhookView::new(state, row, tally, may_see_url(caller))
}

fn may_see_url<S>(caller: &Caller<S>) -> bool {
    caller.may(Scope::IncomingWebhooksWrite)
}
