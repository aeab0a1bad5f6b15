//! What bulk statements write and read, field by field: no two fields of one type have the same
//! value, so two columns that change places are seen.

use chrono::TimeDelta;
use domain::{
    Clock, Instant,
    community::{MemberStatus, Role},
    delivery::DeliveryState,
    event::Event,
    id::{DeliveryId, EnrollmentId, EventId, FeedId, MembershipId, ReplayId},
    outbound::request::{Format, Method},
};
use serde_json::json;
use storage::{
    JsonText,
    calls::{self, Call},
    courses,
    deliveries::{self, Delivery, DeliveryResult},
    enrollments::{self, Enrollment},
    events::{self, EventRow, KnownEvent},
    incoming_webhooks, membership_snapshot,
    memberships::{self, Membership},
    results::{self, ResultGroup},
    spaces, trials, users,
};

use crate::{
    intake::{call, course, webhook},
    rows::{space, user},
    stores::on_each_store,
};

fn after(now: Instant, seconds: i64) -> Instant {
    now + TimeDelta::seconds(seconds)
}

fn event(now: Instant) -> EventRow {
    EventRow {
        id: EventId::generate(),
        kind: "order.paid".into(),
        source: "shop".into(),
        external_id: Some("9041".into()),
        occurred_at: after(now, -1),
        received_at: after(now, -2),
        data: br#"{"z":1.10}"#.to_vec(),
        routed_at: Some(after(now, -3)),
        outbox_due_at: Some(after(now, -4)),
    }
}

fn delivery(event: EventId, now: Instant) -> Delivery {
    Delivery {
        id: DeliveryId::generate(),
        event_id: event,
        event_type: "order.paid".into(),
        feed_id: FeedId::generate(),
        replay_id: Some(ReplayId::generate()),
        state: DeliveryState::Pending,
        state_reason: Some("reason".into()),
        due_at: Some(after(now, -1)),
        lease: 5,
        attempt_count: 3,
        method: Method::Put,
        format: Format::Form,
        body: Some(b"body".to_vec()),
        last_response_status: Some(503),
        last_error: Some("error".into()),
        attempts: b"[3]".to_vec(),
        created_at: after(now, -2),
        finished_at: Some(after(now, -3)),
        is_test: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_keeps_every_field_on_its_way_through_the_outbox() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        let (row, other) = (
            event(now),
            EventRow::waiting(Event::new("a", "b", &json!({}), now)),
        );
        let mut conn = db.write().await.unwrap();
        events::insert(&mut conn, vec![row.clone(), other.clone()])
            .await
            .unwrap();
        assert_eq!(events::find(&mut conn, row.id).await.unwrap(), row);
        assert_eq!(events::find(&mut conn, other.id).await.unwrap(), other);
        drop(conn);
        let until = after(now, 20);
        let claimed = events::claim_outbox(&db, now, until, 1).await.unwrap();
        let expected = EventRow {
            outbox_due_at: Some(until),
            ..row.clone()
        };
        assert_eq!(claimed, [expected]);
        let mut conn = db.read().await.unwrap();
        let known = events::known(&mut conn, vec![row.id], vec![])
            .await
            .unwrap();
        let expected = KnownEvent {
            id: row.id,
            kind: row.kind,
            source: row.source,
            external_id: row.external_id,
            data: row.data,
            routed: true,
        };
        assert_eq!(known, [expected]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_keeps_every_field_until_its_result_is_written() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        let event = event(now);
        let row = delivery(event.id, now);
        let group = ResultGroup {
            new_events: vec![event.clone()],
            new_deliveries: vec![row.clone()],
            ..ResultGroup::default()
        };
        results::record(&db, &group, now).await.unwrap();
        let find = async || {
            deliveries::find(&mut db.read().await.unwrap(), row.id)
                .await
                .unwrap()
        };
        assert_eq!(find().await, row);
        let until = after(now, 20);
        let wanted = vec![(row.feed_id, 1)];
        let claimed = deliveries::claim_due(&db, now, until, wanted)
            .await
            .unwrap()
            .remove(0);
        let expected = Delivery {
            state: DeliveryState::InFlight,
            due_at: Some(until),
            lease: 6,
            ..row.clone()
        };
        assert_eq!(claimed.delivery, expected);
        assert_eq!(claimed.event, event);
        assert_eq!(find().await, expected);

        let result = DeliveryResult {
            id: row.id,
            lease: 6,
            state: DeliveryState::Failed,
            state_reason: Some("other reason".into()),
            due_at: Some(after(now, 30)),
            attempt_count: 4,
            last_response_status: Some(500),
            last_error: Some("other error".into()),
            attempts: b"[4]".to_vec(),
            finished_at: Some(after(now, 40)),
        };
        let group = ResultGroup {
            results: vec![result],
            ..ResultGroup::default()
        };
        results::record(&db, &group, now).await.unwrap();
        let expected = Delivery {
            state: DeliveryState::Failed,
            state_reason: Some("other reason".into()),
            due_at: Some(after(now, 30)),
            attempt_count: 4,
            last_response_status: Some(500),
            last_error: Some("other error".into()),
            attempts: b"[4]".to_vec(),
            finished_at: Some(after(now, 40)),
            ..expected
        };
        assert_eq!(find().await, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_keeps_every_field() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        let event = event(now);
        let row = Delivery {
            is_test: true,
            ..delivery(event.id, now)
        };
        trials::insert(&mut db.write().await.unwrap(), event.clone(), &row)
            .await
            .unwrap();
        let until = after(now, 20);
        let claimed = trials::claim(&db, now, until, 1).await.unwrap().remove(0);
        let expected = Delivery {
            state: DeliveryState::InFlight,
            due_at: Some(until),
            lease: 6,
            ..row
        };
        assert_eq!((claimed.delivery, claimed.event), (expected, event));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_keeps_every_field() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        let mut conn = db.write().await.unwrap();
        let (webhook, ines) = (webhook(now), user("ines@example.org", "ines"));
        incoming_webhooks::insert(&mut conn, &webhook)
            .await
            .unwrap();
        users::insert(&mut conn, &ines).await.unwrap();
        let row = Call {
            user_id: Some(ines.id),
            user_created: true,
            changes: JsonText(json!(["changes"])),
            payload: JsonText(json!({"payload": 1})),
            source_address: Some("192.0.2.7".into()),
            ..call(&webhook, 200, now)
        };
        calls::insert(&mut conn, std::slice::from_ref(&row))
            .await
            .unwrap();
        assert_eq!(calls::find(&mut conn, row.id).await.unwrap(), row);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_and_an_enrollment_keep_every_field() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        let mut conn = db.write().await.unwrap();
        let (ines, lobby, rust) = (
            user("ines@example.org", "ines"),
            space("lobby"),
            course("rust"),
        );
        users::insert(&mut conn, &ines).await.unwrap();
        spaces::try_insert(&mut conn, &lobby).await.unwrap();
        courses::try_insert(&mut conn, &rust).await.unwrap();
        let membership = Membership {
            id: MembershipId::generate(),
            space_id: lobby.id,
            user_id: ines.id,
            role: Role::Moderator,
            status: MemberStatus::Pending,
            joined_at: now,
        };
        let enrollment = Enrollment {
            id: EnrollmentId::generate(),
            course_id: rust.id,
            user_id: ines.id,
            status: MemberStatus::Pending,
            enrolled_at: after(now, -1),
            completed_at: Some(after(now, -2)),
        };
        memberships::insert_all(&mut conn, vec![membership.clone()])
            .await
            .unwrap();
        enrollments::insert_all(&mut conn, vec![enrollment.clone()])
            .await
            .unwrap();
        let snapshot =
            membership_snapshot::read(&mut conn, &ines.email_folded, &[lobby.id], &[rust.id])
                .await
                .unwrap();
        let found = memberships::find(&mut conn, lobby.id, ines.id)
            .await
            .unwrap();
        assert_eq!(found.as_ref(), Some(&membership));
        let found = enrollments::find(&mut conn, rust.id, ines.id)
            .await
            .unwrap();
        assert_eq!(found.as_ref(), Some(&enrollment));
        assert_eq!(snapshot.user, Some(ines));
        assert_eq!(snapshot.spaces, [(lobby, Some(membership))]);
        assert_eq!(snapshot.courses, [(rust, Some(enrollment))]);
    })
    .await;
}
