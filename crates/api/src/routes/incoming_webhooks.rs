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

/// Checks a spec, and that everything it names exists. What could not be read besides is told in
/// the same answer.
async fn check(
    conn: &mut Conn,
    spec: WebhookSpec,
    unread: Invalid,
) -> Result<WebhookSpec, Problem> {
    let (spec, ()) = Invalid::both(spec.check(), unread.or(()))?;
    let mut invalid = Invalid::default();
    let (add, remove) = (&spec.add_space_ids, &spec.remove_space_ids);
    let known: Vec<_> = spaces::find_all(conn, &[add.as_slice(), remove].concat())
        .await?
        .iter()
        .map(|space| space.id)
        .collect();
    name_unknown("space", [add, remove], &known, &mut invalid);
    let (add, remove) = (&spec.add_course_ids, &spec.remove_course_ids);
    let known: Vec<_> = courses::find_all(conn, &[add.as_slice(), remove].concat())
        .await?
        .iter()
        .map(|course| course.id)
        .collect();
    name_unknown("course", [add, remove], &known, &mut invalid);
    Ok(invalid.or(spec)?)
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
