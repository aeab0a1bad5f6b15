//! The few operations that need no API key, and so are limited by where they come from.

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};
use futures_util::future::{FutureExt, LocalBoxFuture};

use super::source_address::source_address;
use crate::{Problem, State, state::source_key};

/// Stands in a handler's signature where others name a [`super::Caller`]: anybody may call,
/// but only so often (`auth.password_requests_per_minute`).
pub(crate) struct Guest;

impl FromRequest for Guest {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (state, req) = (req.app_data::<Data<State>>().cloned(), req.clone());
        async move {
            let state = state.ok_or_else(|| Problem::internal("the application has no state"))?;
            let source = source_address(&req, &state.settings.server.trusted_proxies);
            state.guests.check(source_key(source)).await.map(|()| Self)
        }
        .boxed_local()
    }
}
