//! Deliveries and their attempts.

use domain::{
    Instant,
    delivery::{Attempt, AttemptError, DeliveryState, HeaderField, ReceivedResponse},
    id::{
        AttemptId, AttemptKind, DeliveryId, DeliveryKind, EventId, EventKind, FeedId, FeedKind,
        ReplayId, ReplayKind,
    },
    outbound::{
        request::{BodyMode, Envelope, render_payload},
        retry::AttemptErrorCode,
    },
};
use serde::Serialize;
use storage::{deliveries::Delivery, events::EventRow};
use utoipa::ToSchema;

use super::call::millis;
use crate::{Problem, schema};

/// Most bytes of a request's body that are shown.
pub(super) const MAX_BODY: usize = 64 * 1024;

/// One event on its way to one feed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(crate) struct DeliveryView {
    #[schema(schema_with = schema::id::<DeliveryKind>)]
    id: DeliveryId,
    #[schema(schema_with = schema::id::<EventKind>)]
    event_id: EventId,
    #[schema(example = "order.paid")]
    event_type: String,
    #[schema(schema_with = schema::id::<FeedKind>)]
    feed_id: FeedId,
    /// The replay that it belongs to.
    #[schema(schema_with = schema::optional_id::<ReplayKind>, required)]
    replay_id: Option<ReplayId>,
    #[schema(schema_with = schema::delivery_state)]
    state: DeliveryState,
    /// Why it failed for good or was canceled.
    #[schema(required)]
    state_reason: Option<String>,
    /// Somebody tried the feed out: sent once, and not counted.
    is_test: bool,
    attempt_count: i32,
    /// When the next attempt is due, while it waits for one.
    #[schema(schema_with = schema::optional_instant, required)]
    next_attempt_at: Option<Instant>,
    #[schema(required)]
    last_response_status: Option<i32>,
    #[schema(schema_with = schema::instant)]
    created_at: Instant,
    #[schema(schema_with = schema::optional_instant, required)]
    finished_at: Option<Instant>,
    /// Only present when a single delivery is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    attempts: Option<Vec<AttemptView>>,
}

/// One HTTP request of a delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attempt)]
pub(crate) struct AttemptView {
    #[schema(schema_with = schema::id::<AttemptKind>)]
    id: AttemptId,
    /// Counts from 1.
    number: i32,
    #[schema(schema_with = schema::instant)]
    started_at: Instant,
    #[schema(example = 12.4)]
    duration_ms: f64,
    #[schema(required, example = "203.0.113.7:443")]
    remote_address: Option<String>,
    request: RequestView,
    #[schema(required)]
    response: Option<ResponseView>,
    #[schema(required)]
    error: Option<ErrorView>,
}

/// What was sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttemptRequest)]
pub(crate) struct RequestView {
    method: String,
    /// Of a GET, keys without the scope `events:read` see no query: it holds the event's data.
    url: String,
    /// Values of secret headers, and signatures, are masked.
    headers: Vec<NameValue>,
    /// At most the first 64 KiB. Null for GET, and for keys without the scope `events:read`.
    #[schema(required)]
    body: Option<String>,
    /// Whether the body was longer than what is shown.
    truncated: bool,
}

/// What was answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttemptResponse)]
pub(crate) struct ResponseView {
    status: u16,
    headers: Vec<NameValue>,
    /// At most the first 4 KiB.
    body: String,
    truncated: bool,
}

/// Why there was no answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttemptError)]
pub(crate) struct ErrorView {
    #[schema(schema_with = schema::attempt_error)]
    code: AttemptErrorCode,
    message: String,
}

/// A header.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NameValue)]
pub(crate) struct NameValue {
    pub(super) name: String,
    pub(super) value: String,
}

impl From<&Delivery> for DeliveryView {
    fn from(row: &Delivery) -> Self {
        Self {
            id: row.id,
            event_id: row.event_id,
            event_type: row.event_type.clone(),
            feed_id: row.feed_id,
            replay_id: row.replay_id,
            state: row.state,
            state_reason: row.state_reason.clone(),
            is_test: row.is_test,
            attempt_count: row.attempt_count,
            next_attempt_at: row.due_at.filter(|_| row.state == DeliveryState::Pending),
            last_response_status: row.last_response_status,
            created_at: row.created_at,
            finished_at: row.finished_at,
            attempts: None,
        }
    }
}

impl DeliveryView {
    /// The single delivery, with its attempts. `event` gives the body when it was not stored;
    /// without it (its data may have been dropped) none is shown.
    pub(crate) fn whole(row: &Delivery, event: Option<EventRow>) -> Result<Self, Problem> {
        let attempts: Vec<Attempt> =
            serde_json::from_slice(&row.attempts).map_err(Problem::internal)?;
        let (body, truncated) = match body_of(row, event) {
            Some(bytes) => (Some(first(&bytes)), bytes.len() > MAX_BODY),
            None => (None, false),
        };
        let attempts = attempts
            .into_iter()
            .map(|attempt| AttemptView::new(attempt, body.clone(), truncated))
            .collect();
        Ok(Self {
            attempts: Some(attempts),
            ..Self::from(row)
        })
    }

    /// The same for those who may not read events.
    pub(crate) fn without_data(mut self) -> Self {
        for request in self.attempts.iter_mut().flatten().map(|it| &mut it.request) {
            request.body = None;
            if request.method == "GET"
                && let Some((bare, _)) = request.url.split_once('?')
            {
                request.url = bare.to_owned();
            }
        }
        self
    }
}

/// The bytes that every attempt sends; `None` for GET, whose data is in the URL.
fn body_of(row: &Delivery, event: Option<EventRow>) -> Option<Vec<u8>> {
    if !row.method.has_body() {
        return None;
    }
    if let Some(body) = &row.body {
        return Some(body.clone());
    }
    let event = event?;
    let envelope = Envelope::new(
        &event.id.to_string(),
        &event.kind,
        event.occurred_at,
        &event.data,
    );
    let payload = render_payload(row.method, row.format, &BodyMode::All, &envelope).ok()?;
    Some(payload.bytes().to_vec())
}

/// The first bytes as text, without half a character at the end.
pub(super) fn first(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    let is_boundary = |end: &usize| text.is_char_boundary(*end);
    // The start is one, at the latest.
    let end = (0..=MAX_BODY).rev().find(is_boundary).unwrap_or(0);
    text.truncate(end);
    text
}

impl AttemptView {
    fn new(attempt: Attempt, body: Option<String>, truncated: bool) -> Self {
        Self {
            id: attempt.id,
            number: attempt.number,
            started_at: attempt.started_at,
            duration_ms: millis(attempt.duration_us),
            remote_address: attempt.remote_address,
            request: RequestView {
                method: attempt.method,
                url: attempt.url,
                headers: attempt.headers.into_iter().map(masked).collect(),
                body,
                truncated,
            },
            response: attempt.response.map(ResponseView::from),
            error: attempt.error.map(ErrorView::from),
        }
    }
}

/// A signature proves that its request is Hookyard's for as long as the receiver takes it.
fn masked(mut field: HeaderField) -> NameValue {
    if field.name.eq_ignore_ascii_case("webhook-signature") {
        field.value = masked_signatures(&field.value);
    }
    field.into()
}

/// `v1,…` stays `v1,***`: how many sign is no secret.
pub(super) fn masked_signatures(signatures: &str) -> String {
    let version = |one: &str| format!("{},***", one.split(',').next().unwrap_or_default());
    signatures
        .split(' ')
        .map(version)
        .collect::<Vec<_>>()
        .join(" ")
}

impl From<ReceivedResponse> for ResponseView {
    fn from(response: ReceivedResponse) -> Self {
        Self {
            status: response.status,
            headers: response.headers.into_iter().map(NameValue::from).collect(),
            body: response.body,
            truncated: response.truncated,
        }
    }
}

impl From<AttemptError> for ErrorView {
    fn from(error: AttemptError) -> Self {
        Self {
            code: error.code,
            message: error.message,
        }
    }
}

impl From<HeaderField> for NameValue {
    fn from(field: HeaderField) -> Self {
        Self {
            name: field.name,
            value: field.value,
        }
    }
}
