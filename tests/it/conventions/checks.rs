//! What every operation refuses, and how.

use reqwest::Method;
use serde_json::json;

use super::{Check, Operation, World};

pub(super) const ALL: &[Check] = &[
    Check {
        name: "no key is 401",
        applies: Operation::managed,
        except: &[],
        at_least: 59,
        run: |world, operation| Box::pin(no_key(world, operation)),
    },
    Check {
        name: "what is for guests needs no key, and says so",
        applies: |operation| !operation.managed(),
        except: &[],
        at_least: 5,
        run: |world, operation| Box::pin(open(world, operation)),
    },
    Check {
        name: "a key without the scope is 403",
        applies: Operation::managed,
        except: &[],
        at_least: 59,
        run: |world, operation| Box::pin(weak_key(world, operation)),
    },
    Check {
        name: "an id that nothing has is 404",
        applies: |operation| operation.path.contains('{'),
        except: &[],
        at_least: 41,
        run: |world, operation| Box::pin(unknown_id(world, operation)),
    },
    Check {
        name: "an unknown field is 422",
        applies: |operation| {
            (operation.managed() || operation.for_guests()) && operation.example.is_some()
        },
        except: &[(
            "POST /v1/incoming-webhooks/{id}/preview",
            "takes what the intake takes, where others are ignored",
        )],
        at_least: 20,
        run: |world, operation| Box::pin(unknown_field(world, operation)),
    },
    Check {
        name: "a stale If-Match is 412",
        applies: |operation| {
            let read = operation.siblings.iter().any(|method| method == "GET");
            operation.method == Method::PATCH || (operation.method == Method::DELETE && read)
        },
        except: &[],
        at_least: 13,
        run: |world, operation| Box::pin(stale(world, operation)),
    },
    Check {
        name: "a forged cursor is 400",
        applies: |operation| {
            operation.managed() && operation.method == Method::GET && !operation.single()
        },
        except: &[
            ("GET /v1/feeds/{id}/secret", "a single resource"),
            (
                "GET /v1/event-types/{type}/fields",
                "the whole list of one type's fields, which is bounded",
            ),
        ],
        at_least: 14,
        run: |world, operation| Box::pin(forged_cursor(world, operation)),
    },
    Check {
        name: "another method is 405",
        applies: Operation::leads,
        except: &[],
        at_least: 39,
        run: |world, operation| Box::pin(wrong_method(world, operation)),
    },
    Check {
        name: "a body that is too large is 413",
        applies: |operation| operation.takes_body,
        except: &[],
        at_least: 21,
        run: |world, operation| Box::pin(oversize(world, operation)),
    },
    Check {
        name: "a body that is not JSON is 400, and of another type 415",
        applies: |operation| operation.takes_body,
        except: &[],
        at_least: 21,
        run: |world, operation| Box::pin(unreadable(world, operation)),
    },
];

async fn no_key(world: &World, operation: &Operation) {
    assert!(operation.secured(), "the document asks for no key");
    let nobody = world.api.without_key();
    for path in [
        world.path(operation),
        world
            .missing(operation)
            .pop()
            .unwrap_or_else(|| operation.path.clone()),
    ] {
        let answer = send(&nobody, operation, &path, world.body(operation)).await;
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        answer.problem(401, "unauthenticated");
    }
}

async fn open(world: &World, operation: &Operation) {
    let answer = send(
        &world.api.without_key(),
        operation,
        &world.path(operation),
        world.body(operation),
    )
    .await;
    assert!(![401, 403].contains(&answer.status), "{answer:?}");
    // The intake answers 401 to a wrong signature.
    let asks = operation.secured() || (operation.for_guests() && operation.answers(401));
    assert!(!asks, "the document asks for a key");
    // What anybody may call is limited by where it comes from.
    assert!(
        !operation.for_guests() || operation.answers(429),
        "429 is not documented"
    );
}

async fn weak_key(world: &World, operation: &Operation) {
    // No scope opens both events with their types and anything else.
    let about_events = operation.path.starts_with("/v1/event");
    let weak = world
        .api
        .limited_to(&[if about_events {
            "community:read"
        } else {
            "events:publish"
        }])
        .await;
    for path in [
        world.path(operation),
        world
            .missing(operation)
            .pop()
            .unwrap_or_else(|| operation.path.clone()),
    ] {
        send(&weak, operation, &path, world.body(operation))
            .await
            .problem(403, "missing_scope");
    }
}

async fn unknown_id(world: &World, operation: &Operation) {
    let code = if operation.managed() {
        "not_found"
    } else {
        "webhook_not_found"
    };
    for path in world.missing(operation) {
        send(&world.api, operation, &path, world.body(operation))
            .await
            .problem(404, code);
    }
}

async fn unknown_field(world: &World, operation: &Operation) {
    let mut body = world.body(operation).expect("only where there is one");
    body.as_object_mut()
        .expect("bodies are objects")
        .insert("no_such_field".into(), json!(1));
    let found = send(&world.api, operation, &world.path(operation), Some(body))
        .await
        .invalid();
    assert_eq!(
        found,
        [("/no_such_field".to_owned(), "unknown_field".to_owned())]
    );
}

async fn stale(world: &World, operation: &Operation) {
    assert!(
        operation.documents("header", "If-Match"),
        "If-Match is not documented"
    );
    let path = world.path(operation);
    let current = world.api.get(&path).await.ok(200).etag();
    for old in [
        "\"v0\"",
        "\"other\", \"and another\"",
        &format!("W/{current}"),
    ] {
        let client = world.api.if_match(old);
        send(&client, operation, &path, world.body(operation))
            .await
            .problem(412, "stale");
    }
    assert_eq!(
        world.api.get(&path).await.ok(200).etag(),
        current,
        "nothing has changed"
    );
}

async fn forged_cursor(world: &World, operation: &Operation) {
    assert!(
        operation.documents("query", "cursor") && operation.documents("query", "limit"),
        "paging is not documented"
    );
    let path = world.path(operation);
    let list = world.api.get(&path).await.ok(200).json();
    assert_eq!(
        list.as_object().expect("a list").keys().collect::<Vec<_>>(),
        ["data", "next_cursor", "prev_cursor"]
    );
    for cursor in ["nonsense", "AAAA", &"A".repeat(44), "%00"] {
        world
            .api
            .get(&format!("{path}?cursor={cursor}"))
            .await
            .problem(400, "invalid_cursor");
    }
    let unknown = world
        .api
        .get(&format!("{path}?no_such_parameter=1"))
        .await
        .invalid();
    assert_eq!(
        unknown,
        [("no_such_parameter".to_owned(), "unknown_field".to_owned())]
    );
    assert_eq!(
        world.api.get(&format!("{path}?limit=101")).await.invalid()[0].0,
        "limit"
    );
}

async fn wrong_method(world: &World, operation: &Operation) {
    let all = [
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::POST,
        Method::GET,
    ];
    let other = all.into_iter().find(|method| {
        !operation
            .siblings
            .iter()
            .any(|known| known == method.as_str())
    });
    let answer = world
        .api
        .send(
            other.expect("no path has all methods"),
            &world.path(operation),
            None,
        )
        .await;
    let allowed = answer.header("allow").expect("Allow").to_owned();
    let mut allowed: Vec<_> = allowed
        .split(',')
        .map(str::trim)
        .filter(|method| !["HEAD", "OPTIONS"].contains(method))
        .collect();
    allowed.sort_unstable();
    assert_eq!(allowed, operation.siblings);
    answer.problem(405, "method_not_allowed");
}

async fn oversize(world: &World, operation: &Operation) {
    let limit = match operation.path.as_str() {
        "/v1/events" | "/v1/events/batch" => 16 * 1024 * 1024,
        path if path.starts_with("/v1/") => 1024 * 1024,
        _ => 256 * 1024,
    };
    let body = json!({ "email": "x".repeat(limit) });
    send(&world.api, operation, &world.path(operation), Some(body))
        .await
        .problem(413, "too_large");
}

async fn unreadable(world: &World, operation: &Operation) {
    let path = world.path(operation);
    let send = async |kind: &str, body: &'static str| {
        world
            .api
            .send(operation.method.clone(), &path, Some((kind, body.into())))
            .await
    };
    for body in ["{", "{\"a\":}", "nonsense", "{} {}"] {
        send("application/json", body)
            .await
            .problem(400, "malformed");
    }
    for kind in ["text/plain", "application/xml"] {
        send(kind, "{}")
            .await
            .problem(415, "unsupported_media_type");
    }
    assert!(
        operation.answers(400) && operation.answers(415),
        "400 or 415 is not documented"
    );
}

/// Sends an operation with a JSON body, if it takes one. Whatever it answers must be documented.
pub(super) async fn send(
    client: &hookyard_tests::Client,
    operation: &Operation,
    path: &str,
    body: Option<serde_json::Value>,
) -> hookyard_tests::Answer {
    let body = body.map(|body| ("application/json", body.to_string().into()));
    let answer = client.send(operation.method.clone(), path, body).await;
    assert!(
        operation.answers(answer.status),
        "{} is not documented",
        answer.status
    );
    answer
}
