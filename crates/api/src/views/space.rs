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
        let Space {
            id,
            title,
            slug,
            description,
            privacy,
            search: _,
            version: _,
            created_at,
            updated_at,
        } = space;
        Self {
            id,
            title,
            slug,
            description,
            privacy,
            member_count,
            created_at,
            updated_at,
        }
    }
}
