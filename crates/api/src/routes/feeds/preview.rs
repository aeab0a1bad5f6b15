use actix_web::{post, web::Data};
use domain::{
    FieldError, Instant, Invalid,
    api_key::Scope,
    event::Event,
    feed::{
        FeedSpec, FeedVault, SealedKeys, listens,
        sending::{About, Sending},
    },
    id::{EventId, EventKind, FeedId, FeedKind},
    outbound::{request::webhook_id, signature},
};
use serde::Deserialize;
use storage::{Conn, events, feeds};

use super::{
    check,
    create::{CreateFeed, blank},
    example, put,
};
use crate::{
    Code, Problem, State,
    answer::Resource,
    request::{Caller, Json, scope},
    schema,
    views::{FeedPreviewView, Shown},
};

/// Which feed, and which event.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"feed_id": "feed_01jq3c9xx2f8tadm0h24bxfn1a", "event_type": "order.paid"}))]
pub(crate) struct PreviewFeed {
    /// A feed that is saved.
    #[schema(schema_with = schema::id::<FeedKind>, required = false)]
    feed_id: Option<FeedId>,
    /// Or one that is not, or not like this; it may be incomplete.
    feed: Option<CreateFeed>,
    /// The example of this type. When neither type nor event is given: the first type that the feed
    /// names, or `webhook.test`.
    event_type: Option<String>,
    /// Or an event that happened; needs the scope `events:read`.
    #[schema(schema_with = schema::id::<EventKind>, required = false)]
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
        (Some(id), None) => saved(&mut conn, id).await?,
        (None, Some(draft)) => unsaved(&state, &mut conn, draft).await?,
        _ => return Err(Invalid::one("/feed_id", "one_of", "Send either feed_id or feed.").into()),
    };
    let now = state.clock.now();
    let event = match (event_id, event_type) {
        (Some(id), None) => past(&mut conn, id).await?,
        (None, Some(name)) => example::event(&mut conn, &name, now).await?,
        (None, None) => example::event(&mut conn, subject.first_type(), now).await?,
        _ => {
            return Err(
                Invalid::one("/event_id", "one_of", "Send either event_id or event_type.").into(),
            );
        }
    };
    drop(conn);
    let shows_signature = feed_id.is_some() && caller.may(Scope::FeedsSecrets);
    subject
        .show(&state, &event, shows_signature, now)
        .map(Resource::hashed)
}

/// A feed, saved or not.
struct Subject {
    id: FeedId,
    spec: FeedSpec,
    keys: SealedKeys,
}

async fn saved(conn: &mut Conn, id: FeedId) -> Result<Subject, Problem> {
    match feeds::find(conn, id).await {
        Ok(row) => Ok(Subject {
            id,
            spec: row.spec(),
            keys: row.keys(),
        }),
        Err(storage::Error::NotFound) => {
            Err(Invalid::one("/feed_id", "not_found", "There is no such feed.").into())
        }
        Err(error) => Err(error.into()),
    }
}

async fn unsaved(state: &State, conn: &mut Conn, input: CreateFeed) -> Result<Subject, Problem> {
    let vault = FeedVault {
        vault: &state.vault,
        feed: FeedId::generate(),
    };
    let mut draft = input.read(vault);
    if draft.spec.title.trim().is_empty() {
        // It is not part of any request.
        draft.spec.title = "Preview".into();
    }
    let spec = check(state, conn, draft, false)
        .await
        .map_err(|problem| problem.under("/feed"))?;
    let mut row = blank(vault, false, state.clock.now());
    put(&mut row, spec, vault)?;
    Ok(Subject {
        id: row.id,
        spec: row.spec(),
        keys: row.keys(),
    })
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

/// Stands in for a URL that a draft does not have yet. It is not shown.
const NO_URL: &str = "https://no-url.invalid/";

impl Subject {
    fn first_type(&self) -> &str {
        self.spec
            .events
            .iter()
            .find(|name| !name.ends_with('*'))
            .map_or(example::TEST, String::as_str)
    }

    fn show(
        mut self,
        state: &State,
        event: &Event,
        shows_signature: bool,
        now: Instant,
    ) -> Result<FeedPreviewView, Problem> {
        let mut errors = self.url_errors(state);
        let has_url = self.spec.url.is_some();
        self.spec.url.get_or_insert_with(|| NO_URL.to_owned());
        let vault = FeedVault {
            vault: &state.vault,
            feed: self.id,
        };
        let sending = Sending::open(&self.spec, &self.keys, vault).map_err(Problem::internal)?;
        let envelope = example::envelope(event);
        let condition_holds = match sending.holds(&envelope) {
            Ok(holds) => Some(holds),
            Err(error) => {
                errors.push(FieldError {
                    pointer: "/condition".into(),
                    code: "render",
                    detail: error.to_string(),
                });
                None
            }
        };
        let webhook_id = webhook_id(&event.identity(), self.id.uuid().as_bytes());
        let about = About {
            webhook_id: &webhook_id,
            kind: &event.kind,
            attempt: 1,
            test: false,
        };
        let payload = example::render(&self.spec, &sending, &envelope);
        let request = match &payload {
            Ok(payload) => sending
                .request(payload, about, now)
                .map_err(|error| vec![example::in_body(&error)]),
            Err(problems) => Err(problems.clone()),
        };
        let listens = self
            .spec
            .events
            .iter()
            .any(|pattern| listens(pattern, &event.kind));
        let mut view = FeedPreviewView::new(self.spec.method, event, listens, condition_holds);
        match request {
            Ok(request) => {
                let signed = signature::content(&webhook_id, now.timestamp(), request.signed());
                view.show(Shown {
                    request: &request,
                    signed: &signed,
                    has_url,
                    shows_signature,
                });
            }
            Err(problems) => errors.extend(problems),
        }
        Ok(view.with_errors(errors))
    }

    /// What keeps the URL from being called; a saved one may have been closed since.
    fn url_errors(&self, state: &State) -> Vec<FieldError> {
        let error = |code, detail| {
            vec![FieldError {
                pointer: "/url".into(),
                code,
                detail,
            }]
        };
        match &self.spec.url {
            None => error("required", "The feed has no URL yet.".to_owned()),
            Some(url) => state
                .guard
                .judge_url(url)
                .err()
                .map_or_else(Vec::new, |refusal| {
                    error(refusal.code(), refusal.to_string())
                }),
        }
    }
}
