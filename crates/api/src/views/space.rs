//! Spaces.

use domain::{
    Instant,
    community::Privacy,
    id::{SpaceId, SpaceKind},
};
use serde::Serialize;
use storage::spaces::Space;

use crate::schema;

/// A space.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Space)]
pub(crate) struct SpaceView {
    #[schema(schema_with = schema::id::<SpaceKind>)]
    pub id: SpaceId,
    pub title: String,
    /// Unique among spaces.
    pub slug: String,
    #[schema(required)]
    pub description: Option<String>,
    #[schema(schema_with = schema::privacy)]
    pub privacy: Privacy,
    /// Active members.
    pub member_count: i64,
    #[schema(schema_with = schema::instant)]
    pub created_at: Instant,
    #[schema(schema_with = schema::instant)]
    pub updated_at: Instant,
}

impl SpaceView {
    /// The view of a row.
    pub(crate) fn new(space: Space, member_count: i64) -> Self {
        Self {
            id: space.id,
            title: space.title,
            slug: space.slug,
            description: space.description,
            privacy: space.privacy,
            member_count,
            created_at: space.created_at,
            updated_at: space.updated_at,
        }
    }
}
