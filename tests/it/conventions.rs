//! The conventions of the API, checked on every operation that its OpenAPI document names. Which
//! checks an operation gets follows from its method and path alone; exceptions are listed with
//! their reasons, and numbers are asserted, so that nothing is skipped in silence.

mod answers;
mod checks;
mod document;
mod examples;
mod headers;
mod routes;
mod world;

use std::{future::Future, panic::AssertUnwindSafe, pin::Pin};

use futures_util::FutureExt;
use hookyard_tests::{App, Profile, both_profiles};

use document::Operation;
use world::World;

both_profiles!(
    the_conventions_hold_on_every_operation,
    the_document_names_every_route_and_no_other
);

type Run = for<'a> fn(&'a World, &'a Operation) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// One convention.
struct Check {
    name: &'static str,
    /// To which operations it applies, by method and path.
    applies: fn(&Operation) -> bool,
    /// Operations (`GET /v1/…`) that are left out, and why.
    except: &'static [(&'static str, &'static str)],
    /// How many operations it must be applied to at least.
    at_least: usize,
    run: Run,
}

async fn the_conventions_hold_on_every_operation(profile: Profile) {
    // The walk asks more often than a guest may.
    let app = App::configured(profile, |settings| {
        settings
            .set("auth.password_requests_per_minute", "1000")
            .set("auth.password_mails_per_hour", "1000");
    })
    .await;
    let operations = document::operations(&app.api.openapi().await);
    let mut failures = Vec::new();
    for check in checks::ALL.iter().chain(answers::ALL).chain(examples::ALL) {
        let world = World::make(&app.api).await;
        failures.extend(walk(check, &operations, &world).await);
    }
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// Applies a check to every operation that it concerns; what fails is collected.
async fn walk(check: &Check, operations: &[Operation], world: &World) -> Vec<String> {
    let concerned: Vec<_> = operations
        .iter()
        .filter(|operation| (check.applies)(operation))
        .collect();
    for (name, _) in check.except {
        assert!(
            concerned.iter().any(|operation| operation.name() == *name),
            "{}: {name} needs no exception",
            check.name
        );
    }
    let is_left_out = |operation: &Operation| {
        check
            .except
            .iter()
            .any(|(name, _)| operation.name() == *name)
    };
    let (mut applied, mut failures) = (0, Vec::new());
    for operation in concerned.iter().filter(|operation| !is_left_out(operation)) {
        applied += 1;
        if let Err(panic) = AssertUnwindSafe((check.run)(world, operation))
            .catch_unwind()
            .await
        {
            let text = panic
                .downcast_ref::<String>()
                .cloned()
                .or(panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            failures.push(format!(
                "{}: {}: {}",
                check.name,
                operation.name(),
                text.unwrap_or_default()
            ));
        }
    }
    println!("{}: {applied} operations", check.name);
    assert_eq!(applied, concerned.len() - check.except.len());
    assert!(
        applied >= check.at_least,
        "{}: only {applied} operations",
        check.name
    );
    failures
}

async fn the_document_names_every_route_and_no_other(profile: Profile) {
    let app = App::start(profile).await;
    let named: Vec<_> = document::operations(&app.api.openapi().await)
        .iter()
        .map(Operation::name)
        .collect();
    let missing: Vec<_> = routes::ALL
        .iter()
        .filter(|route| !named.iter().any(|name| name == *route))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
    let unknown: Vec<_> = named
        .iter()
        .filter(|name| !routes::ALL.contains(&name.as_str()))
        .collect();
    assert!(unknown.is_empty(), "add to routes.rs: {unknown:#?}");
}
