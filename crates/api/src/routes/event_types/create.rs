use actix_web::{post, web::Data};
use domain::event_type::CustomSpec;
use serde::Deserialize;
use serde_json::Value;
use storage::{
    JsonText,
    event_types::{self, EventType, EventTypeId},
};

use crate::{
    Code, Problem, State,
    answer::Created,
    request::{Caller, Json, patch, scope},
    views::EventTypeView,
};

/// A new custom event type.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "booking.made", "label": "Booking Made", "group": "Bookings", "description": "Somebody booked a room.",
    "example": {"booking": {"id": 7, "room": "Boathouse", "nights": 2}},
}))]
pub(crate) struct CreateEventType {
    /// Words of a-z, 0-9, `_` and `-`, separated by dots.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[a-z0-9_-]+(\.[a-z0-9_-]+)*$"
    )]
    name: String,
    #[schema(min_length = 1, max_length = 194)]
    label: String,
    #[schema(min_length = 1, max_length = 194)]
    group: String,
    #[schema(max_length = 2000)]
    #[serde(default, deserialize_with = "patch::optional_text")]
    description: Option<String>,
    /// A JSON Schema for the data: events that violate it are refused. References must stay within
    /// the schema (`#/…`, not recursive), and regular expressions must not use look-around.
    #[schema(value_type = Option<Object>)]
    schema: Option<Value>,
    /// An example of the data, which must match the schema; the list of fields is derived from it.
    #[schema(value_type = Object)]
    example: Value,
}

/// Registers a custom event type.
#[utoipa::path(tag = "event-types", responses((status = 201, description = "The new event type.", body = EventTypeView)))]
#[post("/event-types")]
pub(crate) async fn create_event_type(
    _: Caller<scope::FeedsWrite>,
    state: Data<State>,
    body: Json<CreateEventType>,
) -> Result<Created<EventTypeView>, Problem> {
    let spec = CustomSpec::from(body.0).check()?;
    let now = state.clock.now();
    let mut row = EventType {
        id: EventTypeId::generate(),
        name: String::new(),
        label: String::new(),
        group_label: String::new(),
        description: None,
        json_schema: None,
        example: JsonText(Value::Null),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    super::put(&mut row, spec);
    let mut tx = state.db.begin().await?;
    let max = state.settings.server.max_custom_event_types.into();
    if event_types::count(&mut tx).await? >= max {
        return Err(Problem::new(Code::LimitReached)
            .detail(format!("At most {max} custom event types are allowed.")));
    }
    event_types::insert(&mut tx, &row).await?;
    tx.commit().await?;
    let location = format!("/v1/event-types/{}", row.name);
    Ok(Created::hashed(EventTypeView::from(row), location))
}

impl From<CreateEventType> for CustomSpec {
    fn from(input: CreateEventType) -> Self {
        Self {
            name: input.name,
            label: input.label,
            group: input.group,
            description: input.description,
            schema: input.schema,
            example: input.example,
        }
    }
}
