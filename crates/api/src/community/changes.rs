//! The events of one transaction.

use domain::{
    Instant,
    community::{MemberStatus, TargetKind, event_of},
    event::{self, Event},
};
use serde_json::{Value, json};
use storage::{
    Conn,
    courses::Course,
    enrollments::Enrollment,
    events::{self, EventRow},
    memberships::Membership,
    spaces::Space,
    users::User,
};

use crate::views::UserView;

/// Who makes a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Api,
    IncomingWebhook,
}

impl By {
    fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::IncomingWebhook => "incoming_webhook",
        }
    }
}

/// Collects the events that the changes of one transaction cause.
#[derive(Debug)]
pub(crate) struct Changes {
    by: By,
    now: Instant,
    /// Why people leave, if they do not go by themselves.
    reason: Option<&'static str>,
    events: Vec<EventRow>,
}

impl Changes {
    /// Nothing changed yet.
    pub(crate) fn new(by: By, now: Instant) -> Self {
        Self {
            by,
            now,
            reason: None,
            events: Vec::new(),
        }
    }

    /// The same, with the reason for which people leave.
    pub(super) fn because(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The instant of all changes.
    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// Puts the events into the outbox, all in one statement. To be called last, before the
    /// commit.
    pub(crate) async fn save(self, conn: &mut Conn) -> storage::Result<()> {
        events::insert(conn, self.events).await.map(drop)
    }

    pub(super) fn user(&mut self, kind: &str, user: &User) {
        let data = json!({"user": UserView::from(user.clone())});
        self.push(kind, &data);
    }

    /// What follows when a user's membership changes from one to another (`None`: there is none).
    pub(super) fn membership(
        &mut self,
        user: &User,
        space: &Space,
        from: Option<&Membership>,
        to: Option<&Membership>,
    ) {
        let status =
            |membership: Option<&Membership>| membership.map(|membership| membership.status);
        let kind = event_of(TargetKind::Space, status(from), status(to));
        let (Some(kind), Some(shown)) = (kind, to.or(from)) else {
            return;
        };
        let mut data = json!({
            "user": UserView::from(user.clone()),
            "space": space_data(space),
            "role": shown.role,
            "status": shown.status,
            "by": self.by.as_str(),
        });
        if kind == "space.left" {
            self.add_reason(&mut data);
        }
        self.push(kind, &data);
    }

    pub(super) fn space_deleted(&mut self, space: &Space) {
        let data = json!({"space": space_data(space), "by": self.by.as_str()});
        self.push("space.deleted", &data);
    }

    pub(super) fn course_deleted(&mut self, course: &Course) {
        let data = json!({"course": course_data(course), "by": self.by.as_str()});
        self.push("course.deleted", &data);
    }

    /// What follows when a user's enrollment changes from one to another.
    pub(super) fn enrollment(
        &mut self,
        user: &User,
        course: &Course,
        from: Option<&Enrollment>,
        to: Option<&Enrollment>,
    ) {
        let status =
            |enrollment: Option<&Enrollment>| enrollment.map(|enrollment| enrollment.status);
        let kind = event_of(TargetKind::Course, status(from), status(to));
        if let (Some(kind), Some(shown)) = (kind, to.or(from)) {
            self.course(kind, user, course, shown.status);
        }
    }

    pub(super) fn course(
        &mut self,
        kind: &str,
        user: &User,
        course: &Course,
        status: MemberStatus,
    ) {
        let mut data = json!({
            "user": UserView::from(user.clone()),
            "course": course_data(course),
            "status": status,
            "by": self.by.as_str(),
        });
        if kind == "course.left" {
            self.add_reason(&mut data);
        }
        self.push(kind, &data);
    }

    fn add_reason(&self, data: &mut Value) {
        if let Value::Object(members) = data {
            members.insert("reason".to_owned(), json!(self.reason));
        }
    }

    fn push(&mut self, kind: &str, data: &Value) {
        self.events.push(EventRow::waiting(Event::new(
            kind,
            event::COMMUNITY,
            data,
            self.now,
        )));
    }
}

fn space_data(space: &Space) -> Value {
    json!({"id": space.id, "title": space.title, "slug": space.slug, "privacy": space.privacy})
}

fn course_data(course: &Course) -> Value {
    json!({
        "id": course.id, "title": course.title, "slug": course.slug, "privacy": course.privacy,
        "type": course.course_type, "status": course.status,
    })
}
