//! `Idempotency-Key` on every POST under `/v1`, and on calls of incoming webhooks: the first answer
//! is kept and given again to a repeat.

mod once;

use actix_web::{
    Error, HttpMessage, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{HeaderMap, HeaderName},
    },
    middleware::Next,
    web::Data,
};

#[cfg(test)]
pub(crate) use once::digest;
pub(crate) use once::{Once, Turn};

use super::{auth, body};
use crate::{Code, Problem, State};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// The middleware of `/v1`; it stands behind [`auth::identify`].
pub(crate) async fn layer(
    state: Data<State>,
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // A caller without a valid key gets 401 from the handler; nothing is written for such a
    // request.
    match auth::key_of(req.request()) {
        Some(caller) if *req.method() == Method::POST => {
            once(&state, &caller.to_string(), req, next).await
        }
        _ => Ok(next.call(req).await?.map_into_boxed_body()),
    }
}

/// Runs a request, unless its key's first request from the same caller did already.
async fn once(
    state: &State,
    caller: &str,
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let turn = match turn(state, caller, &mut req).await {
        Ok(turn) => turn,
        Err(problem) => return Ok(req.into_response(problem.error_response())),
    };
    match turn {
        None => Ok(next.call(req).await?.map_into_boxed_body()),
        Some(Turn::Repeat(answer)) => Ok(req.into_response(answer)),
        Some(Turn::First(run)) => {
            let (request, response) = next.call(req).await?.into_parts();
            let response = run.keep(response.map_into_boxed_body()).await;
            Ok(ServiceResponse::new(request, response))
        }
    }
}

/// Whether a request with a key is the first one; `None` without a key. Reads the body and puts it
/// back.
async fn turn<'s>(
    state: &'s State,
    caller: &str,
    req: &mut ServiceRequest,
) -> Result<Option<Turn<'s>>, Problem> {
    let Some(key) = key_in(req.headers())? else {
        return Ok(None);
    };
    let limit = body::limit_of(req.request(), &state.settings);
    let payload = req.take_payload();
    let body = body::read(req.headers(), payload, limit).await?;
    req.set_payload(Payload::from(body.clone()));
    let (method, uri) = (req.method().as_str(), req.uri().to_string());
    let same: [&[u8]; 3] = [method.as_bytes(), uri.as_bytes(), &body];
    Once::new(state, caller, &key, &same)
        .claim()
        .await
        .map(Some)
}

/// The key that a request carries.
pub(crate) fn key_in(headers: &HeaderMap) -> Result<Option<Vec<u8>>, Problem> {
    let Some(key) = headers.get(HEADER).map(|value| value.as_bytes().to_vec()) else {
        return Ok(None);
    };
    if !(1..=255).contains(&key.len()) || !key.iter().all(u8::is_ascii_graphic) {
        return Err(Problem::new(Code::InvalidIdempotencyKey)
            .detail("Use 1 to 255 visible ASCII characters."));
    }
    Ok(Some(key))
}
