//! Migrations: up, down and up again on both databases, which must end with the same tables.

use std::collections::BTreeMap;

use diesel::{QueryableByName, sql_types::Text};
use diesel_async::RunQueryDsl;
use storage::{Db, Link, SchemaState};

use crate::stores::on_each_empty_store;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    nullable: String,
}

type Shape = BTreeMap<String, Vec<(String, String)>>;

/// Tables with their columns (in order) and whether those may be null.
async fn shape(db: &Db) -> Shape {
    const PG: &str = "SELECT table_name::text, column_name::text, is_nullable::text AS nullable FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%' ORDER BY table_name, ordinal_position";
    const LITE: &str = "SELECT m.name AS table_name, c.name AS column_name, \
         CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 THEN 'NO' ELSE 'YES' END AS nullable \
         FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' \
         AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid";
    let rows: Vec<Column> = match &mut db.read().await.unwrap().link {
        Link::Pg(c) => diesel::sql_query(PG).load(c).await.unwrap(),
        Link::Sqlite(c) => diesel::sql_query(LITE).load(c).await.unwrap(),
    };
    let mut shape = Shape::new();
    for row in rows {
        shape
            .entry(row.table_name)
            .or_default()
            .push((row.column_name, row.nullable));
    }
    shape
}

#[tokio::test(flavor = "multi_thread")]
async fn up_down_up_leads_to_the_same_schema_on_both_databases() {
    let shapes = std::sync::Mutex::new(Vec::new());
    on_each_empty_store(async |db| {
        let waiting = db.migrations().await.unwrap().len();
        assert_eq!(
            db.schema_state().await.unwrap(),
            SchemaState::Behind(waiting)
        );
        assert_eq!(db.migrate_up().await.unwrap().len(), waiting);
        let first = shape(&db).await;
        assert!(first.contains_key("deliveries"));
        for _ in 0..waiting {
            assert!(db.migrate_down().await.unwrap().is_some());
        }
        assert_eq!(db.migrate_down().await.unwrap(), None);
        assert_eq!(
            shape(&db).await,
            Shape::new(),
            "down.sql leaves something behind"
        );
        db.migrate_up().await.unwrap();
        assert_eq!(shape(&db).await, first);
        assert_eq!(db.schema_state().await.unwrap(), SchemaState::Current);
        shapes.lock().unwrap().push(first);
    })
    .await;
    let shapes = shapes.into_inner().unwrap();
    assert!(
        shapes.windows(2).all(|pair| pair[0] == pair[1]),
        "the databases differ: {shapes:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_may_migrate_at_once() {
    on_each_empty_store(async |db| {
        let other = db.clone();
        let (one, two) = tokio::join!(
            tokio::spawn(async move { other.migrate_up().await }),
            tokio::spawn({
                let db = db.clone();
                async move { db.migrate_up().await }
            })
        );
        let ran = one.unwrap().unwrap().len() + two.unwrap().unwrap().len();
        assert_eq!(ran, db.migrations().await.unwrap().len());
    })
    .await;
}

async fn execute(db: &Db, statement: &str) {
    match &mut db.write().await.unwrap().link {
        Link::Pg(c) => drop(diesel::sql_query(statement).execute(c).await.unwrap()),
        Link::Sqlite(c) => drop(diesel::sql_query(statement).execute(c).await.unwrap()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_is_refused_only_when_it_breaks_this_program() {
    const LATER: &str =
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000001')";
    const BREAKING: &str =
        "UPDATE revisions SET value = 29991231000001 WHERE name = 'breaking_migration'";
    on_each_empty_store(async |db| {
        db.migrate_up().await.unwrap();
        execute(&db, LATER).await;
        let state = async || db.schema_state().await.unwrap();
        assert_eq!(state().await, SchemaState::Compatible(1));
        execute(&db, BREAKING).await;
        assert_eq!(state().await, SchemaState::Ahead(1));
        execute(&db, "DELETE FROM revisions").await;
        assert_eq!(
            state().await,
            SchemaState::Ahead(1),
            "nobody says that it fits"
        );
    })
    .await;
}
