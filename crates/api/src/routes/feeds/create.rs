use actix_web::{post, web::Data};
use domain::{
    Instant, Invalid,
    feed::{FeedSpec, FeedState, FeedVault},
    id::FeedId,
    outbound::{
        request::{Format, Method},
        signature::SignatureKind,
    },
};
use serde::Deserialize;
use storage::{
    Json as Stored,
    feeds::{self, Feed},
};

use super::{
    Draft, basic_auth, check, headers,
    input::{BasicAuthInput, BodyInput, HeaderInput},
    put,
};
use crate::{
    Problem, State,
    answer::Created,
    request::{Caller, Json, scope},
    schema,
    views::FeedView,
};

/// A new feed. A disabled one may be incomplete.
#[derive(Deserialize, Clone, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "Send new sales to the warehouse", "url": "https://warehouse.example.com/hooks/orders", "method": "POST", "format": "json",
    "headers": [{"name": "X-Api-Key", "value": "4fj2", "secret": true}],
    "body": {"mode": "selected", "fields": [{"key": "email", "value": "{{ data.customer.email }}"}]},
    "events": ["order.paid", "subscription.renewed"], "condition": "data.order.currency == 'EUR'",
}))]
pub(crate) struct CreateFeed {
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 194)]
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
    /// What requests are signed with: `v1` (a shared secret), `v1a` (an ed25519 key pair) or both;
    /// `v1` when it is left out.
    #[schema(schema_with = schema::signature, required = false)]
    signature: Option<SignatureKind>,
    #[schema(max_items = 50)]
    headers: Option<Vec<HeaderInput>>,
    basic_auth: Option<BasicAuthInput>,
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
    let vault = FeedVault {
        vault: &state.vault,
        feed: id,
    };
    let draft = body.0.read(vault);
    let mut tx = state.db.begin().await?;
    let spec = check(&state, &mut tx, draft, enabled).await?;
    let mut row = blank(vault, enabled, state.clock.now());
    put(&mut row, spec, vault)?;
    feeds::insert(&mut tx, &row).await?;
    tx.commit().await?;
    let (location, version) = (format!("/v1/feeds/{id}"), row.version);
    Ok(Created::versioned(FeedView::from(row), version, location))
}

impl CreateFeed {
    /// The spec as far as it can be read, and what cannot.
    pub(super) fn read(self, vault: FeedVault<'_>) -> Draft {
        let (mut invalid, default) = (Invalid::default(), FeedSpec::default());
        let mut read = headers::read(
            vault,
            self.headers.unwrap_or_default(),
            Vec::new(),
            &mut invalid,
        );
        let basic_auth = self
            .basic_auth
            .and_then(|input| basic_auth::header(vault, input, None, &mut invalid));
        basic_auth::add(&mut read, basic_auth, &mut invalid);
        let body = self
            .body
            .and_then(|body| invalid.take(body.read()))
            .unwrap_or_default();
        let spec = FeedSpec {
            title: self.title,
            url: self.url,
            method: self.method.unwrap_or(default.method),
            format: self.format.unwrap_or(default.format),
            signature: self.signature.unwrap_or(default.signature),
            headers: read.headers,
            body,
            events: self.events.unwrap_or_default(),
            condition: self.condition,
            timeout_ms: self.timeout_ms.unwrap_or(default.timeout_ms),
            max_in_flight: self.max_in_flight.unwrap_or(default.max_in_flight),
            rate_limit_per_second: self.rate_limit_per_second,
            retry_schedule: self.retry_schedule,
            retry_client_errors: self
                .retry_client_errors
                .unwrap_or(default.retry_client_errors),
        };
        Draft {
            spec,
            invalid,
            places: read.places,
        }
    }
}

/// A row with a signing secret of its own and nothing said yet.
pub(super) fn blank(vault: FeedVault<'_>, enabled: bool, now: Instant) -> Feed {
    let default = FeedSpec::default();
    Feed {
        id: vault.feed,
        title: default.title,
        state: if enabled {
            FeedState::Enabled
        } else {
            FeedState::Disabled
        },
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
        secret_sealed: vault.new_secret(),
        previous_secrets: Stored(Vec::new()),
        search: String::new(),
        version: 1,
        created_at: now,
        updated_at: now,
        signature: default.signature,
        key_sealed: None,
        public_key: None,
    }
}
