//! `/v1/incoming-webhooks`.

pub(crate) mod calls;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod preview;
pub(crate) mod read;
pub(crate) mod rotate;
pub(crate) mod update;

use domain::{
    Invalid,
    api_key::Scope,
    incoming::{WebhookSpec, verification::Verification},
    text,
};
use storage::{Conn, Json, call_tallies, courses, incoming_webhooks::IncomingWebhook, spaces};

use crate::{Problem, State, request::Caller, views::IncomingWebhookView};

/// Checks a spec, and that everything it names exists. What is wrong with the verification is told
/// in the same answer.
async fn check(
    conn: &mut Conn,
    spec: WebhookSpec,
    verification: Result<Verification, Invalid>,
) -> Result<(WebhookSpec, Verification), Problem> {
    let (spec, verification) = Invalid::both(spec.check(), verification)?;
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
    Ok(invalid.or((spec, verification))?)
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

/// What the owner of an incoming webhook said, but for its verification, read back from its row.
fn spec_of(row: &IncomingWebhook) -> WebhookSpec {
    WebhookSpec {
        name: row.name.clone(),
        enabled: row.enabled,
        add_space_ids: row.add_space_ids.0.clone(),
        remove_space_ids: row.remove_space_ids.0.clone(),
        add_course_ids: row.add_course_ids.0.clone(),
        remove_course_ids: row.remove_course_ids.0.clone(),
        send_welcome_email: row.send_welcome_email,
        field_map: row.field_map.0.clone(),
        allowed_ips: row.allowed_ips.0.clone(),
        rate_limit_per_minute: row.rate_limit_per_minute,
        protect_roles: row.protect_roles,
        expires_at: row.expires_at,
    }
}

/// Writes a checked spec into its row.
fn put(row: &mut IncomingWebhook, spec: WebhookSpec) {
    row.search = text::searchable([spec.name.as_str()]);
    row.name = spec.name;
    row.enabled = spec.enabled;
    row.add_space_ids = Json(spec.add_space_ids);
    row.remove_space_ids = Json(spec.remove_space_ids);
    row.add_course_ids = Json(spec.add_course_ids);
    row.remove_course_ids = Json(spec.remove_course_ids);
    row.send_welcome_email = spec.send_welcome_email;
    row.field_map = Json(spec.field_map);
    row.allowed_ips = Json(spec.allowed_ips);
    row.rate_limit_per_minute = spec.rate_limit_per_minute;
    row.protect_roles = spec.protect_roles;
    row.expires_at = spec.expires_at;
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
