use actix_web::{patch, web::Data};
use domain::{
    Invalid,
    community::{CourseStatus, CourseType, Privacy, slug},
    id::CourseId,
    text,
};
use serde::Deserialize;
use storage::courses::{self, Course};

use super::{description, refresh_search, with_counts};
use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, IfMatch, Json, Patch, PathId, optimistic, patch, scope},
    schema,
    views::CourseView,
};

/// Changes to a course. Omitted fields stay as they are.
#[derive(Deserialize, Clone, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Rust 102", "description": null, "status": "archived"}))]
pub(crate) struct UpdateCourse {
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
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(schema_with = schema::course_type, required = false)]
    r#type: Option<CourseType>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(schema_with = schema::course_status, required = false)]
    status: Option<CourseStatus>,
}

/// Changes a course.
#[utoipa::path(tag = "courses", responses((status = 200, description = "The changed course.", body = CourseView)))]
#[patch("/courses/{id}")]
pub(crate) async fn update_course(
    _: Caller<scope::CommunityWrite>,
    id: PathId<CourseId>,
    state: Data<State>,
    if_match: IfMatch,
    body: Json<UpdateCourse>,
) -> Result<Resource<CourseView>, Problem> {
    optimistic(&if_match, async || {
        let mut tx = state.db.begin().await?;
        let mut course = courses::find(&mut tx, *id).await?;
        if_match.check_version(course.version)?;
        let before = course.clone();
        body.0.clone().apply(&mut course)?;
        if course != before {
            course.updated_at = state.clock.now();
            courses::update(&mut tx, &mut course).await?;
        }
        let (version, view) = (course.version, with_counts(&mut tx, &[*id]).await?);
        tx.commit().await?;
        Ok(Resource::versioned(view(course), version))
    })
    .await
}

impl UpdateCourse {
    fn apply(self, course: &mut Course) -> Result<(), Invalid> {
        let mut invalid = Invalid::default();
        if let Some(title) = self
            .title
            .and_then(|raw| invalid.take(text::title("/title", &raw)))
        {
            course.title = title;
        }
        if let Some(slug) = self
            .slug
            .and_then(|raw| invalid.take(slug::parse("/slug", &raw)))
        {
            course.slug = slug;
        }
        if let Some(change) = invalid.take(self.description.try_map(|raw| description(&raw))) {
            change.apply(&mut course.description);
        }
        course.privacy = self.privacy.unwrap_or(course.privacy);
        course.course_type = self.r#type.unwrap_or(course.course_type);
        course.status = self.status.unwrap_or(course.status);
        refresh_search(course);
        invalid.or(())
    }
}
