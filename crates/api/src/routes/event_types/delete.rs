use actix_web::{HttpResponse, delete, web::Data};
use storage::{Window, event_types, feeds};

use crate::{
    Code, Problem, State,
    answer::ETag,
    request::{Caller, IfMatch, PathId, scope},
    views::EventTypeView,
};

/// Deletes a custom event type that no feed uses. Its events stay.
#[utoipa::path(tag = "event-types", responses((status = 204, description = "Deleted.")))]
#[delete("/event-types/{type}")]
pub(crate) async fn delete_event_type(
    _: Caller<scope::FeedsWrite>,
    name: PathId<String>,
    state: Data<State>,
    if_match: IfMatch,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.db.begin().await?;
    let row = super::find_custom(&mut tx, &name).await?;
    if_match.check(&ETag::of(&EventTypeView::from(row.clone())))?;
    let listening = feeds::FeedFilter {
        event: Some(row.name),
        ..feeds::FeedFilter::default()
    };
    if let Some(feed) = feeds::list(
        &mut tx,
        &listening,
        &Window {
            limit: 1,
            from: None,
        },
    )
    .await?
    .rows
    .first()
    {
        return Err(
            Problem::new(Code::EventTypeInUse).detail(format!("Remove it from {} first.", feed.id))
        );
    }
    event_types::delete(&mut tx, row.id).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
