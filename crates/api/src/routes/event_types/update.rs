use actix_web::{patch, web::Data};
use domain::event_type::CustomSpec;
use serde::Deserialize;
use serde_json::Value;
use storage::event_types::{self, EventType};

use crate::{
    Problem, State,
    answer::{ETag, Resource},
    request::{Caller, IfMatch, Json, Patch, PathId, optimistic, patch, scope},
    views::EventTypeView,
};

/// Changes to a custom event type. Omitted fields stay as they are; the name cannot be changed.
#[derive(Deserialize, Clone, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"label": "Room Booked", "description": null}))]
pub(crate) struct UpdateEventType {
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false, min_length = 1, max_length = 194)]
    label: Option<String>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false, min_length = 1, max_length = 194)]
    group: Option<String>,
    #[serde(default, deserialize_with = "patch::text")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    schema: Patch<Value>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(value_type = Object, required = false)]
    example: Option<Value>,
}

/// Changes a custom event type.
#[utoipa::path(tag = "event-types", responses((status = 200, description = "The changed event type.", body = EventTypeView)))]
#[patch("/event-types/{type}")]
pub(crate) async fn update_event_type(
    _: Caller<scope::FeedsWrite>,
    name: PathId<String>,
    state: Data<State>,
    if_match: IfMatch,
    body: Json<UpdateEventType>,
) -> Result<Resource<EventTypeView>, Problem> {
    let changed = optimistic(&if_match, async || {
        let mut tx = state.db.begin().await?;
        let mut row = super::find_custom(&mut tx, &name).await?;
        let before = row.clone();
        if_match.check(&ETag::of(&EventTypeView::from(row.clone())))?;
        let spec = body.0.clone().apply(&row).check()?;
        super::put(&mut row, spec);
        if row != before {
            row.updated_at = state.clock.now();
            event_types::update(&mut tx, &mut row).await?;
        }
        tx.commit().await?;
        Ok(Resource::hashed(EventTypeView::from(row)))
    })
    .await?;
    Ok(changed)
}

impl UpdateEventType {
    fn apply(self, row: &EventType) -> CustomSpec {
        let mut spec = CustomSpec {
            name: row.name.clone(),
            label: self.label.unwrap_or_else(|| row.label.clone()),
            group: self.group.unwrap_or_else(|| row.group_label.clone()),
            description: row.description.clone(),
            schema: row.json_schema.as_ref().map(|schema| schema.0.clone()),
            example: self.example.unwrap_or_else(|| row.example.0.clone()),
        };
        self.description.apply(&mut spec.description);
        self.schema.apply(&mut spec.schema);
        spec
    }
}
