use actix_web::{post, web::Data};
use domain::{
    Instant,
    feed::{FeedSpec, FeedState, FeedVault},
    id::FeedId,
};
use storage::{
    Document, JsonText,
    feeds::{self, Feed},
};

use super::{check::check, put, vault};
use crate::{
    Problem, State,
    answer::Created,
    input::feed::CreateFeed,
    request::{Caller, Json, scope},
    views::FeedView,
};

/// Creates a feed.
#[utoipa::path(tag = "feeds", responses((status = 201, description = "The new feed.", body = FeedView)))]
#[post("/feeds")]
pub(crate) async fn create_feed(
    _: Caller<scope::FeedsWrite>,
    state: Data<State>,
    body: Json<CreateFeed>,
) -> Result<Created<FeedView>, Problem> {
    let id = FeedId::generate();
    let vault = vault(&state, id);
    let draft = body.0.read(vault)?;
    let enabled = draft.enabled.unwrap_or(true);
    let mut tx = state.db.begin().await?;
    let spec = check(&state, &mut tx, draft, enabled).await?;
    let mut row = blank(vault, enabled, state.clock.now());
    put(&mut row, spec, vault);
    feeds::insert(&mut tx, &row).await?;
    tx.commit().await?;
    let (location, version) = (format!("/v1/feeds/{id}"), row.version);
    Ok(Created::versioned(FeedView::of(row)?, version, location))
}

/// A row with a signing secret of its own and nothing said yet.
pub(super) fn blank(vault: FeedVault<'_>, enabled: bool, now: Instant) -> Feed {
    Feed {
        id: vault.feed,
        state: if enabled {
            FeedState::Enabled
        } else {
            FeedState::Disabled
        },
        state_reason: None,
        state_changed_at: now,
        spec: Document::Known(FeedSpec::default()),
        events: JsonText(Vec::new()),
        search: String::new(),
        secret_sealed: vault.new_secret(),
        previous_secrets: JsonText(Vec::new()),
        key_sealed: None,
        public_key: None,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}
