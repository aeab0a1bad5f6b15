//! The statements of the worker walk indexes, whatever PostgreSQL's statistics said when they were
//! prepared. They are found where PostgreSQL keeps them, on the connection that ran them.

use std::collections::BTreeSet;

use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::RunQueryDsl;
use domain::{
    Clock,
    id::{DeliveryId, EventId, FeedId},
    settings::Section,
};
use storage::{
    DatabaseSettings, Db, Link,
    deliveries::{self, DeliveryResult},
    events::{self, EventRow},
    feed_activity::AttemptOutcome,
    mails,
    results::{self, ResultGroup},
    trials,
};

use crate::bulk::{delivery, event};

/// Executions after which PostgreSQL may keep a plan for good.
const EXECUTIONS: usize = 7;

/// As many rows as show what a scan costs; a tenth of them waits.
const ROWS: &str = "INSERT INTO events SELECT gen_random_uuid(), 'order.paid', 'shop', 'n' || i, now(), now(), \
       convert_to(repeat('x', 300), 'UTF8'), now(), CASE WHEN i % 10 = 0 THEN now() END FROM generate_series(1, 100000) i; \
     INSERT INTO deliveries (id, event_id, event_type, feed_id, state, due_at, lease, attempt_count, method, format, attempts, \
       created_at, is_test) SELECT gen_random_uuid(), gen_random_uuid(), 'order.paid', \
       ('00000000-0000-0000-0000-00000000000' || i % 10)::uuid, 'pending', CASE WHEN i % 100 < 10 THEN now() END, 0, 1, 'POST', \
       'json', '[]', now(), i % 1000 = 0 FROM generate_series(1, 100000) i";

/// The same rows once nothing waits.
const NOTHING_WAITS: &str =
    "UPDATE events SET outbox_due_at = NULL; UPDATE deliveries SET due_at = NULL";

#[derive(QueryableByName)]
struct Prepared {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    statement: String,
    /// `NULL::uuid[], …`, one for each parameter.
    #[diesel(sql_type = Text)]
    nulls: String,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    text: String,
}

/// Runs each of the worker's statements once; changes nothing.
async fn run_all(db: &Db) {
    let now = Clock::system().now();
    let mut tx = db.begin().await.unwrap();
    let row = EventRow::waiting(event(Some("1")));
    events::insert(&mut tx, vec![row]).await.unwrap();
    drop(tx);
    let (id, feed) = (EventId::generate(), FeedId::generate());
    events::claim_outbox(db, now, now, 100).await.unwrap();
    events::move_outbox(db, vec![id], None).await.unwrap();
    let external = vec![("shop".into(), "1".into())];
    let mut conn = db.read().await.unwrap();
    events::known(&mut conn, vec![id], external).await.unwrap();
    drop(conn);
    deliveries::waiting_feeds(db).await.unwrap();
    let wanted = vec![(feed, 10)];
    deliveries::claim_due(db, now, now, wanted).await.unwrap();
    trials::claim(db, now, now, 10).await.unwrap();
    mails::claim(db, now, now, 10).await.unwrap();
    let mut conn = db.read().await.unwrap();
    mails::next_due(&mut conn).await.unwrap();
    events::oldest_in_outbox(&mut conn).await.unwrap();
    drop(conn);
    let outcome = AttemptOutcome {
        delivery: DeliveryId::generate(),
        feed,
        at: now,
        succeeded: true,
        is_last: true,
        shard: 0,
    };
    let group = ResultGroup {
        routed_events: vec![id],
        results: vec![result_of(id, feed)],
        outcomes: vec![outcome],
        ..ResultGroup::default()
    };
    results::record(db, &group, now).await.unwrap();
}

/// The result of a delivery that is not there.
fn result_of(event: EventId, feed: FeedId) -> DeliveryResult {
    let gone = delivery(event, feed, None);
    DeliveryResult {
        id: DeliveryId::generate(),
        lease: 1,
        state: gone.state,
        state_reason: None,
        due_at: None,
        attempt_count: 1,
        last_response_status: None,
        last_error: None,
        attempts: gone.attempts,
        finished_at: None,
    }
}

async fn execute(db: &Db, statement: &str) {
    let mut conn = db.write().await.unwrap();
    let Link::Pg(c) = &mut conn.link else {
        unreachable!("only PostgreSQL plans")
    };
    use diesel_async::SimpleAsyncConnection;
    c.batch_execute(statement).await.unwrap();
}

/// The plans of all statements that the connection has prepared, each below its statement.
async fn plans(db: &Db) -> Vec<(String, Vec<String>)> {
    const PREPARED: &str = "SELECT name, statement, \
         array_to_string(ARRAY(SELECT 'NULL::' || t FROM unnest(parameter_types) t), ', ') AS nulls \
         FROM pg_prepared_statements WHERE statement ~ '(events|deliveries|mails|feed_failures)' AND statement !~ 'pg_prepared_statements'";
    let mut conn = db.write().await.unwrap();
    let Link::Pg(c) = &mut conn.link else {
        unreachable!("only PostgreSQL plans")
    };
    let mut plans = Vec::new();
    let prepared: Vec<Prepared> = sql_query(PREPARED).load(c).await.unwrap();
    for Prepared {
        name,
        statement,
        nulls,
    } in prepared
    {
        let arguments = if nulls.is_empty() {
            nulls
        } else {
            format!("({nulls})")
        };
        let explain = format!("EXPLAIN EXECUTE \"{name}\"{arguments}");
        let lines: Vec<Line> = sql_query(explain).load(c).await.unwrap();
        let lines = lines.into_iter().map(|line| line.text).collect();
        plans.push((statement, lines));
    }
    plans
}

/// What is wrong with a plan: it reads more rows than it needs.
fn flaw(plan: &[String]) -> Option<String> {
    let mut before = "";
    for (n, line) in plan.iter().enumerate() {
        if line.contains("Seq Scan") || line.contains("Bitmap") {
            return Some(line.trim().to_owned());
        }
        // The first of an index is one row; else a scan needs something to look up.
        let is_index = line.contains("Index Scan") || line.contains("Index Only Scan");
        let looks_up = plan.get(n + 1).is_some_and(|l| l.contains("Index Cond"));
        let is_first = before.contains("Limit");
        if is_index && !looks_up && !is_first {
            return Some(format!("all of {}", line.trim()));
        }
        before = line;
    }
    None
}

/// Which indexes all plans use together.
fn indexes(plans: &[(String, Vec<String>)]) -> BTreeSet<&str> {
    let lines = plans.iter().flat_map(|(_, plan)| plan);
    let used = lines.filter_map(|line| line.split(" using ").nth(1)?.split(' ').next());
    used.collect()
}

async fn check(db: &Db, when: &str) {
    let plans = plans(db).await;
    assert!(plans.len() >= 12, "{} statements were found", plans.len());
    let flaws: Vec<_> = plans
        .iter()
        .filter_map(|(statement, plan)| Some(format!("{}\n  in {statement}", flaw(plan)?)))
        .collect();
    assert!(flaws.is_empty(), "{when}:\n{}", flaws.join("\n"));
    let expected = [
        "deliveries_pkey",
        "deliveries_tests",
        "deliveries_waiting",
        "events_external",
        "events_outbox",
        "events_pkey",
        "feed_failures_pkey",
        "mails_due",
    ];
    assert_eq!(indexes(&plans), expected.into(), "{when}");
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_walk_indexes_whatever_the_statistics_say() {
    testing::on_each_store(async |url| {
        let mut settings = DatabaseSettings::defaults();
        settings.max_connections = 1;
        let db = Db::open(&url.parse().unwrap(), &settings).unwrap();
        if db.is_embedded() {
            return;
        }
        db.migrate_up().await.unwrap();
        let calm = "ALTER TABLE events SET (autovacuum_enabled = off); ALTER TABLE deliveries SET (autovacuum_enabled = off)";
        execute(&db, calm).await;
        // Else it would depend on estimates of cost which of them keep their first plan.
        execute(&db, "SET plan_cache_mode = force_generic_plan").await;
        for _ in 0..EXECUTIONS {
            run_all(&db).await;
        }
        check(&db, "prepared on empty tables").await;
        execute(&db, ROWS).await;
        check(&db, "and then there are rows").await;
        execute(&db, "ANALYZE").await;
        check(&db, "analysed while rows wait").await;
        execute(&db, NOTHING_WAITS).await;
        execute(&db, "VACUUM ANALYZE events").await;
        execute(&db, "VACUUM ANALYZE deliveries").await;
        check(&db, "analysed while nothing waits").await;
    })
    .await;
}
