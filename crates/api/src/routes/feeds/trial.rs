use std::time::Duration;

use actix_web::{HttpResponse, post, web::Data};
use domain::{
    Invalid,
    feed::sending::Sending,
    id::{DeliveryId, FeedId},
    outbound::request::BodyMode,
};
use serde::Deserialize;
use storage::{
    Signal,
    deliveries::{self, Delivery},
    events::EventRow,
    feeds, trials,
};
use tokio::time;

use super::{check::check, example, vault};
use crate::{
    Problem, State,
    input::feed::FeedDraft,
    request::{Caller, OptionalJson, PathId, scope},
    views::DeliveryView,
};

/// A result whose bell is not heard is seen after this time.
const LOOK: Duration = Duration::from_millis(250);
/// How much longer than the feed's own timeout an answer is waited for: an attempt that times out
/// is a result, too.
const GRACE: Duration = Duration::from_secs(1);
/// Less than an `Idempotency-Key` is held for a request that runs.
const PATIENCE: Duration = Duration::from_secs(55);

/// What is tried.
#[derive(Deserialize, Default, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"event_type": "order.paid"}))]
#[schema(as = TestFeed)]
pub(crate) struct TrialInput {
    /// The catalogue's example of this type is sent. When it is left out: of the first type that the
    /// feed names, or `webhook.test`.
    event_type: Option<String>,
}

/// Tries a feed out: sends an example through the worker, once, with the header `Hookyard-Test:
/// true`. The feed must be complete, but need not be enabled; its condition is not asked, and the
/// result does not count. Other feeds hear nothing of it.
#[utoipa::path(
    tag = "feeds",
    operation_id = "test_feed",
    request_body = TrialInput,
    responses(
        (status = 200, description = "The delivery with its attempt.", body = DeliveryView),
        (status = 202, description = "The delivery, which is not done within the feed's timeout.", body = DeliveryView),
    ),
)]
#[post("/feeds/{id}/test")]
pub(crate) async fn try_feed(
    _: Caller<scope::FeedsWrite>,
    id: PathId<FeedId>,
    state: Data<State>,
    body: OptionalJson<TrialInput>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let mut tx = state.db.begin().await?;
    let row = feeds::find(&mut tx, *id).await?;
    let draft = FeedDraft::of(row.spec.get()?.clone());
    let spec = check(&state, &mut tx, draft, true).await?;
    let settings = &spec.settings;
    let kind = body.0.event_type.as_deref();
    let kind = kind.unwrap_or_else(|| example::first_type(&spec));
    let event = example::event(&mut tx, kind, now).await?;
    let sending =
        Sending::open(&spec, &row.keys(), vault(&state, *id)).map_err(Problem::internal)?;
    let is_selected = matches!(sending.body, BodyMode::Selected(_));
    let (rendered, envelope) = (spec.clone(), example::envelope(&event));
    let render = move || example::render(&rendered, &sending, &envelope);
    let payload = state.renderers.run(render).await?.map_err(Invalid)?;
    let body = is_selected.then(|| payload.bytes().to_vec());
    let trial = Delivery {
        body,
        is_test: true,
        ..Delivery::first(&event, *id, (settings.method, settings.format), now)
    };
    let event = EventRow::routed(event, Some(now));
    trials::insert(&mut tx, event.clone(), &trial).await?;
    // Before anything can be done about it.
    let bell = state.db.signals().watch(Signal::TrialDone);
    tx.commit().await?;
    // Checked above: it is positive.
    let timeout = Duration::from_millis(settings.timeout_ms.unsigned_abs().into());
    let done = wait(&state, trial.id, bell, (timeout + GRACE).min(PATIENCE)).await?;
    let mut response = if done.due_at.is_none() {
        HttpResponse::Ok()
    } else {
        HttpResponse::Accepted()
    };
    Ok(response.json(DeliveryView::whole(&done, Some(event))?))
}

/// The delivery when it is done, or as it is when patience ends.
async fn wait(
    state: &State,
    id: DeliveryId,
    mut bell: tokio::sync::watch::Receiver<()>,
    patience: Duration,
) -> Result<Delivery, Problem> {
    let end = time::Instant::now() + patience;
    loop {
        let row = deliveries::find(&mut state.db.read().await?, id).await?;
        let now = time::Instant::now();
        if row.due_at.is_none() || now >= end {
            return Ok(row);
        }
        // The sender lives as long as the state, so `changed` fails never.
        let _ = time::timeout_at(end.min(now + LOOK), bell.changed()).await;
    }
}
