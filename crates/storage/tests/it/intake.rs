//! What calls of incoming webhooks read and write.

use chrono::TimeDelta;
use domain::{
    Clock, Instant,
    community::{CourseStatus, CourseType, MemberStatus, Privacy, Role},
    id::{CallId, CourseId, EnrollmentId, IncomingWebhookId, MembershipId, SpaceId},
    incoming::WebhookSpec,
};
use serde_json::json;
use storage::{
    Conn, Document, Error, JsonText, Window, call_tallies,
    call_tallies::Tally,
    calls::{self, Call},
    courses::{self, Course},
    enrollments::{self, Enrollment},
    incoming_webhooks::{self, IncomingWebhook},
    membership_snapshot::{self, MembershipSnapshot},
    memberships::{self, Membership},
    spaces, users,
};

use crate::{
    rows::{space, user},
    stores::on_each_store,
};

pub(crate) fn webhook(now: Instant) -> IncomingWebhook {
    IncomingWebhook {
        id: IncomingWebhookId::generate(),
        enabled: true,
        spec: Document::Known(WebhookSpec::default()),
        verification: JsonText(json!({"scheme": "none"})),
        expires_at: None,
        token_hash: IncomingWebhookId::generate().uuid().as_bytes().to_vec(),
        token_sealed: Vec::new(),
        search: String::new(),
        version: 1,
        created_at: now,
        updated_at: now,
        previous_token_hash: None,
        previous_token_until: None,
    }
}

pub(crate) fn call(webhook: &IncomingWebhook, status: i32, at: Instant) -> Call {
    let unix = uuid::Timestamp::from_unix(
        uuid::NoContext,
        u64::try_from(at.timestamp()).unwrap(),
        at.timestamp_subsec_nanos(),
    );
    Call {
        id: CallId::from_uuid(uuid::Uuid::new_v7(unix)),
        webhook_id: webhook.id,
        user_id: None,
        status,
        outcome: if status == 200 {
            "success"
        } else {
            "invalid_fields"
        }
        .into(),
        user_created: false,
        changes: JsonText(json!([])),
        payload: JsonText(json!({"email": "Ines\u{1F980}"})),
        source_address: None,
        duration_us: 7,
        created_at: at,
    }
}

pub(crate) fn course(slug: &str) -> Course {
    let now = Clock::system().now();
    Course {
        id: CourseId::generate(),
        title: slug.into(),
        slug: slug.into(),
        description: Some("d".into()),
        privacy: Privacy::Public,
        course_type: CourseType::SelfPaced,
        status: CourseStatus::Published,
        search: slug.into(),
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

async fn tally(conn: &mut Conn, webhook: &IncomingWebhook) -> Tally {
    call_tallies::of(conn, &[webhook.id])
        .await
        .unwrap()
        .pop()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standing_is_who_one_is_where() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        let mut conn = db.write().await.unwrap();
        let (ines, lobby, bar) = (
            user("ines@example.org", "ines"),
            space("lobby"),
            space("bar"),
        );
        let (rust, cobol) = (course("rust"), course("cobol"));
        users::insert(&mut conn, &ines).await.unwrap();
        for space in [&lobby, &bar] {
            assert!(spaces::try_insert(&mut conn, space).await.unwrap());
        }
        for course in [&rust, &cobol] {
            assert!(courses::try_insert(&mut conn, course).await.unwrap());
        }
        let membership = Membership {
            id: MembershipId::generate(),
            space_id: bar.id,
            user_id: ines.id,
            role: Role::Moderator,
            status: MemberStatus::Pending,
            joined_at: now,
        };
        let enrollment = Enrollment {
            id: EnrollmentId::generate(),
            course_id: rust.id,
            user_id: ines.id,
            status: MemberStatus::Active,
            enrolled_at: now,
            completed_at: Some(now),
        };
        assert_eq!(
            memberships::insert_all(&mut conn, vec![membership.clone()])
                .await
                .unwrap(),
            1
        );
        assert_eq!(
            memberships::insert_all(
                &mut conn,
                vec![Membership {
                    id: MembershipId::generate(),
                    ..membership.clone()
                }]
            )
            .await
            .unwrap(),
            0
        );
        assert_eq!(
            enrollments::insert_all(&mut conn, vec![enrollment.clone()])
                .await
                .unwrap(),
            1
        );
        let unknown = Membership {
            id: MembershipId::generate(),
            space_id: SpaceId::generate(),
            ..membership.clone()
        };
        assert!(matches!(
            memberships::insert_all(&mut conn, vec![unknown]).await,
            Err(Error::Dangling)
        ));
        let spaces = [lobby.id, SpaceId::generate(), bar.id];
        let courses = [rust.id, cobol.id];
        let mut found = membership_snapshot::read(&mut conn, "ines@example.org", &spaces, &courses)
            .await
            .unwrap();
        found.spaces.sort_by_key(|(space, _)| space.slug != "lobby");
        found
            .courses
            .sort_by_key(|(course, _)| course.slug != "rust");
        let expected = MembershipSnapshot {
            user: Some(ines),
            spaces: vec![(lobby.clone(), None), (bar, Some(membership))],
            courses: vec![(rust, Some(enrollment)), (cobol, None)],
        };
        assert_eq!(found, expected);
        let nobody = membership_snapshot::read(&mut conn, "ben@example.org", &[lobby.id], &[])
            .await
            .unwrap();
        assert_eq!(
            nobody,
            MembershipSnapshot {
                user: None,
                spaces: vec![(lobby, None)],
                courses: Vec::new()
            }
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_counted_once_and_stay_counted_when_their_rows_go() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        let mut conn = db.write().await.unwrap();
        let (shop, other, gone) = (webhook(now), webhook(now), webhook(now));
        for webhook in [&shop, &other, &gone] {
            incoming_webhooks::insert(&mut conn, webhook).await.unwrap();
        }
        let last = now - TimeDelta::minutes(1);
        let old = now - TimeDelta::days(40);
        let rows = [
            call(&shop, 200, last),
            call(&shop, 422, now),
            call(&shop, 200, old),
            call(&other, 422, now),
            call(&gone, 200, now),
        ];
        calls::insert(&mut conn, &rows).await.unwrap();
        let expected = Tally {
            count: 2,
            last_called_at: Some(last),
        };
        assert_eq!(tally(&mut conn, &shop).await, expected);
        assert_eq!(tally(&mut conn, &other).await, Tally::default());
        incoming_webhooks::delete(&mut conn, gone.id).await.unwrap();
        drop(conn);
        assert_eq!(call_tallies::roll_up(&db).await.unwrap(), 1);
        assert_eq!(call_tallies::roll_up(&db).await.unwrap(), 0);
        let mut conn = db.write().await.unwrap();
        assert_eq!(tally(&mut conn, &shop).await, expected);
        calls::insert(&mut conn, &[call(&shop, 200, old), call(&shop, 200, now)])
            .await
            .unwrap();
        drop(conn);
        assert_eq!(call_tallies::roll_up(&db).await.unwrap(), 1);
        let mut conn = db.write().await.unwrap();
        let expected = Tally {
            count: 4,
            last_called_at: Some(now),
        };
        assert_eq!(tally(&mut conn, &shop).await, expected);

        let before = now - TimeDelta::days(30);
        assert_eq!(calls::prune(&mut conn, before, 1).await.unwrap(), 1);
        assert_eq!(calls::prune(&mut conn, before, 10).await.unwrap(), 1);
        assert_eq!(calls::prune(&mut conn, before, 10).await.unwrap(), 0);
        let window = Window {
            limit: 10,
            from: None,
        };
        let kept = calls::list(&mut conn, shop.id, &calls::CallFilter::default(), &window)
            .await
            .unwrap();
        assert_eq!(kept.rows.len(), 3);
        assert!(kept.rows.contains(&rows[0]));
        assert_eq!(
            tally(&mut conn, &shop).await,
            expected,
            "what is pruned stays counted"
        );
        calls::insert(&mut conn, &[call(&shop, 200, now), call(&gone, 200, now)])
            .await
            .unwrap();
        let one_more = Tally {
            count: expected.count + 1,
            ..expected
        };
        assert_eq!(
            tally(&mut conn, &shop).await,
            one_more,
            "calls outlive their webhook, and harm no neighbour"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_token_is_found_until_its_grace_ends() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        let mut conn = db.write().await.unwrap();
        let (old, new) = (
            domain::secret::Token::generate(""),
            domain::secret::Token::generate(""),
        );
        let row = IncomingWebhook {
            token_hash: new.hash().to_vec(),
            previous_token_hash: Some(old.hash().to_vec()),
            previous_token_until: Some(now),
            ..webhook(now)
        };
        incoming_webhooks::insert(&mut conn, &row).await.unwrap();
        let mut found = async |token: &domain::secret::Token, at| {
            incoming_webhooks::find_by_token(&mut conn, &token.hash(), at)
                .await
                .unwrap()
                .map(|row| row.id)
        };
        assert_eq!(found(&new, now).await, Some(row.id));
        assert_eq!(
            found(&old, now - TimeDelta::microseconds(1)).await,
            Some(row.id)
        );
        assert_eq!(found(&old, now).await, None);
        assert_eq!(found(&domain::secret::Token::generate(""), now).await, None);
    })
    .await;
}
