//! The plain queries: what is written comes back, filters and pages hold, conflicts are named.

use chrono::{TimeDelta, Utc};
use domain::{
    Clock,
    community::{MemberStatus, Privacy, Role, UserStatus},
    id::{MembershipId, SpaceId, UserId},
};
use storage::{Conn, Error, Unique, Window, memberships, spaces, users};

use crate::stores::on_each_store;

pub(crate) fn user(email: &str, username: &str) -> users::User {
    let now = Clock::system().now();
    users::User {
        id: UserId::generate(),
        email: email.into(),
        email_folded: email.to_lowercase(),
        username: username.into(),
        username_folded: username.to_lowercase(),
        first_name: "Ines".into(),
        last_name: "Marlow".into(),
        display_name: "Ines Marlow".into(),
        status: UserStatus::Active,
        password_hash: None,
        search: format!("{username} 100% _x_"),
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

pub(crate) fn space(slug: &str) -> spaces::Space {
    let now = Clock::system().now();
    spaces::Space {
        id: SpaceId::generate(),
        title: slug.into(),
        slug: slug.into(),
        description: None,
        privacy: Privacy::Secret,
        search: slug.into(),
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

fn all(limit: i64) -> Window {
    Window { limit, from: None }
}

async fn ids(conn: &mut Conn, search: &str) -> Vec<String> {
    let filter = users::UserFilter {
        search: Some(search.into()),
        ..users::UserFilter::default()
    };
    users::list(conn, &filter, &all(10))
        .await
        .unwrap()
        .rows
        .into_iter()
        .map(|u| u.username)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_comes_back_as_it_was_written_and_changes_count_its_version() {
    on_each_store(async |db| {
        let mut conn = db.write().await.unwrap();
        let mut ines = user("Ines@example.org", "ines");
        users::insert(&mut conn, &ines).await.unwrap();
        assert_eq!(users::find(&mut conn, ines.id).await.unwrap(), ines);
        let mut stale = ines.clone();
        ines.password_hash = Some("x".into());
        users::update(&mut conn, &mut ines).await.unwrap();
        assert_eq!(users::find(&mut conn, ines.id).await.unwrap(), ines);
        assert_eq!(ines.version, 2);
        assert!(matches!(
            users::update(&mut conn, &mut stale).await,
            Err(Error::Stale)
        ));
        ines.password_hash = None;
        users::update(&mut conn, &mut ines).await.unwrap();
        assert_eq!(
            users::find(&mut conn, ines.id).await.unwrap().password_hash,
            None,
            "null is written, not left out"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_are_named_and_try_insert_does_not_spoil_the_transaction() {
    on_each_store(async |db| {
        let mut tx = db.begin().await.unwrap();
        users::insert(&mut tx, &user("a@example.org", "a"))
            .await
            .unwrap();
        assert!(
            !users::try_insert(&mut tx, &user("A@example.org", "b"))
                .await
                .unwrap()
        );
        assert!(
            users::try_insert(&mut tx, &user("b@example.org", "b"))
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        let mut conn = db.write().await.unwrap();
        let taken = |result| match result {
            Err(Error::Conflict(unique)) => unique,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            taken(users::insert(&mut conn, &user("A@example.org", "c")).await),
            Unique::UserEmail
        );
        assert_eq!(
            taken(users::insert(&mut conn, &user("c@example.org", "B")).await),
            Unique::Username
        );
        let ghost = memberships::Membership {
            id: MembershipId::generate(),
            space_id: SpaceId::generate(),
            user_id: UserId::generate(),
            role: Role::Member,
            status: MemberStatus::Active,
            joined_at: Clock::system().now(),
        };
        assert!(matches!(
            memberships::insert(&mut conn, &ghost).await,
            Err(Error::Dangling)
        ));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_transaction_leaves_nothing_and_frees_its_connection() {
    on_each_store(async |db| {
        for round in 0..10 {
            let mut tx = db.begin().await.unwrap();
            users::insert(&mut tx, &user("a@example.org", &format!("a{round}")))
                .await
                .unwrap();
            drop(tx);
        }
        let mut conn = db.read().await.unwrap();
        assert!(
            users::list(&mut conn, &users::UserFilter::default(), &all(1))
                .await
                .unwrap()
                .rows
                .is_empty()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn search_takes_wildcards_literally() {
    on_each_store(async |db| {
        let mut conn = db.write().await.unwrap();
        users::insert(&mut conn, &user("a@example.org", "abba"))
            .await
            .unwrap();
        assert_eq!(ids(&mut conn, "BB").await, ["abba"]);
        assert_eq!(ids(&mut conn, "100%").await, ["abba"]);
        assert_eq!(ids(&mut conn, "_x_").await, ["abba"]);
        assert!(ids(&mut conn, "a_ba").await.is_empty());
        assert!(ids(&mut conn, "10%0").await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_meet_and_turn_around() {
    on_each_store(async |db| {
        let mut conn = db.write().await.unwrap();
        for n in 0..5 {
            assert!(
                spaces::try_insert(&mut conn, &space(&format!("s{n}")))
                    .await
                    .unwrap()
            );
        }
        let first = spaces::list(&mut conn, None, &all(2)).await.unwrap();
        let slugs = |page: &storage::Page<spaces::Space>| {
            page.rows.iter().map(|s| s.slug.clone()).collect::<Vec<_>>()
        };
        assert_eq!(
            (slugs(&first), first.has_next, first.has_prev),
            (vec!["s4".into(), "s3".into()], true, false)
        );
        let after = Window {
            limit: 2,
            from: Some(storage::PageStart::After(first.rows[1].id.uuid())),
        };
        let second = spaces::list(&mut conn, None, &after).await.unwrap();
        assert_eq!(
            (slugs(&second), second.has_next, second.has_prev),
            (vec!["s2".into(), "s1".into()], true, true)
        );
        let before = Window {
            limit: 2,
            from: Some(storage::PageStart::Before(second.rows[0].id.uuid())),
        };
        let back = spaces::list(&mut conn, None, &before).await.unwrap();
        assert_eq!(
            (slugs(&back), back.has_next, back.has_prev),
            (slugs(&first), true, false)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn instants_keep_their_microseconds() {
    on_each_store(async |db| {
        let mut conn = db.write().await.unwrap();
        let mut ines = user("a@example.org", "a");
        ines.created_at = domain::clock::to_micros(Utc::now() - TimeDelta::days(40_000))
            + TimeDelta::microseconds(7);
        users::insert(&mut conn, &ines).await.unwrap();
        assert_eq!(
            users::find(&mut conn, ines.id).await.unwrap().created_at,
            ines.created_at
        );
    })
    .await;
}
