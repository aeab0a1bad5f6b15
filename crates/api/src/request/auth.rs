//! Who is calling, and what for. [`identify`] looks the API key up once for each request; a handler
//! names the scope that it needs in its signature: `_: Caller<scope::FeedsRead>`. As its first
//! argument, it decides before anything else is read.

use std::{future::Ready, marker::PhantomData, sync::Arc};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::header,
    middleware::Next,
    web::Data,
};
use domain::{
    Instant,
    api_key::{self, Scope},
    id::ApiKeyId,
    secret::Token,
};
use storage::api_keys::{self, ApiKey};

use crate::{Code, Problem, State};

/// One zero-sized type for each scope that an operation needs, to be named in [`Caller`].
pub(crate) mod scope {
    use domain::api_key::Scope;

    /// A scope as a type.
    pub(crate) trait Required {
        const SCOPE: Scope;
    }

    macro_rules! scopes {
        ($($name:ident),* $(,)?) => { $(
            #[doc = concat!("Needs [`Scope::", stringify!($name), "`].")]
            #[derive(Debug)]
            pub(crate) enum $name {}
            impl Required for $name { const SCOPE: Scope = Scope::$name; }
        )* };
    }

    scopes! {
        CommunityRead, CommunityWrite, IncomingWebhooksRead, IncomingWebhooksWrite, FeedsRead, FeedsWrite, FeedsSecrets,
        EventsRead, EventsPublish, DeliveriesRead, KeysManage,
    }
}

/// Proof that the request carries an API key with the scope `S`.
pub(crate) struct Caller<S> {
    key: Arc<ApiKey>,
    scope: PhantomData<S>,
}

impl<S> Caller<S> {
    /// Whether the key may do something else, too.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        api_key::allows(&self.key.scopes.0, scope)
    }

    /// Refuses a key that may not do something else that the operation needs, too.
    ///
    /// # Errors
    /// 403 `missing_scope`.
    pub(crate) fn demand(&self, scope: Scope) -> Result<(), Problem> {
        if self.may(scope) {
            Ok(())
        } else {
            Err(lacks(scope))
        }
    }

    /// When the key ends.
    pub(crate) fn expires_at(&self) -> Option<Instant> {
        self.key.expires_at
    }
}

impl<S: scope::Required> FromRequest for Caller<S> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(caller(req))
    }
}

fn caller<S: scope::Required>(req: &HttpRequest) -> Result<Caller<S>, Problem> {
    let extensions = req.extensions();
    let Some(Identity(identity)) = extensions.get() else {
        return Err(Problem::internal(
            "a route that needs an API key lies outside of /v1",
        ));
    };
    let key = identity.clone()?;
    if api_key::allows(&key.scopes.0, S::SCOPE) {
        Ok(Caller {
            key,
            scope: PhantomData,
        })
    } else {
        Err(lacks(S::SCOPE))
    }
}

fn lacks(scope: Scope) -> Problem {
    Problem::new(Code::MissingScope).detail(format!("The API key lacks the scope \"{scope}\"."))
}

/// What [`identify`] found out; it lies in the request's extensions.
#[derive(Clone)]
struct Identity(Result<Arc<ApiKey>, Problem>);

/// The key that a request was made with, if any.
pub(crate) fn key_of(req: &HttpRequest) -> Option<ApiKeyId> {
    req.extensions()
        .get()
        .and_then(|Identity(identity)| identity.as_ref().ok().map(|key| key.id))
}

/// The middleware of `/v1`.
pub(crate) async fn identify<B: MessageBody>(
    state: Data<State>,
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let identity = match bearer(&req) {
        Some(token) => known(&state, &token).await,
        None => Err(Problem::new(Code::Unauthenticated)
            .detail("Send the header \"Authorization: Bearer hyk_…\".")),
    };
    req.extensions_mut().insert(Identity(identity));
    next.call(req).await
}

fn bearer(req: &ServiceRequest) -> Option<Token> {
    let value = req.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && token.len() <= 512)
        .then(|| Token::from_text(token.trim()))
}

/// Look-up goes by hash, so no comparison of the secret itself can leak anything.
async fn known(state: &State, token: &Token) -> Result<Arc<ApiKey>, Problem> {
    let hash = token.hash();
    let unknown = || {
        Problem::new(Code::Unauthenticated).detail("The API key is unknown, revoked or expired.")
    };
    let key = match state.keys.get(&hash).await {
        Some(key) => key,
        None => {
            let found = api_keys::find_by_hash(&mut state.db.read().await?, &hash).await?;
            let key = Arc::new(found.ok_or_else(unknown)?);
            state.keys.insert(hash, Arc::clone(&key)).await;
            key
        }
    };
    if key.expires_at.is_some_and(|at| at <= state.clock.now()) {
        Err(unknown())
    } else {
        Ok(key)
    }
}
