use actix_web::{post, web::Data};
use domain::{
    Invalid,
    community::{Privacy, slug},
    id::SpaceId,
    text,
};
use serde::Deserialize;
use storage::{
    Conn, Unique,
    spaces::{self, Space},
};

use super::{description, refresh_search};
use crate::{
    Problem, State,
    answer::Created,
    request::{Caller, Json, patch, scope},
    routes::slug_candidates,
    schema,
    views::SpaceView,
};

/// A new space.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Lobby", "description": "Say hello.", "privacy": "public"}))]
pub(crate) struct CreateSpace {
    #[schema(min_length = 1, max_length = 194)]
    title: String,
    /// Made from the title by default.
    #[serde(default, deserialize_with = "patch::optional_text")]
    slug: Option<String>,
    #[serde(default, deserialize_with = "patch::optional_text")]
    description: Option<String>,
    /// `public` when it is left out.
    #[schema(schema_with = schema::or_null::privacy, required = false)]
    privacy: Option<Privacy>,
}

/// Creates a space.
#[utoipa::path(tag = "spaces", responses((status = 201, description = "The new space.", body = SpaceView)))]
#[post("/spaces")]
pub(crate) async fn create_space(
    _: Caller<scope::CommunityWrite>,
    state: Data<State>,
    body: Json<CreateSpace>,
) -> Result<Created<SpaceView>, Problem> {
    let (mut space, chosen) = body.0.check(&state)?;
    let mut tx = state.db.begin().await?;
    insert(&mut tx, &mut space, chosen).await?;
    tx.commit().await?;
    let (location, version) = (format!("/v1/spaces/{}", space.id), space.version);
    Ok(Created::versioned(
        SpaceView::new(space, 0),
        version,
        location,
    ))
}

async fn insert(conn: &mut Conn, space: &mut Space, chosen: Option<String>) -> Result<(), Problem> {
    let derived = slug::derive(&space.title, "space");
    for slug in slug_candidates(chosen, &derived) {
        space.slug = slug;
        refresh_search(space);
        if spaces::try_insert(conn, space).await? {
            return Ok(());
        }
    }
    Err(storage::Error::Conflict(Unique::SpaceSlug).into())
}

impl CreateSpace {
    /// The row, and the slug if one was chosen.
    fn check(self, state: &State) -> Result<(Space, Option<String>), Problem> {
        let mut invalid = Invalid::default();
        let title = invalid.take(text::title("/title", &self.title));
        let slug = self
            .slug
            .and_then(|raw| invalid.take(slug::parse("/slug", &raw)));
        let description = self
            .description
            .and_then(|raw| invalid.take(description(&raw)));
        let Some(title) = title else {
            return Err(invalid.into());
        };
        let now = state.clock.now();
        let space = Space {
            id: SpaceId::generate(),
            title,
            slug: String::new(),
            description,
            privacy: self.privacy.unwrap_or(Privacy::Public),
            search: String::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        Ok(invalid.or((space, slug))?)
    }
}
