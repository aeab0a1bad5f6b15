//! The page to which links in mails lead unless the operator has one of their own: it sends the
//! link's token and the chosen password to `POST /v1/password/reset`.

use actix_web::{HttpResponse, http::header, web};
use domain::mail::SET_PASSWORD_PATH;

use super::docs::guarded;

/// Its name in the page is relative, so that it is found below a path of a proxy as well.
pub(super) const SCRIPT_PATH: &str = "/set-password/page.js";

pub(super) fn routes(config: &mut web::ServiceConfig) {
    let page = || async {
        file(
            "text/html; charset=utf-8",
            include_str!("set_password/page.html"),
        )
    };
    let script = || async {
        file(
            "text/javascript; charset=utf-8",
            include_str!("set_password/page.js"),
        )
    };
    config
        .route(SET_PASSWORD_PATH, web::get().to(page))
        .route(SCRIPT_PATH, web::get().to(script));
}

/// Its address holds a token: nobody keeps it.
fn file(kind: &'static str, text: &'static str) -> HttpResponse {
    guarded()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type(kind)
        .body(text)
}
