//! One attempt: the request of a delivery, as its feed is now, and what came of it.

use std::time::Duration;

use bytes::Bytes;
use domain::{
    Clock, Instant,
    delivery::{Attempt, AttemptError, HeaderField},
    feed::sending::{About, RequestHeader},
    id::AttemptId,
    outbound::retry::AttemptErrorCode,
};

use crate::deliver::{
    attempt::unsent,
    classify::classify,
    client::{Client, Exchange, Outgoing},
    compiled_feed::CompiledFeed,
    outcome::DeliveryOutcome,
    task::DeliveryTask,
};

/// Sends what delivery tasks carry.
pub(crate) struct Sender {
    pub(crate) client: Client,
    pub(crate) clock: Clock,
}

impl Sender {
    /// Makes one attempt.
    pub(crate) async fn attempt(
        &self,
        feed: &CompiledFeed,
        task: &DeliveryTask,
    ) -> DeliveryOutcome {
        let now = self.clock.now();
        match outgoing(feed, task, now) {
            Ok(request) => {
                let exchange = self.client.send(&request).await;
                let ended = now + exchange.duration;
                let retry_after = exchange.retry_after.clone();
                let attempt = attempt(task, now, request, exchange);
                classify(feed, task, &attempt, retry_after.as_deref(), ended)
            }
            Err(error) => {
                let attempt = unsent(feed, task.payload.method(), task.number(), now, error);
                classify(feed, task, &attempt, None, now)
            }
        }
    }
}

fn outgoing(
    feed: &CompiledFeed,
    task: &DeliveryTask,
    now: Instant,
) -> Result<Outgoing, AttemptError> {
    let sending = feed
        .sending
        .as_ref()
        .map_err(|why| cannot(AttemptErrorCode::Render, why.clone()))?;
    let about = About {
        webhook_id: &task.webhook_id,
        kind: &task.kind,
        attempt: task.number(),
        test: task.is_trial,
    };
    let request = sending
        .request(&task.payload, about, now)
        .map_err(|error| cannot(error.code(), error.to_string()))?;
    let body = request
        .body
        .map(|_| Bytes::from_owner(task.payload.bytes().clone()));
    let (url, headers) = (request.url, request.headers);
    Ok(Outgoing {
        method: task.payload.method(),
        url,
        headers,
        body,
        timeout: feed.timeout,
    })
}

fn cannot(code: AttemptErrorCode, message: String) -> AttemptError {
    AttemptError { code, message }
}

fn attempt(
    task: &DeliveryTask,
    started_at: Instant,
    request: Outgoing,
    exchange: Exchange,
) -> Attempt {
    let (response, error) = match exchange.result {
        Ok(response) => (Some(response), None),
        Err(error) => (None, Some(error)),
    };
    let shown = |header: RequestHeader| HeaderField {
        value: header.shown().to_owned(),
        name: header.name,
    };
    Attempt {
        id: AttemptId::generate(),
        number: task.number(),
        started_at,
        duration_us: micros(exchange.duration),
        remote_address: exchange.remote_address.map(|address| address.to_string()),
        method: request.method.to_string(),
        url: request.url.into(),
        headers: request.headers.into_iter().map(shown).collect(),
        response,
        error,
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
