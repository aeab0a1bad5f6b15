use actix_web::{post, web::Data};
use domain::{
    Invalid,
    community::{CourseStatus, CourseType, Privacy, slug},
    id::CourseId,
    text,
};
use serde::Deserialize;
use storage::{
    Conn, Unique,
    courses::{self, Course},
};

use super::{description, refresh_search};
use crate::{
    Problem, State,
    answer::Created,
    request::{Caller, Json, patch, scope},
    routes::slug_candidates,
    schema,
    views::CourseView,
};

/// A new course.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Rust 101", "privacy": "public", "type": "self_paced", "status": "published"}))]
pub(crate) struct CreateCourse {
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
    /// `self_paced` when it is left out.
    #[schema(schema_with = schema::or_null::course_type, required = false)]
    r#type: Option<CourseType>,
    /// `published` when it is left out.
    #[schema(schema_with = schema::or_null::course_status, required = false)]
    status: Option<CourseStatus>,
}

/// Creates a course.
#[utoipa::path(tag = "courses", responses((status = 201, description = "The new course.", body = CourseView)))]
#[post("/courses")]
pub(crate) async fn create_course(
    _: Caller<scope::CommunityWrite>,
    state: Data<State>,
    body: Json<CreateCourse>,
) -> Result<Created<CourseView>, Problem> {
    let (mut course, chosen) = body.0.check(&state)?;
    let mut tx = state.db.begin().await?;
    insert(&mut tx, &mut course, chosen).await?;
    tx.commit().await?;
    let (location, version) = (format!("/v1/courses/{}", course.id), course.version);
    Ok(Created::versioned(
        CourseView::new(course, 0),
        version,
        location,
    ))
}

async fn insert(
    conn: &mut Conn,
    course: &mut Course,
    chosen: Option<String>,
) -> Result<(), Problem> {
    let derived = slug::derive(&course.title, "course");
    for slug in slug_candidates(chosen, &derived) {
        course.slug = slug;
        refresh_search(course);
        if courses::try_insert(conn, course).await? {
            return Ok(());
        }
    }
    Err(storage::Error::Conflict(Unique::CourseSlug).into())
}

impl CreateCourse {
    /// The row, and the slug if one was chosen.
    fn check(self, state: &State) -> Result<(Course, Option<String>), Problem> {
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
        let course = Course {
            id: CourseId::generate(),
            title,
            slug: String::new(),
            description,
            privacy: self.privacy.unwrap_or(Privacy::Public),
            course_type: self.r#type.unwrap_or(CourseType::SelfPaced),
            status: self.status.unwrap_or(CourseStatus::Published),
            search: String::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        Ok(invalid.or((course, slug))?)
    }
}
