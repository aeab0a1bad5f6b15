use actix_web::{patch, web::Data};
use domain::{
    Invalid,
    community::{Privacy, slug},
    id::SpaceId,
    text,
};
use serde::Deserialize;
use storage::spaces::{self, Space};

use super::{description, refresh_search, with_counts};
use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, IfMatch, Json, Patch, PathId, optimistic, patch, scope},
    schema,
    views::SpaceView,
};

/// Changes to a space. Omitted fields stay as they are.
#[derive(Deserialize, Clone, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Lobby and bar", "description": null}))]
pub(crate) struct UpdateSpace {
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false, min_length = 1, max_length = 194)]
    title: Option<String>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false)]
    slug: Option<String>,
    /// `null` clears it.
    #[serde(default, deserialize_with = "patch::text")]
    #[schema(value_type = Option<String>)]
    description: Patch<String>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(schema_with = schema::privacy, required = false)]
    privacy: Option<Privacy>,
}

/// Changes a space.
#[utoipa::path(tag = "spaces", responses((status = 200, description = "The changed space.", body = SpaceView)))]
#[patch("/spaces/{id}")]
pub(crate) async fn update_space(
    _: Caller<scope::CommunityWrite>,
    id: PathId<SpaceId>,
    state: Data<State>,
    if_match: IfMatch,
    body: Json<UpdateSpace>,
) -> Result<Resource<SpaceView>, Problem> {
    optimistic(&if_match, async || {
        let mut tx = state.db.begin().await?;
        let mut space = spaces::find(&mut tx, *id).await?;
        if_match.check_version(space.version)?;
        let before = space.clone();
        body.0.clone().apply(&mut space)?;
        if space != before {
            space.updated_at = state.clock.now();
            spaces::update(&mut tx, &mut space).await?;
        }
        let (version, view) = (space.version, with_counts(&mut tx, &[*id]).await?);
        tx.commit().await?;
        Ok(Resource::versioned(view(space), version))
    })
    .await
}

impl UpdateSpace {
    fn apply(self, space: &mut Space) -> Result<(), Invalid> {
        let mut invalid = Invalid::default();
        if let Some(title) = self
            .title
            .and_then(|raw| invalid.take(text::title("/title", &raw)))
        {
            space.title = title;
        }
        if let Some(slug) = self
            .slug
            .and_then(|raw| invalid.take(slug::parse("/slug", &raw)))
        {
            space.slug = slug;
        }
        if let Some(change) = invalid.take(self.description.try_map(|raw| description(&raw))) {
            change.apply(&mut space.description);
        }
        space.privacy = self.privacy.unwrap_or(space.privacy);
        refresh_search(space);
        invalid.or(())
    }
}
