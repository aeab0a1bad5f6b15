use actix_web::{get, web::Data};
use serde::Deserialize;
use storage::courses;

use super::with_counts;
use crate::{
    Problem, State,
    answer::List,
    request::{Caller, Listing, scope},
    views::CourseView,
};

/// Filters the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CourseQuery {
    /// Part of title or slug.
    search: Option<String>,
}

/// Lists courses.
#[utoipa::path(tag = "courses", params(CourseQuery), responses((status = 200, description = "A page of courses.", body = List<CourseView>)))]
#[get("/courses")]
pub(crate) async fn list_courses(
    _: Caller<scope::CommunityRead>,
    state: Data<State>,
    listing: Listing<CourseQuery>,
) -> Result<List<CourseView>, Problem> {
    let mut conn = state.db.read().await?;
    let page = courses::list(&mut conn, listing.filter.search.as_deref(), &listing.window).await?;
    let ids: Vec<_> = page.rows.iter().map(|course| course.id).collect();
    let view = with_counts(&mut conn, &ids).await?;
    Ok(listing.answer(page, |course| course.id.uuid(), view))
}
