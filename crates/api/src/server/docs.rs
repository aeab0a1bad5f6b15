//! The document, and a page that shows it without the internet.

use std::{borrow::Cow, sync::Arc};

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::header::{self, ContentEncoding},
    web::{self, Bytes, Path},
};
use utoipa_swagger_ui::{Config, SwaggerFile};

use crate::{Code, Problem};

/// The page loads and asks nothing but this server, and lies in no other page. Swagger UI writes styles
/// into its elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Serves both.
pub(crate) fn routes(config: &mut web::ServiceConfig, document: Bytes) {
    let json = move || {
        let document = document.clone();
        async move { guarded().content_type("application/json").body(document) }
    };
    let page = Arc::new(Config::from("/openapi.json").validator_url("none"));
    config
        .route("/openapi.json", web::get().to(json))
        .service(web::redirect("/docs", "/docs/"))
        .route(
            "/docs/{file:.*}",
            web::get().to(move |path: Path<String>| {
                let file = file(&path, page.clone());
                async move { file }
            }),
        );
}

fn file(path: &str, page: Arc<Config<'static>>) -> Result<HttpResponse, Problem> {
    match utoipa_swagger_ui::serve(path, page) {
        Ok(Some(file)) => Ok(answer(file)),
        Ok(None) => Err(Problem::new(Code::NotFound)),
        Err(error) => {
            tracing::error!(%error, "the page of the document cannot be made");
            Err(Problem::new(Code::Internal))
        }
    }
}

/// The page's files lie in the program and are not copied for each answer.
fn answer(file: SwaggerFile<'static>) -> HttpResponse {
    let mut response = guarded();
    if file.gzpipped {
        response.insert_header((header::CONTENT_ENCODING, ContentEncoding::Gzip));
    }
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    response.content_type(file.content_type).body(bytes)
}

/// An answer that a browser shows as a page of its own, and as nothing else.
pub(super) fn guarded() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_FRAME_OPTIONS, "DENY"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"));
    response
}
