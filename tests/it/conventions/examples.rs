//! The examples of the document are requests that work.

use reqwest::Method;
use serde_json::json;

use super::{Check, Operation, World, checks::send};

pub(super) const ALL: &[Check] = &[
    Check {
        name: "the example of a body works",
        applies: |operation| {
            (operation.managed() || operation.for_guests()) && operation.takes_body
        },
        except: &[(
            "POST /v1/password/reset",
            "its token comes by mail; the tests of mails use it",
        )],
        at_least: 20,
        run: |world, operation| Box::pin(works(world, operation)),
    },
    Check {
        name: "reading works",
        applies: |operation| operation.managed() && operation.method == Method::GET,
        except: &[],
        at_least: 27,
        run: |world, operation| Box::pin(works(world, operation)),
    },
    Check {
        name: "deleting works once",
        applies: |operation| operation.managed() && operation.method == Method::DELETE,
        except: &[],
        at_least: 9,
        run: |world, operation| Box::pin(deletes(world, operation)),
    },
];

async fn works(world: &World, operation: &Operation) {
    let body = world.body(operation);
    assert!(
        !operation.takes_body || body.as_ref().is_some_and(|body| body.is_object()),
        "no example"
    );
    let answer = send(&world.api, operation, &world.path(operation), body).await;
    assert!((200..300).contains(&answer.status), "{answer:?}");
    if answer.status == 201 && operation.method == Method::POST {
        let location = answer.header("location").expect("a Location").to_owned();
        let path = location.strip_prefix(&world.api.base).unwrap_or(&location);
        let read = world.api.get(path).await.ok(200);
        assert_eq!(read.header("etag"), answer.header("etag"));
    }
}

/// In a world of its own: the document's order would remove what others need.
async fn deletes(world: &World, operation: &Operation) {
    let world = World::make(&world.api).await;
    let path = world.path(operation);
    let answer = send(&world.api, operation, &path, None).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0), "{answer:?}");
    send(
        &world.api,
        operation,
        &path,
        operation.takes_body.then(|| json!({})),
    )
    .await
    .problem(404, "not_found");
}
