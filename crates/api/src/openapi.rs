//! The OpenAPI document: what the handlers' annotations say, plus what holds for all operations
//! alike and so is added here once: security, path parameters, paging, `If-Match`,
//! `Idempotency-Key`, and the answers for errors.

mod complete;

use actix_web::App;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_actix_web::{AppExt, scope};

use crate::{
    problem::{FieldProblem, ProblemDocument},
    routes,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hookyard",
        description = "Connects a community and its store to the rest of the world by webhooks.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(ProblemDocument, FieldProblem)),
    modifiers(&Security),
    tags(
        (name = "users", description = "The people of the community."),
        (name = "password", description = "Setting a password; no API key is needed."),
        (name = "spaces", description = "Groups of the community, and their members."),
        (name = "courses", description = "Courses, and their students."),
        (name = "incoming-webhooks", description = "Secret URLs through which other apps add and remove people."),
        (name = "intake", description = "The public side of incoming webhooks."),
        (name = "feeds", description = "Outgoing webhooks."),
        (name = "events", description = "What happened."),
        (name = "event-types", description = "The catalogue of what can happen."),
        (name = "deliveries", description = "Events on their way to feeds."),
        (name = "api-keys", description = "The keys of this API and their scopes."),
        (name = "health", description = "The health of the process."),
    ),
)]
struct Api;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("hyk_…")
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

/// The document of everything that is served.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let app = App::new().into_utoipa_app().openapi(Api::openapi());
    let app = app
        .configure(routes::outside)
        .service(scope("/v1").configure(routes::v1));
    let (_, mut document) = app.split_for_parts();
    complete::complete(&mut document);
    document
}
