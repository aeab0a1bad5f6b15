//! Events.

use std::collections::BTreeMap;

use domain::{
    Instant,
    delivery::DeliveryState,
    id::{EventId, EventKind},
};
use serde::Serialize;
use serde_json::value::RawValue;
use storage::events::EventRow;
use utoipa::ToSchema;

use crate::{Problem, schema};

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventView {
    #[schema(schema_with = schema::id::<EventKind>)]
    pub(crate) id: EventId,
    /// The producer's own id.
    #[schema(required, example = "9041")]
    external_id: Option<String>,
    #[schema(example = "order.paid")]
    r#type: String,
    /// Where the event comes from. Together with `external_id` it makes publishing idempotent.
    #[schema(example = "api")]
    source: String,
    #[schema(schema_with = schema::instant)]
    occurred_at: Instant,
    #[schema(schema_with = schema::instant)]
    received_at: Instant,
    /// When every feed that listened had its delivery recorded.
    #[schema(schema_with = schema::optional_instant, required)]
    routed_at: Option<Instant>,
    /// Byte for byte as it came.
    #[schema(value_type = Object)]
    data: Box<RawValue>,
    /// How many deliveries there are, by state; states without any are left out.
    #[schema(example = json!({"succeeded": 2, "pending": 1}))]
    delivery_counts: BTreeMap<&'static str, i64>,
}

/// The deliveries of events, counted.
pub(crate) type Counts = Vec<(EventId, DeliveryState, i64)>;

impl EventView {
    /// The view of a row, with its part of the counts.
    pub(crate) fn new(row: EventRow, counts: &Counts) -> Result<Self, Problem> {
        let text = String::from_utf8(row.data).map_err(Problem::internal)?;
        let own = counts.iter().filter(|(id, ..)| *id == row.id);
        Ok(Self {
            id: row.id,
            external_id: row.external_id,
            r#type: row.kind,
            source: row.source,
            occurred_at: row.occurred_at,
            received_at: row.received_at,
            routed_at: row.routed_at,
            data: RawValue::from_string(text).map_err(Problem::internal)?,
            delivery_counts: own
                .map(|(_, state, count)| (state.as_str(), *count))
                .collect(),
        })
    }
}
