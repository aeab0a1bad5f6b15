//! One attempt: the request of a delivery, as its feed is now, and what came of it.

use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use domain::{
    Clock, Instant,
    delivery::{Attempt, AttemptError, Field},
    id::AttemptId,
    outbound::{
        request::Method,
        retry::AttemptErrorCode,
        sending::{About, Header},
    },
};

use crate::{
    client::{Client, Exchange, Outgoing},
    flight::{Flight, Outcome},
    judge::judge,
    plan::Plan,
};

/// Sends what flights carry.
pub(crate) struct Sender {
    pub(crate) client: Client,
    pub(crate) clock: Clock,
}

impl Sender {
    /// Makes one attempt.
    pub(crate) async fn attempt(&self, plan: &Plan, flight: &Flight) -> Outcome {
        let now = self.clock.now();
        match outgoing(plan, flight, now) {
            Ok(request) => {
                let exchange = self.client.send(&request).await;
                let ended = now + TimeDelta::from_std(exchange.duration).unwrap_or_default();
                let retry_after = exchange.retry_after.clone();
                let attempt = attempt(flight, now, request, exchange);
                judge(plan, flight, &attempt, retry_after.as_deref(), ended)
            }
            Err(error) => {
                let attempt = unsent(plan, flight.payload.method(), flight.number(), now, error);
                judge(plan, flight, &attempt, None, now)
            }
        }
    }
}

fn outgoing(plan: &Plan, flight: &Flight, now: Instant) -> Result<Outgoing, AttemptError> {
    let sending = plan
        .sending
        .as_ref()
        .map_err(|why| cannot(AttemptErrorCode::Render, why.clone()))?;
    let about = About {
        webhook_id: &flight.webhook_id,
        kind: &flight.kind,
        attempt: flight.number(),
        test: flight.is_test,
    };
    let request = sending
        .request(&flight.payload, about, now)
        .map_err(|error| cannot(error.code(), error.to_string()))?;
    let body = request
        .body
        .map(|_| Bytes::from_owner(flight.payload.bytes().clone()));
    let (url, headers) = (request.url, request.headers);
    Ok(Outgoing {
        method: flight.payload.method(),
        url,
        headers,
        body,
        timeout: plan.timeout,
    })
}

fn cannot(code: AttemptErrorCode, message: String) -> AttemptError {
    AttemptError { code, message }
}

fn attempt(flight: &Flight, started_at: Instant, request: Outgoing, exchange: Exchange) -> Attempt {
    let (response, error) = match exchange.result {
        Ok(response) => (Some(response), None),
        Err(error) => (None, Some(error)),
    };
    let shown = |header: Header| Field {
        value: header.shown().to_owned(),
        name: header.name,
    };
    Attempt {
        id: AttemptId::generate(),
        number: flight.number(),
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

/// An attempt that could not be made.
pub(crate) fn unsent(
    plan: &Plan,
    method: Method,
    number: i32,
    at: Instant,
    error: AttemptError,
) -> Attempt {
    Attempt {
        id: AttemptId::generate(),
        number,
        started_at: at,
        duration_us: 0,
        remote_address: None,
        method: method.to_string(),
        url: plan
            .sending
            .as_ref()
            .map_or_else(|_| String::new(), |sending| sending.url.to_string()),
        headers: Vec::new(),
        response: None,
        error: Some(error),
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
