//! What a call does: finds or makes the user, adds, removes, and writes itself down. What changes
//! anything is one transaction; a call that finds everything done already is only written down,
//! together with others.

use domain::{
    Instant,
    community::{UserStatus, login},
    id::{CallId, UserId},
    incoming::Person,
};
use serde_json::{Value, json};
use storage::{
    Json,
    calls::{self, Call},
    incoming_webhooks::IncomingWebhook,
    mails::{self, Mail},
    membership_snapshot::MembershipSnapshot,
    users::User,
};

use super::plan::{Plan, standing};
use crate::{
    Code, Problem, State,
    community::{By, Changes, NewUser, create_new_user},
    views::ChangeView,
};

/// How often a call is run again when what it refers to changes under its hands.
const TRIES: usize = 8;

/// What is known of a call before it runs.
pub(crate) struct Received {
    pub(crate) id: CallId,
    pub(crate) at: Instant,
    pub(crate) started: std::time::Instant,
    pub(crate) source_address: Option<String>,
    /// What was sent, masked.
    pub(crate) payload: Value,
}

/// What a call did.
pub(crate) struct Outcome {
    pub(crate) user_id: UserId,
    pub(crate) username: String,
    pub(crate) user_created: bool,
    pub(crate) changes: Vec<ChangeView>,
}

/// One try of a call.
enum Tried {
    Done(Outcome),
    Refused(Problem),
}

/// Runs a call.
///
/// # Errors
/// 403 `user_blocked`; then nothing was written.
pub(crate) async fn run(
    state: &State,
    webhook: &IncomingWebhook,
    received: &Received,
    person: &Person,
) -> Result<Outcome, Problem> {
    for _ in 0..TRIES {
        match attempt(state, webhook, received, person).await {
            Ok(Tried::Done(outcome)) => return Ok(outcome),
            Ok(Tried::Refused(problem)) => return Err(problem),
            // A space, the user or the webhook itself was changed or removed in between.
            Err(storage::Error::Dangling | storage::Error::Stale) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::new(Code::ChangedMeanwhile))
}

/// Writes down a call that was refused.
pub(crate) async fn log_refused(
    state: &State,
    webhook: &IncomingWebhook,
    received: &Received,
    code: Code,
) {
    let row = row(
        webhook,
        received,
        i32::from(code.status().as_u16()),
        code.as_str(),
    );
    if let Err(error) = state.call_log.add(row).await {
        tracing::warn!(%error, call_id = %received.id, "a refused call could not be written down");
    }
}

/// The person of a call as the user that they will be.
pub(crate) fn new_user(person: &Person) -> NewUser {
    NewUser {
        email: person.email.clone(),
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        username: person.user_login.as_deref().and_then(login::requested),
        status: UserStatus::Active,
        password_hash: None,
    }
}

async fn attempt(
    state: &State,
    webhook: &IncomingWebhook,
    received: &Received,
    person: &Person,
) -> storage::Result<Tried> {
    let standing = standing(&mut state.db.read().await?, webhook, person.email.folded()).await?;
    match &standing.user {
        None => create(state, webhook, received, person, standing).await,
        Some(user) if user.status == UserStatus::Blocked => Ok(blocked()),
        Some(user) => {
            let plan = Plan::new(webhook, &standing);
            if plan.is_done() {
                let shown = plan.shown();
                state
                    .call_log
                    .add(success(webhook, received, user, &shown))
                    .await?;
                return Ok(done(user, false, shown));
            }
            change(state, webhook, received, person).await
        }
    }
}

/// Makes the user, and carries out the plan. Hashing takes long, so it comes before the
/// transaction.
async fn create(
    state: &State,
    webhook: &IncomingWebhook,
    received: &Received,
    person: &Person,
    standing: MembershipSnapshot,
) -> storage::Result<Tried> {
    let mut new = new_user(person);
    if let Some(password) = &person.password {
        match state.passwords.hash(password.clone()).await {
            Ok(hash) => new.password_hash = Some(hash),
            Err(error) => return Ok(Tried::Refused(Problem::internal(error))),
        }
    }
    let mut changes = Changes::new(By::IncomingWebhook, state.clock.now());
    let mut tx = state.db.begin().await?;
    let (user, is_new) = create_new_user(&mut tx, &mut changes, &new).await?;
    if !is_new {
        // Somebody else made them at this moment: they may stand elsewhere.
        return Err(storage::Error::Stale);
    }
    finish(
        state,
        (tx, changes),
        (webhook, received),
        (&user, true),
        &standing,
    )
    .await
}

/// Carries out the plan for a user who is there.
async fn change(
    state: &State,
    webhook: &IncomingWebhook,
    received: &Received,
    person: &Person,
) -> storage::Result<Tried> {
    let changes = Changes::new(By::IncomingWebhook, state.clock.now());
    let mut tx = state.db.begin().await?;
    let mut standing = standing(&mut tx, webhook, person.email.folded()).await?;
    match standing.user.take() {
        None => Err(storage::Error::Stale),
        Some(user) if user.status == UserStatus::Blocked => Ok(blocked()),
        Some(user) => {
            finish(
                state,
                (tx, changes),
                (webhook, received),
                (&user, false),
                &standing,
            )
            .await
        }
    }
}

async fn finish(
    state: &State,
    (mut tx, mut changes): (storage::Tx, Changes),
    (webhook, received): (&IncomingWebhook, &Received),
    (user, user_created): (&User, bool),
    standing: &MembershipSnapshot,
) -> storage::Result<Tried> {
    let plan = Plan::new(webhook, standing);
    plan.carry_out(&mut tx, &mut changes, user).await?;
    let shown = plan.shown();
    let call = Call {
        user_created,
        ..success(webhook, received, user, &shown)
    };
    calls::insert(&mut tx, &[call]).await?;
    let welcome = user_created && webhook.send_welcome_email;
    if welcome {
        mails::insert(&mut tx, &Mail::welcome(user, received.at)).await?;
    }
    let any = changes.save(&mut tx).await?;
    tx.commit().await?;
    if any {
        state.db.signals().ring_outbox();
    }
    if welcome {
        state.db.signals().ring_mails();
    }
    Ok(done(user, user_created, shown))
}

fn done(user: &User, user_created: bool, changes: Vec<ChangeView>) -> Tried {
    Tried::Done(Outcome {
        user_id: user.id,
        username: user.username.clone(),
        user_created,
        changes,
    })
}

fn blocked() -> Tried {
    Tried::Refused(Problem::new(Code::UserBlocked))
}

fn success(
    webhook: &IncomingWebhook,
    received: &Received,
    user: &User,
    shown: &[ChangeView],
) -> Call {
    Call {
        user_id: Some(user.id),
        changes: Json(json!(shown)),
        ..row(webhook, received, 200, "success")
    }
}

fn row(webhook: &IncomingWebhook, received: &Received, status: i32, outcome: &str) -> Call {
    Call {
        id: received.id,
        webhook_id: webhook.id,
        user_id: None,
        status,
        outcome: outcome.to_owned(),
        user_created: false,
        changes: Json(json!([])),
        payload: Json(received.payload.clone()),
        source_address: received.source_address.clone(),
        duration_us: i64::try_from(received.started.elapsed().as_micros()).unwrap_or(i64::MAX),
        created_at: received.at,
    }
}
