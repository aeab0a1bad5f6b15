//! The statements of a call for PostgreSQL.

use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{
    Instant,
    community::{MemberStatus, Role},
    id::{CallId, CourseId, EnrollmentId, IncomingWebhookId, MembershipId, SpaceId, UserId},
};
use futures_util::try_join;

use super::{SUCCESS, Standing};
use crate::{
    Result,
    calls::Call,
    courses::Course,
    enrollments::Enrollment,
    error::OptionalRow,
    memberships::Membership,
    schema::users,
    spaces::Space,
    sql_types::{Guid, Stamp, Word},
    users::User,
};

type SpaceColumns = (
    Guid,
    Text,
    Text,
    Nullable<Text>,
    Word,
    Text,
    BigInt,
    Stamp,
    Stamp,
);
type CourseColumns = (
    Guid,
    Text,
    Text,
    Nullable<Text>,
    Word,
    Word,
    Word,
    Text,
    BigInt,
    Stamp,
    Stamp,
);

statement!(
    StandingInSpaces { ids: Vec<SpaceId>, email: &'a str }
        -> (SpaceColumns, (Nullable<Guid>, Nullable<Guid>, Nullable<Word>, Nullable<Word>, Nullable<Stamp>)),
    "SELECT s.id, s.title, s.slug, s.description, s.privacy, s.search, s.version, s.created_at, s.updated_at, \
     m.id, m.user_id, m.role, m.status, m.joined_at FROM spaces s LEFT JOIN memberships m ON m.space_id = s.id \
     AND m.user_id = (SELECT id FROM users WHERE email_folded = ", (email: Text), ") WHERE s.id = ANY(", (ids: Array<Guid>), ")"
);

statement!(
    StandingInCourses { ids: Vec<CourseId>, email: &'a str }
        -> (CourseColumns, (Nullable<Guid>, Nullable<Guid>, Nullable<Word>, Nullable<Stamp>, Nullable<Stamp>)),
    "SELECT s.id, s.title, s.slug, s.description, s.privacy, s.course_type, s.status, s.search, s.version, s.created_at, s.updated_at, \
     e.id, e.user_id, e.status, e.enrolled_at, e.completed_at FROM courses s LEFT JOIN enrollments e ON e.course_id = s.id \
     AND e.user_id = (SELECT id FROM users WHERE email_folded = ", (email: Text), ") WHERE s.id = ANY(", (ids: Array<Guid>), ")"
);

statement!(
    AddCalls {
        ids: Vec<CallId>,
        webhooks: Vec<IncomingWebhookId>,
        users: Vec<Option<UserId>>,
        statuses: Vec<i32>,
        outcomes: Vec<&'a str>,
        created: Vec<bool>,
        changes: Vec<String>,
        payloads: Vec<String>,
        addresses: Vec<Option<&'a str>>,
        durations: Vec<i64>,
        at: Vec<Instant>,
        success: i32,
    } -> Bool,
    "WITH added AS (INSERT INTO calls (id, webhook_id, user_id, status, outcome, user_created, changes, payload, source_address, \
     duration_us, created_at) SELECT * FROM UNNEST(", (ids: Array<Guid>), ", ", (webhooks: Array<Guid>), ", ",
    (users: Array<Nullable<Guid>>), ", ", (statuses: Array<Integer>), ", ", (outcomes: Array<Text>), ", ", (created: Array<Bool>), ", ",
    (changes: Array<Text>), ", ", (payloads: Array<Text>), ", ", (addresses: Array<Nullable<Text>>), ", ",
    (durations: Array<BigInt>), ", ", (at: Array<Stamp>), ") RETURNING webhook_id, status, created_at) \
     INSERT INTO uncounted_calls (webhook_id, called_at) SELECT webhook_id, created_at FROM added WHERE status = ", (success: Integer)
);

statement!(
    AddMemberships {
        ids: Vec<MembershipId>,
        spaces: Vec<SpaceId>,
        users: Vec<UserId>,
        roles: Vec<Role>,
        statuses: Vec<MemberStatus>,
        joined: Vec<Instant>,
    } -> Bool,
    "INSERT INTO memberships (id, space_id, user_id, role, status, joined_at) SELECT * FROM UNNEST(", (ids: Array<Guid>), ", ",
    (spaces: Array<Guid>), ", ", (users: Array<Guid>), ", ", (roles: Array<Word>), ", ", (statuses: Array<Word>), ", ",
    (joined: Array<Stamp>), ") ON CONFLICT DO NOTHING"
);

statement!(
    AddEnrollments {
        ids: Vec<EnrollmentId>,
        courses: Vec<CourseId>,
        users: Vec<UserId>,
        statuses: Vec<MemberStatus>,
        enrolled: Vec<Instant>,
        completed: Vec<Option<Instant>>,
    } -> Bool,
    "INSERT INTO enrollments (id, course_id, user_id, status, enrolled_at, completed_at) SELECT * FROM UNNEST(", (ids: Array<Guid>), ", ",
    (courses: Array<Guid>), ", ", (users: Array<Guid>), ", ", (statuses: Array<Word>), ", ", (enrolled: Array<Stamp>), ", ",
    (completed: Array<Nullable<Stamp>>), ") ON CONFLICT DO NOTHING"
);

// What belongs to a webhook that is gone meanwhile is dropped.
statement!(
    RollUpCalls {} -> Bool,
    "WITH gone AS (DELETE FROM uncounted_calls RETURNING webhook_id, called_at) \
     INSERT INTO call_tallies AS t (webhook_id, count, last_called_at) \
     SELECT g.webhook_id, count(*), max(g.called_at) FROM gone g JOIN incoming_webhooks w ON w.id = g.webhook_id GROUP BY g.webhook_id \
     ORDER BY g.webhook_id ON CONFLICT (webhook_id) DO UPDATE SET count = t.count + excluded.count, \
     last_called_at = greatest(t.last_called_at, excluded.last_called_at)"
);

type InSpace = (
    Space,
    (
        Option<MembershipId>,
        Option<UserId>,
        Option<Role>,
        Option<MemberStatus>,
        Option<Instant>,
    ),
);
type InCourse = (
    Course,
    (
        Option<EnrollmentId>,
        Option<UserId>,
        Option<MemberStatus>,
        Option<Instant>,
        Option<Instant>,
    ),
);

/// The three statements are sent at once: one round trip.
pub(super) async fn standing(
    c: &AsyncPgConnection,
    email: &str,
    spaces: &[SpaceId],
    courses: &[CourseId],
) -> Result<Standing> {
    let user = async {
        let mut c = c;
        let found = users::table
            .filter(users::email_folded.eq(email))
            .select(User::as_select())
            .first(&mut c)
            .await;
        found.map_err(crate::Error::from).optional()
    };
    let in_spaces = async {
        if spaces.is_empty() {
            return Ok(Vec::new());
        }
        let mut c = c;
        let statement = StandingInSpaces {
            ids: spaces.to_vec(),
            email,
            _life: std::marker::PhantomData,
        };
        let rows: Vec<InSpace> = statement.load(&mut c).await?;
        Ok(rows.into_iter().map(in_space).collect())
    };
    let in_courses = async {
        if courses.is_empty() {
            return Ok(Vec::new());
        }
        let mut c = c;
        let statement = StandingInCourses {
            ids: courses.to_vec(),
            email,
            _life: std::marker::PhantomData,
        };
        let rows: Vec<InCourse> = statement.load(&mut c).await?;
        Ok(rows.into_iter().map(in_course).collect())
    };
    let (user, spaces, courses) = try_join!(user, in_spaces, in_courses)?;
    Ok(Standing {
        user,
        spaces,
        courses,
    })
}

fn in_space((space, membership): InSpace) -> (Space, Option<Membership>) {
    let (Some(id), Some(user_id), Some(role), Some(status), Some(joined_at)) = membership else {
        return (space, None);
    };
    let membership = Membership {
        id,
        space_id: space.id,
        user_id,
        role,
        status,
        joined_at,
    };
    (space, Some(membership))
}

fn in_course((course, enrollment): InCourse) -> (Course, Option<Enrollment>) {
    let (Some(id), Some(user_id), Some(status), Some(enrolled_at), completed_at) = enrollment
    else {
        return (course, None);
    };
    let enrollment = Enrollment {
        id,
        course_id: course.id,
        user_id,
        status,
        enrolled_at,
        completed_at,
    };
    (course, Some(enrollment))
}

pub(super) async fn add_memberships(
    c: &mut AsyncPgConnection,
    rows: &[Membership],
) -> Result<usize> {
    let statement = AddMemberships {
        ids: rows.iter().map(|row| row.id).collect(),
        spaces: rows.iter().map(|row| row.space_id).collect(),
        users: rows.iter().map(|row| row.user_id).collect(),
        roles: rows.iter().map(|row| row.role).collect(),
        statuses: rows.iter().map(|row| row.status).collect(),
        joined: rows.iter().map(|row| row.joined_at).collect(),
        _life: std::marker::PhantomData,
    };
    Ok(statement.execute(c).await?)
}

pub(super) async fn add_enrollments(
    c: &mut AsyncPgConnection,
    rows: &[Enrollment],
) -> Result<usize> {
    let statement = AddEnrollments {
        ids: rows.iter().map(|row| row.id).collect(),
        courses: rows.iter().map(|row| row.course_id).collect(),
        users: rows.iter().map(|row| row.user_id).collect(),
        statuses: rows.iter().map(|row| row.status).collect(),
        enrolled: rows.iter().map(|row| row.enrolled_at).collect(),
        completed: rows.iter().map(|row| row.completed_at).collect(),
        _life: std::marker::PhantomData,
    };
    Ok(statement.execute(c).await?)
}

pub(super) async fn add_calls(c: &mut AsyncPgConnection, calls: &[Call]) -> Result<()> {
    let statement = AddCalls {
        ids: calls.iter().map(|call| call.id).collect(),
        webhooks: calls.iter().map(|call| call.webhook_id).collect(),
        users: calls.iter().map(|call| call.user_id).collect(),
        statuses: calls.iter().map(|call| call.status).collect(),
        outcomes: calls.iter().map(|call| call.outcome.as_str()).collect(),
        created: calls.iter().map(|call| call.user_created).collect(),
        changes: calls
            .iter()
            .map(|call| call.changes.0.to_string())
            .collect(),
        payloads: calls
            .iter()
            .map(|call| call.payload.0.to_string())
            .collect(),
        addresses: calls
            .iter()
            .map(|call| call.source_address.as_deref())
            .collect(),
        durations: calls.iter().map(|call| call.duration_us).collect(),
        at: calls.iter().map(|call| call.created_at).collect(),
        success: SUCCESS,
        _life: std::marker::PhantomData,
    };
    statement.execute(c).await?;
    Ok(())
}

pub(super) async fn roll_up_calls(c: &mut AsyncPgConnection) -> Result<usize> {
    Ok(RollUpCalls {
        _life: std::marker::PhantomData,
    }
    .execute(c)
    .await?)
}
