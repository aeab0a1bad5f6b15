//! Settings that move from columns into documents, and back.

use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::RunQueryDsl;
use domain::{
    feed::{FeedBody, FeedHeader, FeedSettings, FeedSpec, SelectedField},
    id::FeedId,
    outbound::{
        request::{Format, Method},
        signature::SignatureKind,
    },
};
use storage::{Conn, Db, Document, feeds};

use crate::stores::on_each_empty_store;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

async fn execute(db: &Db, sql: &str) {
    let done = match &mut db.write().await.unwrap() {
        Conn::Pg(c) => sql_query(sql).execute(c).await,
        Conn::Sqlite(c) => sql_query(sql).execute(c).await,
    };
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn lines(db: &Db, sql: &str) -> Vec<String> {
    let rows: Vec<Line> = match &mut db.read().await.unwrap() {
        Conn::Pg(c) => sql_query(sql).load(c).await.unwrap(),
        Conn::Sqlite(c) => sql_query(sql).load(c).await.unwrap(),
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

fn full() -> FeedSpec {
    FeedSpec {
        settings: FeedSettings {
            title: ODD.into(),
            url: Some("https://a.example/?x=1".into()),
            method: Method::Get,
            format: Format::Form,
            signature: SignatureKind::Both,
            events: vec!["order.*".into(), "user.created".into()],
            condition: Some("data.name == \"O'Hara\"".into()),
            timeout_ms: 1000,
            max_in_flight: 2,
            rate_limit_per_second: Some(3),
            retry_schedule: Some(vec![5, 60]),
            retry_client_errors: false,
        },
        headers: vec![FeedHeader {
            name: "X-A".into(),
            value: "c2VhbGVk".into(),
            secret: true,
            basic_auth: Some("ines".into()),
        }],
        body: FeedBody::Selected {
            fields: vec![SelectedField {
                key: ODD.into(),
                value: "{{ data.x }} \u{0}".into(),
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
