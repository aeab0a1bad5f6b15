//! Settings that move from columns into documents, and back.

use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::RunQueryDsl;
use domain::{
    feed::{FeedBody, FeedHeader, FeedSpec, SelectedField},
    id::{CourseId, FeedId, IncomingWebhookId, SpaceId},
    incoming::WebhookSpec,
};
use serde_json::json;
use storage::{Db, Document, Link, feeds, incoming_webhooks};

use crate::stores::on_each_empty_store;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

async fn execute(db: &Db, sql: &str) {
    let done = match &mut db.write().await.unwrap().link {
        Link::Pg(c) => sql_query(sql).execute(c).await,
        Link::Sqlite(c) => sql_query(sql).execute(c).await,
    };
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn lines(db: &Db, sql: &str) -> Vec<String> {
    let rows: Vec<Line> = match &mut db.read().await.unwrap().link {
        Link::Pg(c) => sql_query(sql).load(c).await.unwrap(),
        Link::Sqlite(c) => sql_query(sql).load(c).await.unwrap(),
    };
    rows.into_iter().map(|row| row.line).collect()
}

/// Takes back every step from the newest to this one.
async fn undo(db: &Db, step: &str) {
    loop {
        let undone = db.migrate_down().await.unwrap().expect("the step ran");
        if undone.contains(step) {
            return;
        }
    }
}

/// Literals of an id, an instant and bytes.
fn literals(db: &Db, id: uuid::Uuid) -> [String; 3] {
    if db.is_embedded() {
        [
            format!("X'{}'", id.simple()),
            "7000000".into(),
            "X'01'".into(),
        ]
    } else {
        [
            format!("'{id}'"),
            "to_timestamp(7)".into(),
            "'\\x01'".into(),
        ]
    }
}

/// Quotes, escapes, and letters beyond ASCII.
const ODD: &str = "Sales \"now\" \\ 'here'\n\u{2028} ünï €";

const FEED_LINE: &str = "SELECT title || '|' || coalesce(url, '-') || '|' || method || '|' || format || '|' || signature \
     || '|' || headers || '|' || body || '|' || events || '|' || coalesce(condition, '-') || '|' || CAST(timeout_ms AS TEXT) \
     || '|' || CAST(max_in_flight AS TEXT) || '|' || coalesce(CAST(rate_limit_per_second AS TEXT), '-') \
     || '|' || coalesce(retry_schedule, '-') || '|' || CASE WHEN retry_client_errors THEN 'yes' ELSE 'no' END \
     || '|' || search || '|' || CAST(version AS TEXT) AS line FROM feeds ORDER BY title";

/// JSON inside of an SQL literal.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap().replace('\'', "''")
}

/// A feed as it was stored before: `values` are those of its settings.
async fn insert_feed(db: &Db, id: FeedId, values: &str) {
    let [id, now, bytes] = literals(db, id.uuid());
    execute(
        db,
        &format!(
            "INSERT INTO feeds (id, state, state_changed_at, secret_sealed, previous_secrets, search, version, created_at, updated_at, \
             title, url, method, format, signature, headers, body, events, condition, timeout_ms, max_in_flight, \
             rate_limit_per_second, retry_schedule, retry_client_errors) \
             VALUES ({id}, 'enabled', {now}, {bytes}, '[]', 'sales', 3, {now}, {now}, {values})"
        ),
    )
    .await;
}

/// Settings that came after the columns have their default.
fn full() -> FeedSpec {
    FeedSpec {
        settings: serde_json::from_value(json!({
            "title": ODD,
            "url": "https://a.example/?x=1",
            "method": "GET",
            "format": "form",
            "signature": "v1,v1a",
            "events": ["order.*", "user.created"],
            "condition": "data.name == \"O'Hara\"",
            "timeout_ms": 1000,
            "max_in_flight": 2,
            "rate_limit_per_second": 3,
            "retry_schedule": [5, 60],
            "retry_client_errors": false,
        }))
        .unwrap(),
        headers: vec![FeedHeader {
            name: "X-A".into(),
            value: "c2VhbGVk".into(),
            secret: true,
            basic_auth: Some("ines".into()),
        }],
        body: FeedBody::Selected {
            fields: vec![SelectedField {
                key: ODD.into(),
                value: "{{ data.x }}".into(),
            }],
        },
    }
}

fn bare() -> FeedSpec {
    let mut spec = FeedSpec::default();
    spec.settings.title = "A draft".into();
    spec
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_of_columns_become_documents_and_columns_again() {
    on_each_empty_store(async |db| {
        db.migrate_up().await.unwrap();
        undo(&db, "000009").await;
        let (one, two) = (FeedId::generate(), FeedId::generate());
        let spec = full();
        let values = format!(
            "'{}', 'https://a.example/?x=1', 'GET', 'form', 'v1,v1a', '{}', '{}', '{}', 'data.name == \"O''Hara\"', 1000, 2, 3, \
             '[5,60]', FALSE",
            ODD.replace('\'', "''"),
            json(&spec.headers),
            json(&spec.body),
            json(&spec.settings.events),
        );
        insert_feed(&db, one, &values).await;
        let values =
            "'A draft', NULL, 'POST', 'json', 'v1', '[]', '{\"mode\":\"all\"}', '[]', NULL, 15000, 16, NULL, NULL, TRUE";
        insert_feed(&db, two, values).await;
        let before = lines(&db, FEED_LINE).await;
        for _ in 0..2 {
            db.migrate_up().await.unwrap();
            for (id, expected) in [(one, full()), (two, bare())] {
                let row = feeds::find(&mut db.read().await.unwrap(), id).await.unwrap();
                assert_eq!(row.events.0, expected.settings.events);
                assert_eq!(row.spec, Document::Known(expected));
                assert_eq!((row.search.as_str(), row.version), ("sales", 3));
            }
            undo(&db, "000009").await;
            assert_eq!(lines(&db, FEED_LINE).await, before);
        }
    })
    .await;
}

const WEBHOOK_LINE: &str = "SELECT name || '|' || add_space_ids || '|' || remove_space_ids || '|' || add_course_ids || '|' || remove_course_ids \
     || '|' || CASE WHEN send_welcome_email THEN 'yes' ELSE 'no' END || '|' || field_map || '|' || allowed_ips \
     || '|' || coalesce(CAST(rate_limit_per_minute AS TEXT), '-') || '|' || CASE WHEN protect_roles THEN 'yes' ELSE 'no' END \
     || '|' || verification || '|' || search || '|' || CAST(version AS TEXT) AS line FROM incoming_webhooks ORDER BY name";

/// An incoming webhook as it was stored before: `values` are those of its settings.
async fn insert_webhook(db: &Db, id: IncomingWebhookId, values: &str) {
    let [id, now, bytes] = literals(db, id.uuid());
    let hash = bytes.replace(
        "01",
        &id.chars()
            .filter(char::is_ascii_hexdigit)
            .collect::<String>(),
    );
    execute(
        db,
        &format!(
            "INSERT INTO incoming_webhooks (id, enabled, verification, expires_at, token_hash, token_sealed, search, version, \
             created_at, updated_at, name, add_space_ids, remove_space_ids, add_course_ids, remove_course_ids, send_welcome_email, \
             field_map, allowed_ips, rate_limit_per_minute, protect_roles) \
             VALUES ({id}, FALSE, '{{\"scheme\":\"none\"}}', {now}, {hash}, {bytes}, 'shop', 3, {now}, {now}, {values})"
        ),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn incoming_webhooks_of_columns_become_documents_and_columns_again() {
    on_each_empty_store(async |db| {
        db.migrate_up().await.unwrap();
        undo(&db, "000010").await;
        let (one, two) = (IncomingWebhookId::generate(), IncomingWebhookId::generate());
        let full: WebhookSpec = serde_json::from_value(json!({
            "name": ODD,
            "add_space_ids": [SpaceId::generate(), SpaceId::generate()],
            "remove_space_ids": [SpaceId::generate()],
            "add_course_ids": [CourseId::generate()],
            "remove_course_ids": [CourseId::generate()],
            "send_welcome_email": true,
            "field_map": {"email": "/a~1b/'"},
            "allowed_ips": ["203.0.113.0/24"],
            "rate_limit_per_minute": 7,
            "protect_roles": true,
        }))
        .unwrap();
        let bare = WebhookSpec {
            name: "A shop".into(),
            ..WebhookSpec::default()
        };
        for (id, spec) in [(one, &full), (two, &bare)] {
            let values = format!(
                "'{}', '{}', '{}', '{}', '{}', {}, '{}', '{}', {}, {}",
                spec.name.replace('\'', "''"),
                json(&spec.add_space_ids),
                json(&spec.remove_space_ids),
                json(&spec.add_course_ids),
                json(&spec.remove_course_ids),
                spec.send_welcome_email,
                json(&spec.field_map),
                json(&spec.allowed_ips),
                json(&spec.rate_limit_per_minute),
                spec.protect_roles,
            );
            insert_webhook(&db, id, &values).await;
        }
        let before = lines(&db, WEBHOOK_LINE).await;
        for _ in 0..2 {
            db.migrate_up().await.unwrap();
            for (id, expected) in [(one, &full), (two, &bare)] {
                let mut conn = db.read().await.unwrap();
                let row = incoming_webhooks::find(&mut conn, id).await.unwrap();
                assert_eq!(row.spec, Document::Known(expected.clone()));
                assert_eq!((row.search.as_str(), row.version), ("shop", 3));
                assert!(!row.enabled && row.expires_at.is_some());
            }
            undo(&db, "000010").await;
            assert_eq!(lines(&db, WEBHOOK_LINE).await, before);
        }
    })
    .await;
}
