//! What is left when no route took a request: 404, or 405 with `Allow` when the path exists for
//! other methods. The paths come from the OpenAPI document, so that they cannot be forgotten here.

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ResourceDef, ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
    web::Data,
};
use domain::mail::SET_PASSWORD_PATH;
use utoipa::openapi::{OpenApi, PathItem};

use super::set_password::SCRIPT_PATH;
use crate::{Code, Problem};

/// Every path with its methods.
pub(crate) struct Paths(Vec<(ResourceDef, Vec<&'static str>)>);

impl Paths {
    pub(crate) fn of(document: &OpenApi, docs: bool) -> Self {
        let documented = document
            .paths
            .paths
            .iter()
            .map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item)));
        let shown = ["/openapi.json", "/docs", "/docs/{file:.*}"];
        let pages = [SET_PASSWORD_PATH, SCRIPT_PATH];
        let served = shown.into_iter().filter(|_| docs).chain(pages);
        let served = served.map(|path| (ResourceDef::new(path), vec!["GET"]));
        Self(documented.chain(served).collect())
    }

    /// The methods of a path, sorted; none for a path that does not exist. A fixed path hides the
    /// patterns that match it.
    fn methods(&self, path: &str) -> Vec<&'static str> {
        let fixed = self
            .0
            .iter()
            .any(|(pattern, _)| pattern.pattern() == Some(path));
        let known = self.0.iter().filter(|(pattern, _)| {
            if fixed {
                pattern.pattern() == Some(path)
            } else {
                pattern.is_match(path)
            }
        });
        let mut methods: Vec<_> = known.flat_map(|(_, methods)| methods).copied().collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.sort_unstable();
        methods.dedup();
        methods
    }
}

fn methods(item: &PathItem) -> Vec<&'static str> {
    let all = [
        ("GET", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ];
    all.into_iter()
        .filter(|(_, there)| *there)
        .map(|(name, _)| name)
        .collect()
}

/// The service of last resort.
pub(crate) async fn answer(req: HttpRequest, paths: Data<Paths>) -> Result<HttpResponse, Problem> {
    let methods = paths.methods(req.path());
    if methods.is_empty() {
        return Err(Problem::new(Code::NotFound));
    }
    let allow = methods.join(", ");
    Err(Problem::new(Code::MethodNotAllowed)
        .detail(format!("Use one of: {allow}."))
        .allow(allow))
}

/// Lets HEAD do what GET does; the server leaves the body out by itself.
pub(crate) async fn head_as_get<B: MessageBody>(
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if *req.method() == Method::HEAD {
        req.head_mut().method = Method::GET;
    }
    next.call(req).await
}
