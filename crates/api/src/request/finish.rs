//! What happens to a request that changes something when its caller goes away meanwhile: it is
//! dropped, as any other, unless it has claimed an `Idempotency-Key`. From then on it is carried
//! out to its end, so that a repeat finds the answer. Requests that still wait for their turn are
//! always dropped: a flood of callers who do not stay leaves no queue behind.

use std::cell::Cell;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::ErrorBadRequest,
    middleware::Next,
    rt,
};
use tokio::sync::oneshot;

use crate::Problem;

tokio::task_local! {
    static MUST_FINISH: Cell<bool>;
}

/// From now on, the request at hand is carried out whether or not its caller stays.
pub(super) fn must_finish() {
    // Tests run without the layer.
    let _ = MUST_FINISH.try_with(|must| must.set(true));
}

/// The middleware, outside of all others.
pub(crate) async fn layer<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if req.method().is_safe() {
        return next.call(req).await;
    }
    // Dropped with this future.
    let (_stays, gone) = oneshot::channel::<()>();
    let mut work = next.call(req);
    let work = async move {
        tokio::select! {
            done = &mut work => return done,
            _ = gone => {}
        }
        if MUST_FINISH.with(Cell::get) {
            work.await
        } else {
            Err(ErrorBadRequest("the caller went away"))
        }
    };
    let finished = rt::spawn(MUST_FINISH.scope(Cell::new(false), work)).await;
    finished.map_err(Problem::internal)?
}
