//! Which feeds get an event, and what each is sent. Pure, given the snapshot.

use std::sync::Arc;

use domain::{
    Instant,
    delivery::{AttemptError, DeliveryState},
    event::{Event, SYSTEM},
    id::FeedId,
    json::ExactJson,
    outbound::{
        request::{BodyMode, Envelope, Format, Method, Payload, RequestError, render_payload},
        retry::{AttemptErrorCode, AttemptResult, FinishedAttempt, RetryDecision, decide},
    },
};
use storage::deliveries::Delivery;

use crate::deliver::{
    attempt::{append, unsent},
    compiled_feed::CompiledFeed,
    feeds::snapshot::FeedsSnapshot,
    lane::Lane,
};

/// A feed that gets the event.
pub(super) struct MatchedFeed {
    pub(super) lane: Arc<Lane>,
    /// The first row of its delivery.
    pub(super) row: Delivery,
    /// `None`: there is nothing that can be sent, and the row says why.
    pub(super) payload: Option<Payload>,
}

/// Whether one of them has expressions.
pub(super) fn computes(event: &Event, snapshot: &FeedsSnapshot) -> bool {
    snapshot.listeners(&event.kind).any(|lane| {
        lane.feed().is_some_and(|feed| {
            feed.sending
                .as_ref()
                .is_ok_and(|sending| sending.computes())
        })
    })
}

/// What the feeds get that listen to this event.
pub(super) fn find(event: &Event, snapshot: &FeedsSnapshot, now: Instant) -> Vec<MatchedFeed> {
    let mut bodies: Option<Bodies> = None;
    let mut all = Vec::new();
    for lane in snapshot.listeners(&event.kind) {
        let Some(feed) = lane.feed() else { continue };
        let bodies = bodies.get_or_insert_with(|| Bodies::of(event));
        if bodies.about == Some(feed.id) {
            continue;
        }
        let Some(payload) = bodies.payload(&feed) else {
            continue;
        };
        all.push(matched(
            lane,
            &feed,
            Delivery::first(event, feed.id, (feed.method, feed.format), now),
            payload,
        ));
    }
    all
}

fn matched(
    lane: &Arc<Lane>,
    feed: &CompiledFeed,
    mut row: Delivery,
    payload: Result<Payload, AttemptError>,
) -> MatchedFeed {
    let payload = match payload {
        Ok(payload) => {
            // Everything else can be derived from the event again.
            let is_selected = feed
                .sending
                .as_ref()
                .is_ok_and(|sending| matches!(sending.body, BodyMode::Selected(_)));
            row.body = is_selected.then(|| payload.bytes().to_vec());
            Some(payload)
        }
        Err(error) => {
            fail(&mut row, feed, error);
            None
        }
    };
    MatchedFeed {
        lane: lane.clone(),
        row,
        payload,
    }
}

/// Ends a delivery of which there is nothing to send.
fn fail(row: &mut Delivery, feed: &CompiledFeed, error: AttemptError) {
    let tried = FinishedAttempt {
        number: 1,
        at: row.created_at,
        random: 0.0,
    };
    if let RetryDecision::Failed { reason } =
        decide(AttemptResult::Failed(error.code), &feed.policy, tried)
    {
        row.state_reason = Some(reason.to_string());
    }
    row.state = DeliveryState::Failed;
    row.due_at = None;
    row.finished_at = Some(row.created_at);
    row.attempt_count = 1;
    row.last_error = Some(error.code.to_string());
    row.attempts = append(
        &row.attempts,
        &unsent(feed, feed.method, 1, row.created_at, error),
    );
}

/// The bodies of one event. Feeds that are sent all data share them.
struct Bodies {
    envelope: Envelope,
    /// The feed that the event is about, if it is one of ours about a feed: a feed never hears of
    /// itself.
    about: Option<FeedId>,
    /// All data as a form, for a body and for a query (which has another limit).
    forms: [Option<Result<Payload, RequestError>>; 2],
}

impl Bodies {
    fn of(event: &Event) -> Self {
        let envelope = Envelope::new(
            &event.id.to_string(),
            &event.kind,
            event.occurred_at,
            &event.data,
        );
        let about = (event.source == SYSTEM)
            .then(|| feed_of(&envelope))
            .flatten();
        Self {
            envelope,
            about,
            forms: [None, None],
        }
    }

    /// What a feed is sent; `None` when its condition does not hold.
    fn payload(&mut self, feed: &CompiledFeed) -> Option<Result<Payload, AttemptError>> {
        let sending = match &feed.sending {
            Ok(sending) => sending,
            Err(why) => return Some(Err(cannot(why.clone()))),
        };
        match sending.holds(&self.envelope) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => return Some(Err(failed(&error))),
        }
        let payload = match &sending.body {
            BodyMode::All if feed.format == Format::Form || feed.method == Method::Get => {
                self.form(feed)
            }
            body => render_payload(feed.method, feed.format, body, &self.envelope),
        };
        Some(payload.map_err(|error| failed(&error)))
    }

    fn form(&mut self, feed: &CompiledFeed) -> Result<Payload, RequestError> {
        let [body, query] = &mut self.forms;
        let known = if feed.method.has_body() { body } else { query };
        let payload = known
            .get_or_insert_with(|| {
                render_payload(feed.method, feed.format, &BodyMode::All, &self.envelope)
            })
            .as_ref();
        let bytes = payload.map_err(Clone::clone)?.bytes().clone();
        Ok(Payload::stored(feed.method, feed.format, bytes))
    }
}

fn failed(error: &RequestError) -> AttemptError {
    AttemptError {
        code: error.code(),
        message: error.to_string(),
    }
}

fn cannot(message: String) -> AttemptError {
    AttemptError {
        code: AttemptErrorCode::Render,
        message,
    }
}

fn feed_of(envelope: &Envelope) -> Option<FeedId> {
    match envelope.context().ok()?.json().get("data.feed.id")? {
        ExactJson::String(id) => id.parse().ok(),
        _ => None,
    }
}
