//! Feeds in their list.

use domain::{Instant, delivery::DeliveryState};
use serde::Serialize;
use storage::{
    feed_activity::{Activity, LastDelivery},
    feeds::Feed,
};
use utoipa::ToSchema;

use super::FeedView;
use crate::{Problem, schema};

/// A feed and how it has been doing. Tests do not count.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedEntry)]
pub(crate) struct FeedEntryView {
    #[serde(flatten)]
    feed: FeedView,
    /// The newest delivery; null before the first.
    #[schema(required)]
    last_delivery: Option<LastDeliveryView>,
    /// The first failed attempt since the last success; null while attempts succeed.
    #[schema(schema_with = schema::optional_instant, required)]
    failing_since: Option<Instant>,
    deliveries_24h: DeliveryCounts,
}

/// Where a feed's newest delivery stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LastDelivery)]
pub(crate) struct LastDeliveryView {
    #[schema(schema_with = schema::delivery_state)]
    state: DeliveryState,
    /// When it ended, or began if it has not.
    #[schema(schema_with = schema::instant)]
    at: Instant,
    #[schema(required)]
    response_status: Option<i32>,
}

/// Deliveries that ended within a day, in whole hours: in the current one and the 23 before it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryCounts {
    succeeded: i64,
    failed: i64,
}

impl FeedEntryView {
    /// The entry of a row.
    ///
    /// # Errors
    /// 500 for a feed whose stored settings this version cannot read.
    pub(crate) fn new(feed: Feed, activity: &Activity) -> Result<Self, Problem> {
        let last = |last: LastDelivery| LastDeliveryView {
            state: last.state,
            at: last.at,
            response_status: last.response_status,
        };
        Ok(Self {
            feed: FeedView::of(feed)?,
            last_delivery: activity.last.map(last),
            failing_since: activity.failing_since,
            deliveries_24h: DeliveryCounts {
                succeeded: activity.succeeded,
                failed: activity.failed,
            },
        })
    }
}
