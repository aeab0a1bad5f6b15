//! One call of an incoming webhook. Its steps, in their order: [`admit`], [`authenticate`] and
//! [`deduplicate`] judge the request, [`execute`] does what the webhook says.
//!
//! [`admit`]: IncomingCall::admit
//! [`authenticate`]: IncomingCall::authenticate
//! [`deduplicate`]: IncomingCall::deduplicate
//! [`execute`]: IncomingCall::execute

mod admit;
mod authenticate;
mod deduplicate;
mod execute;

use std::{net::IpAddr, time::Instant as Moment};

use domain::{Instant, id::CallId};
use serde_json::{Value, json};
use storage::{JsonText, calls::Call, incoming_webhooks::IncomingWebhook};

pub(crate) use execute::CallResult;

use crate::{Code, Problem, State};

/// A call, and what is to be written down of it.
pub(crate) struct IncomingCall<'s> {
    pub(crate) id: CallId,
    pub(crate) received_at: Instant,
    state: &'s State,
    webhook: &'s IncomingWebhook,
    source: Option<IpAddr>,
    started: Moment,
    /// What was sent, masked; `null` until it is read.
    payload: Value,
}

impl<'s> IncomingCall<'s> {
    /// A call of this webhook that begins now.
    pub(crate) fn begin(
        state: &'s State,
        webhook: &'s IncomingWebhook,
        source: Option<IpAddr>,
    ) -> Self {
        Self {
            id: CallId::generate(),
            received_at: state.clock.now(),
            state,
            webhook,
            source,
            started: Moment::now(),
            payload: Value::Null,
        }
    }

    /// Writes down that the call was refused, and hands the reason on. A call that came too often
    /// is not written down: that would cost what the limit is to save.
    pub(crate) async fn refuse(&self, problem: Problem) -> Problem {
        let status = problem.code.status();
        if status.is_client_error() && problem.code != Code::TooManyRequests {
            let row = self.row(i32::from(status.as_u16()), problem.code.as_str());
            if let Err(error) = self.state.call_log.add(row).await {
                tracing::warn!(%error, call_id = %self.id, "a refused call could not be written down");
            }
        }
        problem
    }

    /// The call as it is kept.
    fn row(&self, status: i32, outcome: &str) -> Call {
        Call {
            id: self.id,
            webhook_id: self.webhook.id,
            user_id: None,
            status,
            outcome: outcome.to_owned(),
            user_created: false,
            changes: JsonText(json!([])),
            payload: JsonText(self.payload.clone()),
            source_address: self.source.map(|address| address.to_string()),
            duration_us: i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX),
            created_at: self.received_at,
        }
    }
}
