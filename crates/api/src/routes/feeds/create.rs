use actix_web::{post, web::Data};
use domain::{
    Instant, Invalid,
    feed::{FeedSpec, FeedState},
    id::FeedId,
    outbound::{
        request::{Format, Method},
        signature::SigningSecret,
    },
};
use serde::Deserialize;
use storage::{
    Json as Stored,
    feeds::{self, Feed},
};

use super::{
    check,
    headers::Sealer,
    input::{BodyInput, HeaderInput},
    put, secret_context,
};
use crate::{
    Problem, State,
    auth::{Caller, scope},
    created::Created,
    extract::Json,
    schema,
    views::FeedView,
};

/// A new feed. A disabled one may be incomplete.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "Send new sales to the warehouse", "url": "https://warehouse.example.com/hooks/orders", "method": "POST", "format": "json",
    "headers": [{"name": "X-Api-Key", "value": "4fj2", "secret": true}],
    "body": {"mode": "selected", "fields": [{"key": "email", "value": "{{ data.customer.email }}"}]},
    "events": ["order.paid", "subscription.renewed"], "condition": "data.order.currency == 'EUR'",
}))]
pub(crate) struct CreateFeed {
    #[schema(min_length = 1, max_length = 194)]
    title: String,
    /// `true` when it is left out; then URL and events are required.
    enabled: Option<bool>,
    #[schema(max_length = 2048)]
    url: Option<String>,
    /// `POST` when it is left out.
    #[schema(schema_with = schema::method, required = false)]
    method: Option<Method>,
    /// `json` when it is left out.
    #[schema(schema_with = schema::format, required = false)]
    format: Option<Format>,
    #[schema(max_items = 50)]
    headers: Option<Vec<HeaderInput>>,
    /// All data when it is left out.
    body: Option<BodyInput>,
    /// Names of the catalogue; `order.*` and `*` match by prefix.
    #[schema(max_items = 100)]
    events: Option<Vec<String>>,
    /// An expression that must hold for an event to be sent.
    #[schema(max_length = 4096)]
    condition: Option<String>,
    /// 15000 when it is left out.
    #[schema(minimum = 1000, maximum = 60000)]
    timeout_ms: Option<i32>,
    /// Requests that may run at once; 16 when it is left out.
    #[schema(minimum = 1, maximum = 256)]
    max_in_flight: Option<i32>,
    #[schema(minimum = 1, maximum = 10000)]
    rate_limit_per_second: Option<i32>,
    /// Seconds after the previous try, one entry for each retry.
    #[schema(max_items = 30)]
    retry_schedule: Option<Vec<u32>>,
    /// Whether a 4xx answer is tried again; `true` when it is left out.
    retry_client_errors: Option<bool>,
}

/// Creates a feed.
#[utoipa::path(tag = "feeds", responses((status = 201, description = "The new feed.", body = FeedView)))]
#[post("/feeds")]
pub(crate) async fn create_feed(
    _: Caller<scope::FeedsWrite>,
    state: Data<State>,
    body: Json<CreateFeed>,
) -> Result<Created<FeedView>, Problem> {
    let (id, enabled) = (FeedId::generate(), body.0.enabled.unwrap_or(true));
    let (spec, invalid) = body.0.read(&Sealer { vault: &state.vault, feed: id });
    let mut tx = state.db.begin().await?;
    let spec = check(&state, &mut tx, spec, enabled, invalid).await?;
    let mut row = blank(&state, id, enabled, state.clock.now());
    put(&mut row, spec);
    feeds::insert(&mut tx, &row).await?;
    tx.commit().await?;
    state.db.signals().ring_feeds();
    let (location, version) = (format!("/v1/feeds/{id}"), row.version);
    Ok(Created::versioned(FeedView::from(row), version, location))
}

impl CreateFeed {
    /// The spec as far as it can be read, and what cannot.
    fn read(self, sealer: &Sealer<'_>) -> (FeedSpec, Invalid) {
        let (mut invalid, default) = (Invalid::default(), FeedSpec::default());
        let headers = invalid.take(sealer.read(self.headers.unwrap_or_default(), Vec::new())).unwrap_or_default();
        let body = self.body.and_then(|body| invalid.take(body.read())).unwrap_or_default();
        let spec = FeedSpec {
            title: self.title,
            url: self.url,
            method: self.method.unwrap_or(default.method),
            format: self.format.unwrap_or(default.format),
            headers,
            body,
            events: self.events.unwrap_or_default(),
            condition: self.condition,
            timeout_ms: self.timeout_ms.unwrap_or(default.timeout_ms),
            max_in_flight: self.max_in_flight.unwrap_or(default.max_in_flight),
            rate_limit_per_second: self.rate_limit_per_second,
            retry_schedule: self.retry_schedule,
            retry_client_errors: self.retry_client_errors.unwrap_or(default.retry_client_errors),
        };
        (spec, invalid)
    }
}

/// A row with a signing secret of its own and nothing said yet.
fn blank(state: &State, id: FeedId, enabled: bool, now: Instant) -> Feed {
    let secret = SigningSecret::generate(rand::random());
    let default = FeedSpec::default();
    Feed {
        id,
        title: default.title,
        state: if enabled { FeedState::Enabled } else { FeedState::Disabled },
        state_reason: None,
        state_changed_at: now,
        url: default.url,
        method: default.method,
        format: default.format,
        headers: Stored(default.headers),
        body: Stored(default.body),
        events: Stored(default.events),
        condition: default.condition,
        timeout_ms: default.timeout_ms,
        max_in_flight: default.max_in_flight,
        rate_limit_per_second: default.rate_limit_per_second,
        retry_schedule: None,
        retry_client_errors: default.retry_client_errors,
        secret_sealed: state.vault.seal(&secret_context(id), secret.expose().as_bytes()),
        previous_secrets: Stored(Vec::new()),
        search: String::new(),
        version: 1,
        created_at: now,
        updated_at: now,
    }
}
