//! The feed that is shown, saved or not.

use domain::{
    FieldError, Instant, Invalid,
    event::Event,
    feed::{
        FeedSpec, SealedKeys,
        sending::{About, Sending},
    },
    id::FeedId,
    outbound::{
        request::{Envelope, webhook_id},
        signature,
    },
};
use storage::{Conn, feeds};

use crate::{
    Problem, State,
    input::feed::CreateFeed,
    routes::feeds::{
        check::{check, too_long},
        create::blank,
        example, put, vault,
    },
    views::{FeedPreviewView, Shown},
};

/// Stands in for a URL that a draft does not have yet. It is not shown.
const NO_URL: &str = "https://no-url.invalid/";

pub(super) struct Subject {
    id: FeedId,
    spec: FeedSpec,
    keys: SealedKeys,
    /// What is wrong whichever event is shown.
    errors: Vec<FieldError>,
}

impl Subject {
    pub(super) async fn saved(state: &State, conn: &mut Conn, id: FeedId) -> Result<Self, Problem> {
        match feeds::find(conn, id).await {
            Ok(row) => Ok(Self {
                id,
                spec: row.spec.get()?.clone(),
                keys: row.keys(),
                errors: too_long(state, conn, row.spec.get()?).await?,
            }),
            Err(storage::Error::NotFound) => {
                Err(Invalid::one("/feed_id", "not_found", "There is no such feed.").into())
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn unsaved(
        state: &State,
        conn: &mut Conn,
        input: CreateFeed,
    ) -> Result<Self, Problem> {
        let vault = vault(state, FeedId::generate());
        let mut draft = input
            .read(vault)
            .map_err(|problem| problem.under("/feed"))?;
        let title = &mut draft.spec.settings.title;
        if title.trim().is_empty() {
            // It is not part of any request.
            *title = "Preview".into();
        }
        let spec = check(state, conn, draft, false)
            .await
            .map_err(|problem| problem.under("/feed"))?;
        let mut row = blank(vault, false, state.clock.now());
        put(&mut row, spec.clone(), vault);
        Ok(Self {
            id: row.id,
            keys: row.keys(),
            errors: too_long(state, conn, &spec).await?,
            spec,
        })
    }

    /// The type of the event to show when none is asked for.
    pub(super) fn first_type(&self) -> &str {
        example::first_type(&self.spec)
    }

    /// The request that the feed makes of an event, or what keeps it from that.
    pub(super) fn show(
        mut self,
        state: &State,
        event: &Event,
        shows_signature: bool,
        now: Instant,
    ) -> Result<FeedPreviewView, Problem> {
        let mut errors = self.url_errors(state);
        let has_url = self.spec.settings.url.is_some();
        let url = &mut self.spec.settings.url;
        url.get_or_insert_with(|| NO_URL.to_owned());
        let vault = vault(state, self.id);
        let sending = Sending::open(&self.spec, &self.keys, vault).map_err(Problem::internal)?;
        let envelope = example::envelope(event);
        let holds = condition_holds(&sending, &envelope, &mut errors);
        let listens = self.spec.hears(&event.kind);
        let mut view = FeedPreviewView::new(self.spec.settings.method, event, listens, holds);
        let webhook_id = webhook_id(&event.identity(), self.id.uuid().as_bytes());
        let about = About {
            webhook_id: &webhook_id,
            kind: &event.kind,
            attempt: 1,
            test: false,
        };
        let payload = example::render(&self.spec, &sending, &envelope);
        let request = payload.as_ref().map_err(Clone::clone).and_then(|payload| {
            sending
                .request(payload, about, now)
                .map_err(|error| vec![example::in_body(&error)])
        });
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
        // Not again what is wrong with the event that is shown.
        let is_new = |error: &FieldError| errors.iter().all(|e| e.pointer != error.pointer);
        self.errors.retain(is_new);
        errors.append(&mut self.errors);
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
        let Some(url) = &self.spec.settings.url else {
            return error("required", "The feed has no URL yet.".to_owned());
        };
        match state.guard.judge_url(url) {
            Ok(_) => Vec::new(),
            Err(refusal) => error(refusal.code(), refusal.to_string()),
        }
    }
}

/// Whether the feed's condition holds; `None` and an error when it cannot be evaluated.
fn condition_holds(
    sending: &Sending,
    envelope: &Envelope,
    errors: &mut Vec<FieldError>,
) -> Option<bool> {
    sending
        .holds(envelope)
        .inspect_err(|error| {
            errors.push(FieldError {
                pointer: "/condition".into(),
                code: "render",
                detail: error.to_string(),
            });
        })
        .ok()
}
