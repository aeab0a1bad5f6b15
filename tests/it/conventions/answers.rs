//! Idempotency keys, and what answers of resources carry.

use reqwest::Method;
use serde_json::json;

use super::{Check, Operation, World, checks::send, world::fresh};

pub(super) const ALL: &[Check] = &[
    Check {
        name: "a repeat with the same Idempotency-Key gets the stored answer",
        applies: |operation| operation.method == Method::POST && !operation.for_guests(),
        except: &[],
        at_least: 16,
        run: |world, operation| Box::pin(repeat(world, operation)),
    },
    Check {
        name: "a single resource has an ETag",
        applies: |operation| {
            operation.managed() && operation.method == Method::GET && operation.single()
        },
        except: &[],
        at_least: 10,
        run: |world, operation| Box::pin(etag(world, operation)),
    },
    Check {
        name: "a request id that is given comes back",
        applies: |_| true,
        except: &[],
        at_least: 62,
        run: |world, operation| Box::pin(request_id(world, operation)),
    },
];

async fn repeat(world: &World, operation: &Operation) {
    assert!(
        operation.documents("header", "Idempotency-Key"),
        "Idempotency-Key is not documented"
    );
    let client = world.api.idempotent(&fresh("key").replace(' ', "-"));
    let (path, body) = (world.path(operation), world.body(operation));
    let first = send(&client, operation, &path, body.clone()).await;
    assert!(
        (200..300).contains(&first.status),
        "the example fails: {first:?}"
    );
    assert_eq!(first.header("idempotency-replayed"), None);
    let again = send(&client, operation, &path, body).await;
    assert_eq!(
        (again.status, again.header("idempotency-replayed")),
        (first.status, Some("true")),
        "{again:?}"
    );
    for header in ["location", "etag", "content-type"] {
        assert_eq!(again.header(header), first.header(header), "{header}");
    }
    let mut expected = first.json();
    // A secret that is shown once is not shown again.
    let secrets = [
        ("/v1/api-keys", "key"),
        ("/v1/feeds/{id}/rotate-secret", "secret"),
    ];
    if let Some((_, secret)) = secrets.iter().find(|(path, _)| *path == operation.path) {
        expected[secret] = again.json()[secret].clone();
        assert_ne!(first.json()[secret], again.json()[secret]);
    }
    assert_eq!(again.json(), expected);
    send(
        &client,
        operation,
        &path,
        Some(json!({ "another": "body" })),
    )
    .await
    .problem(422, "idempotency_key_reused");
    for key in ["x".repeat(256), "a b".into(), "é".into()] {
        let bad = client.with_bytes("idempotency-key", key.as_bytes());
        send(&bad, operation, &path, world.body(operation))
            .await
            .problem(400, "invalid_idempotency_key");
    }
}

async fn etag(world: &World, operation: &Operation) {
    let path = world.path(operation);
    let (first, again) = (
        world.api.get(&path).await.ok(200),
        world.api.get(&path).await.ok(200),
    );
    assert!(
        first.etag().starts_with('"') && first.etag().ends_with('"'),
        "a strong one: {}",
        first.etag()
    );
    assert_eq!(first.etag(), again.etag());
}

async fn request_id(world: &World, operation: &Operation) {
    let path = world
        .missing(operation)
        .pop()
        .unwrap_or_else(|| operation.path.clone());
    let client = world
        .api
        .without_key()
        .with("x-request-id", "my-request.1_A");
    let answer = client.send(operation.method.clone(), &path, None).await;
    assert_eq!(answer.header("x-request-id"), Some("my-request.1_A"));
    let client = client.with("x-request-id", "not harmless: \"");
    let answer = client.send(operation.method.clone(), &path, None).await;
    assert!(
        answer
            .header("x-request-id")
            .is_some_and(|id| !id.contains('"'))
    );
}
