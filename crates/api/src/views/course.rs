//! Courses.

use domain::{
    Instant,
    community::{CourseStatus, CourseType, Privacy},
    id::{CourseId, CourseKind},
};
use serde::Serialize;
use storage::courses::Course;

use crate::schema;

/// A course.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Course)]
pub(crate) struct CourseView {
    #[schema(schema_with = schema::id::<CourseKind>)]
    pub id: CourseId,
    pub title: String,
    /// Unique among courses.
    pub slug: String,
    #[schema(required)]
    pub description: Option<String>,
    #[schema(schema_with = schema::privacy)]
    pub privacy: Privacy,
    #[schema(schema_with = schema::course_type)]
    pub r#type: CourseType,
    #[schema(schema_with = schema::course_status)]
    pub status: CourseStatus,
    /// Active students.
    pub student_count: i64,
    #[schema(schema_with = schema::instant)]
    pub created_at: Instant,
    #[schema(schema_with = schema::instant)]
    pub updated_at: Instant,
}

impl CourseView {
    /// The view of a row.
    pub(crate) fn new(course: Course, student_count: i64) -> Self {
        Self {
            id: course.id,
            title: course.title,
            slug: course.slug,
            description: course.description,
            privacy: course.privacy,
            r#type: course.course_type,
            status: course.status,
            student_count,
            created_at: course.created_at,
            updated_at: course.updated_at,
        }
    }
}
