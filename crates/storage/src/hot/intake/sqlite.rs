//! The statements of a call for SQLite: synchronous, inside one blocking hop.

use diesel::{QueryResult, SqliteConnection, prelude::*};
use domain::Instant;
use domain::id::{CourseId, IncomingWebhookId, SpaceId};

use super::{SUCCESS, Standing};
use crate::{
    calls::Call,
    courses::Course,
    enrollments::Enrollment,
    memberships::Membership,
    schema::{
        call_tallies, calls, courses, enrollments, incoming_webhooks, memberships, spaces,
        uncounted_calls, users,
    },
    spaces::Space,
    sql_types::Sql,
    users::User,
};

/// Single look-ups by key: SQLite has no round trips to save, and keeps such statements prepared.
pub(super) fn standing(
    c: &mut SqliteConnection,
    email_folded: &str,
    space_ids: &[SpaceId],
    course_ids: &[CourseId],
) -> QueryResult<Standing> {
    let user: Option<User> = users::table
        .filter(users::email_folded.eq(email_folded))
        .select(User::as_select())
        .first(c)
        .optional()?;
    let mut standing = Standing {
        user,
        ..Standing::default()
    };
    for id in space_ids {
        let Some(space) = spaces::table
            .find(Sql(*id))
            .select(Space::as_select())
            .first(c)
            .optional()?
        else {
            continue;
        };
        let membership = match &standing.user {
            None => None,
            Some(user) => memberships::table
                .filter(memberships::space_id.eq(Sql(*id)))
                .filter(memberships::user_id.eq(Sql(user.id)))
                .select(Membership::as_select())
                .first(c)
                .optional()?,
        };
        standing.spaces.push((space, membership));
    }
    for id in course_ids {
        let Some(course) = courses::table
            .find(Sql(*id))
            .select(Course::as_select())
            .first(c)
            .optional()?
        else {
            continue;
        };
        let enrollment = match &standing.user {
            None => None,
            Some(user) => enrollments::table
                .filter(enrollments::course_id.eq(Sql(*id)))
                .filter(enrollments::user_id.eq(Sql(user.id)))
                .select(Enrollment::as_select())
                .first(c)
                .optional()?,
        };
        standing.courses.push((course, enrollment));
    }
    Ok(standing)
}

/// All in one transaction: the one that is open, or one of its own.
pub(super) fn add_calls(c: &mut SqliteConnection, rows: &[Call]) -> QueryResult<()> {
    c.transaction(|c| {
        for call in rows {
            diesel::insert_into(calls::table)
                .values(call.clone())
                .execute(c)?;
            if call.status == SUCCESS {
                let tick = (
                    uncounted_calls::webhook_id.eq(Sql(call.webhook_id)),
                    uncounted_calls::called_at.eq(Sql(call.created_at)),
                );
                diesel::insert_into(uncounted_calls::table)
                    .values(tick)
                    .execute(c)?;
            }
        }
        Ok(())
    })
}

pub(super) fn add_memberships(
    c: &mut SqliteConnection,
    rows: Vec<Membership>,
) -> QueryResult<usize> {
    let add = |row: Membership| {
        diesel::insert_into(memberships::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(c)
    };
    rows.into_iter().map(add).sum()
}

pub(super) fn add_enrollments(
    c: &mut SqliteConnection,
    rows: Vec<Enrollment>,
) -> QueryResult<usize> {
    let add = |row: Enrollment| {
        diesel::insert_into(enrollments::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(c)
    };
    rows.into_iter().map(add).sum()
}

pub(super) fn roll_up_calls(c: &mut SqliteConnection) -> QueryResult<usize> {
    c.immediate_transaction(|c| {
        let rows: Vec<(IncomingWebhookId, i64, Option<Instant>)> = uncounted_calls::table
            .inner_join(
                incoming_webhooks::table.on(incoming_webhooks::id.eq(uncounted_calls::webhook_id)),
            )
            .group_by(uncounted_calls::webhook_id)
            .select((
                uncounted_calls::webhook_id,
                diesel::dsl::count_star(),
                diesel::dsl::max(uncounted_calls::called_at),
            ))
            .load(c)?;
        for (id, count, last) in &rows {
            let Some(last) = last else { continue };
            let tally = call_tallies::table.find(Sql(*id));
            let more = (
                call_tallies::count.eq(call_tallies::count + *count),
                call_tallies::last_called_at.eq(Sql(*last)),
            );
            if diesel::update(tally).set(more).execute(c)? == 0 {
                let first = (
                    call_tallies::webhook_id.eq(Sql(*id)),
                    call_tallies::count.eq(*count),
                    call_tallies::last_called_at.eq(Sql(*last)),
                );
                diesel::insert_into(call_tallies::table)
                    .values(first)
                    .execute(c)?;
            }
        }
        diesel::delete(uncounted_calls::table).execute(c)?;
        Ok(rows.len())
    })
}
