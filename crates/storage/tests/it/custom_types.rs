//! The custom types in memory: what was saved counts, and nothing is read twice.

use domain::{Clock, event::Event};
use serde_json::{Value, json};
use storage::{
    Conn, JsonText,
    custom_types::CustomTypes,
    event_types::{self, EventType, EventTypeId},
};

use crate::stores::on_each_store;

fn event_type(name: &str, schema: Option<Value>) -> EventType {
    let now = Clock::system().now();
    EventType {
        id: EventTypeId::generate(),
        name: name.into(),
        label: name.into(),
        group_label: "Tests".into(),
        description: None,
        json_schema: schema.map(JsonText),
        example: JsonText(json!({"n": 1})),
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// Whether an event of this type is taken.
async fn takes(types: &CustomTypes, conn: &mut Conn, kind: &str, data: &Value) -> bool {
    let event = Event::new(kind, "shop", data, Clock::system().now());
    types.now(conn).await.unwrap().check(&event).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_seen_and_nothing_is_read_for_nothing() {
    on_each_store(async |db| {
        let (mut conn, types) = (db.write().await.unwrap(), CustomTypes::default());
        let before = types.now(&mut conn).await.unwrap();
        assert!(
            std::sync::Arc::ptr_eq(&before, &types.now(&mut conn).await.unwrap()),
            "the same snapshot"
        );
        let mut quiz = event_type("quiz.passed", Some(json!({"required": ["score"]})));
        event_types::insert(&mut conn, &quiz).await.unwrap();
        event_types::insert(&mut conn, &event_type("any.thing", None))
            .await
            .unwrap();
        assert!(
            types.now(&mut conn).await.unwrap().has("quiz.passed") && !before.has("quiz.passed")
        );
        assert!(!takes(&types, &mut conn, "quiz.passed", &json!({})).await);
        assert!(takes(&types, &mut conn, "quiz.passed", &json!({"score": 1})).await);
        assert!(
            takes(&types, &mut conn, "any.thing", &json!({})).await
                && takes(&types, &mut conn, "order.paid", &json!({})).await
        );
        quiz.json_schema = Some(JsonText(json!({"required": ["points"]})));
        event_types::update(&mut conn, &mut quiz).await.unwrap();
        assert!(!takes(&types, &mut conn, "quiz.passed", &json!({"score": 1})).await);
        let names = ["quiz.passed".to_owned(), "order.paid".to_owned()];
        assert_eq!(
            event_types::examples(&mut conn, &names).await.unwrap(),
            [("quiz.passed".to_owned(), json!({"n": 1}))]
        );
        event_types::delete(&mut conn, quiz.id).await.unwrap();
        assert!(!types.now(&mut conn).await.unwrap().has("quiz.passed"));
        let mut names: Vec<_> = types.last().names().cloned().collect();
        names.sort();
        assert_eq!(names, ["any.thing"]);
    })
    .await;
}

/// A schema that no version would let in any more is not enforced; others still are.
#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_cannot_be_used_takes_nothing_down() {
    on_each_store(async |db| {
        let (mut conn, types) = (db.write().await.unwrap(), CustomTypes::default());
        event_types::insert(
            &mut conn,
            &event_type("bad.one", Some(json!({"type": "nonsense"}))),
        )
        .await
        .unwrap();
        event_types::insert(
            &mut conn,
            &event_type("good.one", Some(json!({"required": ["a"]}))),
        )
        .await
        .unwrap();
        assert!(takes(&types, &mut conn, "bad.one", &json!({})).await);
        assert!(!takes(&types, &mut conn, "good.one", &json!({})).await);
    })
    .await;
}
