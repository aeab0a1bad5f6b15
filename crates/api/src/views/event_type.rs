//! Event types, built-in and custom.

use domain::{
    Instant,
    event_type::{Builtin, FieldInfo},
};
use serde::Serialize;
use serde_json::Value;
use storage::event_types::EventType;
use utoipa::ToSchema;

use crate::schema;

/// An entry of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventType)]
pub(crate) struct EventTypeView {
    #[schema(example = "order.paid")]
    pub(crate) name: String,
    #[schema(example = "Order Paid (Payment / Subscription)")]
    label: String,
    #[schema(example = "Orders")]
    group: String,
    #[schema(required)]
    description: Option<String>,
    /// Built-in types cannot be changed.
    builtin: bool,
    /// Other names that are accepted wherever a type is named.
    aliases: Vec<String>,
    /// The JSON Schema of the data.
    #[schema(value_type = Option<Object>, required)]
    schema: Option<Value>,
    /// An example of the data.
    #[schema(value_type = Object)]
    pub(crate) example: Value,
    /// Null for built-in types.
    #[schema(schema_with = schema::optional_instant, required)]
    created_at: Option<Instant>,
    #[schema(schema_with = schema::optional_instant, required)]
    updated_at: Option<Instant>,
}

impl From<&Builtin> for EventTypeView {
    fn from(entry: &Builtin) -> Self {
        Self {
            name: entry.name.to_owned(),
            label: entry.label.to_owned(),
            group: entry.group.to_owned(),
            description: Some(entry.description.to_owned()),
            builtin: true,
            aliases: entry.alias.into_iter().map(str::to_owned).collect(),
            schema: None,
            example: entry.example(),
            created_at: None,
            updated_at: None,
        }
    }
}

impl From<EventType> for EventTypeView {
    fn from(row: EventType) -> Self {
        Self {
            name: row.name,
            label: row.label,
            group: row.group_label,
            description: row.description,
            builtin: false,
            aliases: Vec::new(),
            schema: row.json_schema.map(|schema| schema.0),
            example: row.example.0,
            created_at: Some(row.created_at),
            updated_at: Some(row.updated_at),
        }
    }
}

/// One value that an event of a type carries.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventField)]
pub(crate) struct EventFieldView {
    /// As it is written in a template.
    #[schema(example = "data.order.total_amount")]
    path: String,
    #[schema(example = "Total Amount")]
    label: String,
    #[schema(example = "Order")]
    group: String,
    /// `string`, `number`, `boolean`, `null`, `array` or `object`.
    #[schema(example = "number")]
    r#type: &'static str,
    #[schema(value_type = Value, example = 7485)]
    example: Value,
}

impl From<FieldInfo> for EventFieldView {
    fn from(field: FieldInfo) -> Self {
        Self {
            path: field.path,
            label: field.label,
            group: field.group,
            r#type: field.r#type,
            example: field.example,
        }
    }
}
