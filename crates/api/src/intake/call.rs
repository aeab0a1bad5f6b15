//! What a call does: finds or makes the user, adds, removes, and writes itself down, all in one transaction.

use domain::{
    Instant,
    community::{Action, TargetKind, UserStatus},
    id::{CallId, UserId},
    incoming::Person,
    login,
};
use serde_json::{Value, json};
use storage::{
    Conn, Json,
    calls::{self, Call},
    courses,
    incoming_webhooks::IncomingWebhook,
    mails::{self, Mail},
    spaces, users,
};

use crate::{
    Code, Problem, State,
    community::{By, Changes, NewUser, enroll, find_or_create_user, join_space, leave_space, unenroll},
    views::ChangeView,
};

/// How often a call is run again when what it refers to changes under its hands.
const TRIES: usize = 5;

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
    UserBlocked,
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
        let hash = hash_for_new(state, person).await?;
        match attempt(state, webhook, received, person, hash).await {
            Ok(Tried::Done(outcome)) => return Ok(outcome),
            Ok(Tried::UserBlocked) => return Err(Problem::new(Code::UserBlocked)),
            // A space, the user or the webhook itself was changed or removed in between.
            Err(storage::Error::Dangling | storage::Error::Stale) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::new(Code::ChangedMeanwhile))
}

/// Writes down a call that was refused.
pub(crate) async fn log_refused(state: &State, webhook: &IncomingWebhook, received: &Received, code: Code) {
    let row = row(webhook, received, i32::from(code.status().as_u16()), code.as_str());
    let written = async { calls::insert(&mut state.db.write().await?, &row).await };
    if let Err(error) = written.await {
        tracing::warn!(%error, call_id = %received.id, "a refused call could not be written down");
    }
}

/// The hash of the password that a new user will have. Hashing takes long, so it comes before the transaction; whoever is a
/// user already keeps their own password.
async fn hash_for_new(state: &State, person: &Person) -> Result<Option<String>, Problem> {
    let Some(password) = &person.password else { return Ok(None) };
    if users::find_by_email(&mut state.db.read().await?, person.email.folded()).await?.is_some() {
        return Ok(None);
    }
    state.passwords.hash(password.clone()).await.map(Some).map_err(Problem::internal)
}

async fn attempt(
    state: &State,
    webhook: &IncomingWebhook,
    received: &Received,
    person: &Person,
    password_hash: Option<String>,
) -> storage::Result<Tried> {
    let unhashed = person.password.is_some() && password_hash.is_none();
    let mut changes = Changes::new(By::IncomingWebhook, state.clock.now());
    let mut tx = state.db.begin().await?;
    let (user, user_created) = find_or_create_user(&mut tx, &mut changes, new_user(person, password_hash)).await?;
    if user.status == UserStatus::Blocked {
        return Ok(Tried::UserBlocked);
    }
    if user_created && unhashed {
        // The user was removed since it was looked up: the password must not get lost.
        return Err(storage::Error::Stale);
    }
    let welcome = user_created && webhook.send_welcome_email;
    if welcome {
        mails::insert(&mut tx, &Mail::welcome(&user, received.at)).await?;
    }
    let mut shown = Vec::new();
    change_spaces(&mut tx, &mut changes, &user, webhook, &mut shown).await?;
    change_courses(&mut tx, &mut changes, &user, webhook, &mut shown).await?;
    let row =
        Call { user_id: Some(user.id), user_created, changes: Json(json!(shown)), ..row(webhook, received, 200, "success") };
    calls::insert(&mut tx, &row).await?;
    let any = changes.save(&mut tx).await?;
    tx.commit().await?;
    if any {
        state.db.signals().ring_outbox();
    }
    if welcome {
        state.db.signals().ring_mails();
    }
    Ok(Tried::Done(Outcome { user_id: user.id, username: user.username, user_created, changes: shown }))
}

fn new_user(person: &Person, password_hash: Option<String>) -> NewUser {
    NewUser {
        email: person.email.clone(),
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        username: person.user_login.as_deref().and_then(login::requested),
        status: UserStatus::Active,
        password_hash,
    }
}

/// Adds, then removes. A space that was deleted is skipped.
async fn change_spaces(
    conn: &mut Conn,
    changes: &mut Changes,
    user: &users::User,
    webhook: &IncomingWebhook,
    shown: &mut Vec<ChangeView>,
) -> storage::Result<()> {
    let (add, remove) = (&webhook.add_space_ids.0, &webhook.remove_space_ids.0);
    let known = spaces::find_all(conn, &[add.as_slice(), remove].concat()).await?;
    for (id, adding) in add.iter().map(|id| (id, true)).chain(remove.iter().map(|id| (id, false))) {
        let action = match (known.iter().find(|space| space.id == *id), adding) {
            (None, _) => Action::Skipped,
            (Some(space), true) => join_space(conn, changes, user, space).await?,
            (Some(space), false) => leave_space(conn, changes, user, space, webhook.protect_roles).await?,
        };
        shown.push(change(TargetKind::Space, id.to_string(), action));
    }
    Ok(())
}

/// Adds, then removes. A course that was deleted is skipped.
async fn change_courses(
    conn: &mut Conn,
    changes: &mut Changes,
    user: &users::User,
    webhook: &IncomingWebhook,
    shown: &mut Vec<ChangeView>,
) -> storage::Result<()> {
    let (add, remove) = (&webhook.add_course_ids.0, &webhook.remove_course_ids.0);
    let known = courses::find_all(conn, &[add.as_slice(), remove].concat()).await?;
    for (id, adding) in add.iter().map(|id| (id, true)).chain(remove.iter().map(|id| (id, false))) {
        let action = match (known.iter().find(|course| course.id == *id), adding) {
            (None, _) => Action::Skipped,
            (Some(course), true) => enroll(conn, changes, user, course).await?,
            (Some(course), false) => unenroll(conn, changes, user, course).await?,
        };
        shown.push(change(TargetKind::Course, id.to_string(), action));
    }
    Ok(())
}

fn change(kind: TargetKind, id: String, action: Action) -> ChangeView {
    ChangeView { kind, id, action, reason: (action == Action::Skipped).then_some("not_found") }
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
