mod subject;

use actix_web::{post, web::Data};
use domain::{
    Invalid,
    api_key::Scope,
    event::Event,
    id::{EventId, EventKind, FeedId, FeedKind},
};
use serde::Deserialize;
use storage::{Conn, events};

use self::subject::Subject;
use super::example;
use crate::{
    Code, Problem, State,
    answer::Resource,
    input::feed::CreateFeed,
    request::{Caller, Json, scope},
    schema,
    views::FeedPreviewView,
};

/// Which feed, and which event.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"feed_id": "feed_01jq3c9xx2f8tadm0h24bxfn1a", "event_type": "order.paid"}))]
pub(crate) struct PreviewFeed {
    /// A feed that is saved.
    #[schema(schema_with = schema::optional_id::<FeedKind>, required = false)]
    feed_id: Option<FeedId>,
    /// Or one that is not, or not like this; it may be incomplete.
    feed: Option<CreateFeed>,
    /// The example of this type. When neither type nor event is given: the first type that the feed
    /// names, or `webhook.test`.
    event_type: Option<String>,
    /// Or an event that happened; needs the scope `events:read`.
    #[schema(schema_with = schema::optional_id::<EventKind>, required = false)]
    event_id: Option<EventId>,
}

/// Shows the request that a feed would make of an event, as the worker makes it. Nothing is sent,
/// nothing is written.
#[utoipa::path(tag = "feeds", responses((status = 200, description = "The request.", body = FeedPreviewView)))]
#[post("/feeds/preview")]
pub(crate) async fn preview_feed(
    caller: Caller<scope::FeedsRead>,
    state: Data<State>,
    body: Json<PreviewFeed>,
) -> Result<Resource<FeedPreviewView>, Problem> {
    let PreviewFeed {
        feed_id,
        feed,
        event_type,
        event_id,
    } = body.0;
    if event_id.is_some() && !caller.may(Scope::EventsRead) {
        let detail = format!(
            "The answer shows an event, and the API key lacks the scope \"{}\".",
            Scope::EventsRead
        );
        return Err(Problem::new(Code::MissingScope).detail(detail));
    }
    let mut conn = state.db.read().await?;
    let subject = match (feed_id, feed) {
        (Some(id), None) => Subject::saved(&state, &mut conn, id).await?,
        (None, Some(draft)) => Subject::unsaved(&state, &mut conn, draft).await?,
        _ => return Err(Invalid::one("/feed_id", "one_of", "Send either feed_id or feed.").into()),
    };
    let now = state.clock.now();
    let event = match (event_id, event_type) {
        (Some(id), None) => past(&mut conn, id).await?,
        (None, Some(name)) => example::event(&mut conn, &name, now).await?,
        (None, None) => example::event(&mut conn, subject.first_type(), now).await?,
        _ => {
            let detail = "Send either event_id or event_type.";
            return Err(Invalid::one("/event_id", "one_of", detail).into());
        }
    };
    drop(conn);
    let shows_signature = feed_id.is_some() && caller.may(Scope::FeedsSecrets);
    let renderers = state.renderers.clone();
    let show = move || subject.show(&state, &event, shows_signature, now);
    renderers.run(show).await?.map(Resource::hashed)
}

async fn past(conn: &mut Conn, id: EventId) -> Result<Event, Problem> {
    match events::find(conn, id).await {
        Ok(row) => Ok(row.into_event()),
        Err(storage::Error::NotFound) => {
            Err(Invalid::one("/event_id", "not_found", "There is no such event.").into())
        }
        Err(error) => Err(error.into()),
    }
}
