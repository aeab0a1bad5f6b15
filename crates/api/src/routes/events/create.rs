use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    post,
    web::Data,
};
use storage::{
    Conn,
    events::{self, EventRow},
};

use super::{
    id_reused,
    input::{PublishEvent, check},
};
use crate::{
    Problem, State,
    answer::ETag,
    request::{Caller, Json, scope},
    views::EventView,
};

/// Publishes an event. Once the request is answered, the event will reach every feed that listens
/// for it.
#[utoipa::path(tag = "events", responses(
    (status = 202, description = "The event was accepted.", body = EventView),
    (status = 200, description = "The event that already exists for this source and id, with the same type and data.", body = EventView),
))]
#[post("/events")]
pub(crate) async fn publish_event(
    _: Caller<scope::EventsPublish>,
    state: Data<State>,
    body: Json<PublishEvent>,
) -> Result<HttpResponse, Problem> {
    let event = check(&state, vec![body.0], |_| String::new()).await?.pop();
    let event = event.ok_or_else(|| Problem::internal("one event came in and none came out"))?;
    let row = EventRow::waiting(event);
    let mut conn = state.db.write().await?;
    if events::insert(&mut conn, vec![row.clone()])
        .await?
        .is_empty()
    {
        return known(&mut conn, row).await;
    }
    answer(StatusCode::ACCEPTED, EventView::new(row, &Vec::new())?)
}

async fn known(conn: &mut Conn, row: EventRow) -> Result<HttpResponse, Problem> {
    let known = match &row.external_id {
        Some(id) => events::find_external(conn, &row.source, id).await?,
        None => None,
    };
    let known = known.ok_or_else(|| Problem::internal("an event was neither added nor there"))?;
    let event = row.into_event();
    if !event.repeats(&known.kind, &known.data) {
        return Err(id_reused(vec![event.id_reused()]));
    }
    let counts = events::delivery_counts(conn, &[known.id]).await?;
    answer(StatusCode::OK, EventView::new(known, &counts)?)
}

fn answer(status: StatusCode, view: EventView) -> Result<HttpResponse, Problem> {
    let etag = ETag::of(&view);
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::LOCATION, format!("/v1/events/{}", view.id)))
        .insert_header((header::ETAG, etag.as_str()));
    Ok(response.json(view))
}
