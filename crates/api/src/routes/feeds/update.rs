use actix_web::{patch, web::Data};
use domain::{
    Invalid,
    feed::{FeedSpec, FeedState, FeedVault},
    id::FeedId,
    outbound::{
        request::{Format, Method},
        signature::SignatureKind,
    },
};
use serde::Deserialize;
use storage::feeds;

use super::{
    Draft, basic_auth, cancel_waiting, check,
    headers::{self, ReadHeaders, clear_for_another_host},
    input::{BasicAuthInput, BodyInput, HeaderInput},
    put, turn,
};
use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, IfMatch, Json, Patch, PathId, optimistic, patch, scope},
    schema,
    views::FeedView,
};

/// Changes of a feed; what is left out stays, lists are replaced whole.
#[derive(Deserialize, Clone, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Sales to the new warehouse", "condition": null, "max_in_flight": 8}))]
pub(crate) struct UpdateFeed {
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false, min_length = 1, max_length = 194)]
    title: Option<String>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false)]
    enabled: Option<bool>,
    /// Another host clears the secret headers that are not sent again.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2048)]
    url: Patch<String>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(schema_with = schema::method, required = false)]
    method: Option<Method>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(schema_with = schema::format, required = false)]
    format: Option<Format>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(schema_with = schema::signature, required = false)]
    signature: Option<SignatureKind>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false, max_items = 50)]
    headers: Option<Vec<HeaderInput>>,
    /// `null` for none.
    #[serde(default)]
    #[schema(value_type = Option<BasicAuthInput>)]
    basic_auth: Patch<BasicAuthInput>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false)]
    body: Option<BodyInput>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false, max_items = 100)]
    events: Option<Vec<String>>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 4096)]
    condition: Patch<String>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false, minimum = 1000, maximum = 60000)]
    timeout_ms: Option<i32>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false, minimum = 1, maximum = 256)]
    max_in_flight: Option<i32>,
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 10000)]
    rate_limit_per_second: Patch<i32>,
    /// `null` for the default schedule.
    #[serde(default)]
    #[schema(value_type = Option<Vec<u32>>, max_items = 30)]
    retry_schedule: Patch<Vec<u32>>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false)]
    retry_client_errors: Option<bool>,
}

/// Changes a feed.
#[utoipa::path(tag = "feeds", responses((status = 200, description = "The changed feed.", body = FeedView)))]
#[patch("/feeds/{id}")]
pub(crate) async fn update_feed(
    _: Caller<scope::FeedsWrite>,
    id: PathId<FeedId>,
    state: Data<State>,
    if_match: IfMatch,
    body: Json<UpdateFeed>,
) -> Result<Resource<FeedView>, Problem> {
    let changed = optimistic(&if_match, async || {
        let mut tx = state.db.begin().await?;
        let mut row = feeds::find(&mut tx, *id).await?;
        if_match.check_version(row.version)?;
        let (before, now) = (row.clone(), state.clock.now());
        if let Some(enabled) = body.0.enabled
            && turn(&mut row, enabled, now)
            && !enabled
        {
            cancel_waiting(&mut tx, *id, "feed_disabled", now).await?;
        }
        let vault = FeedVault {
            vault: &state.vault,
            feed: *id,
        };
        let draft = body.0.clone().apply(row.spec(), vault);
        let spec = check(&state, &mut tx, draft, row.state == FeedState::Enabled).await?;
        put(&mut row, spec, vault)?;
        if row != before {
            row.updated_at = now;
            feeds::update(&mut tx, &mut row).await?;
        }
        tx.commit().await?;
        let version = row.version;
        Ok(Resource::versioned(FeedView::from(row), version))
    })
    .await?;
    Ok(changed)
}

impl UpdateFeed {
    /// The changed spec as far as it can be read, and what cannot.
    fn apply(self, mut spec: FeedSpec, vault: FeedVault<'_>) -> Draft {
        let mut invalid = Invalid::default();
        let url_before = spec.url.clone();
        self.url.apply(&mut spec.url);
        clear_for_another_host(
            &mut spec.headers,
            url_before.as_deref(),
            spec.url.as_deref(),
        );
        let mut basic_auth = basic_auth::take(&mut spec.headers);
        let mut read = match self.headers {
            Some(inputs) => headers::read(
                vault,
                inputs,
                std::mem::take(&mut spec.headers),
                &mut invalid,
            ),
            None => ReadHeaders::of(std::mem::take(&mut spec.headers)),
        };
        match self.basic_auth {
            Patch::Absent => {}
            Patch::Null => basic_auth = None,
            Patch::Value(input) => {
                basic_auth = basic_auth::header(vault, input, basic_auth.as_ref(), &mut invalid)
            }
        }
        basic_auth::add(&mut read, basic_auth, &mut invalid);
        if let Some(body) = self.body.and_then(|body| invalid.take(body.read())) {
            spec.body = body;
        }
        self.condition.apply(&mut spec.condition);
        self.rate_limit_per_second
            .apply(&mut spec.rate_limit_per_second);
        self.retry_schedule.apply(&mut spec.retry_schedule);
        let spec = FeedSpec {
            title: self.title.unwrap_or(spec.title),
            method: self.method.unwrap_or(spec.method),
            format: self.format.unwrap_or(spec.format),
            signature: self.signature.unwrap_or(spec.signature),
            headers: read.headers,
            events: self.events.unwrap_or(spec.events),
            timeout_ms: self.timeout_ms.unwrap_or(spec.timeout_ms),
            max_in_flight: self.max_in_flight.unwrap_or(spec.max_in_flight),
            retry_client_errors: self.retry_client_errors.unwrap_or(spec.retry_client_errors),
            ..spec
        };
        Draft {
            spec,
            invalid,
            places: read.places,
        }
    }
}
