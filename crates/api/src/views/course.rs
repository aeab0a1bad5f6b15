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
        let Course {
            id,
            title,
            slug,
            description,
            privacy,
            course_type,
            status,
            search: _,
            version: _,
            created_at,
            updated_at,
        } = course;
        Self {
            id,
            title,
            slug,
            description,
            privacy,
            r#type: course_type,
            status,
            student_count,
            created_at,
            updated_at,
        }
    }
}
