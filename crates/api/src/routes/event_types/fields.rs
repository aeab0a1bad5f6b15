use actix_web::{get, web::Data};
use domain::event_type;

use crate::{
    Problem, State,
    answer::List,
    request::{Caller, PathId, scope},
    views::EventFieldView,
};

/// Lists the fields that events of a type carry, taken from its example, group by group and on one
/// page. The type is given by its name or alias.
#[utoipa::path(tag = "event-types", responses((status = 200, description = "The fields.", body = List<EventFieldView>)))]
#[get("/event-types/{type}/fields")]
pub(crate) async fn get_event_type_fields(
    _: Caller<scope::FeedsRead>,
    name: PathId<String>,
    state: Data<State>,
) -> Result<List<EventFieldView>, Problem> {
    let found = super::find(&mut state.db.read().await?, &name).await?;
    let data = event_type::fields(&found.name, &found.example)
        .into_iter()
        .map(EventFieldView::from)
        .collect();
    Ok(List {
        data,
        next_cursor: None,
        prev_cursor: None,
    })
}
