//! What a call does: finds or makes the user, adds, removes, and writes itself down. What changes
//! anything is one transaction; a call that finds everything done already is only written down,
//! together with others.

use domain::{id::UserId, incoming::Person};
use serde_json::json;
use storage::{
    JsonText, Tx,
    calls::{self, Call},
    mails::{self, Mail},
    membership_snapshot::MembershipSnapshot,
    users::User,
};

use super::{
    super::{
        payload::CallPayload,
        plan::{Plan, read_snapshot},
    },
    IncomingCall,
};
use crate::{
    Code, Problem,
    community::{By, Changes, NewUser, admit, create_new_user},
    request::until_undisturbed,
    views::ChangeView,
};

/// What a call did.
pub(crate) struct CallResult {
    pub(crate) user_id: UserId,
    pub(crate) username: String,
    pub(crate) user_created: bool,
    pub(crate) changes: Vec<ChangeView>,
}

/// Why an attempt did nothing.
struct AttemptProblem(Problem);

impl From<Problem> for AttemptProblem {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<storage::Error> for AttemptProblem {
    fn from(error: storage::Error) -> Self {
        Self(match error {
            // A space, the user or the webhook itself was removed in between: the next attempt
            // looks again.
            storage::Error::Dangling => Problem::new(Code::ChangedMeanwhile),
            error => error.into(),
        })
    }
}

impl IncomingCall<'_> {
    /// Does what the webhook says for the person of the payload.
    ///
    /// # Errors
    /// 422 `invalid_fields`, 403 `user_blocked`; then nothing was written.
    pub(crate) async fn execute(&mut self, payload: &CallPayload) -> Result<CallResult, Problem> {
        let map = &self.webhook.spec.get()?.field_map;
        self.payload = payload.masked(map);
        let person = payload.person(map, self.state.settings.intake.max_field_bytes)?;
        until_undisturbed(async || {
            let result = self.attempt(&person).await;
            result.map_err(|AttemptProblem(problem)| problem)
        })
        .await
    }

    async fn attempt(&self, person: &Person) -> Result<CallResult, AttemptProblem> {
        let email = person.email.folded();
        let wanted = self.webhook.spec.get()?;
        let snapshot = read_snapshot(&mut self.state.db.read().await?, wanted, email).await?;
        let Some(user) = &snapshot.user else {
            return self.create(person, &snapshot).await;
        };
        admit(user)?;
        let plan = Plan::new(wanted, &snapshot);
        if !plan.is_done() {
            return self.change(person).await;
        }
        let changes = plan.shown();
        let row = self.success(user, &changes);
        self.state.call_log.add(row).await?;
        Ok(CallResult::new(user, false, changes))
    }

    /// Makes the user, and carries out the plan. Hashing takes long, so it comes before the
    /// transaction.
    async fn create(
        &self,
        person: &Person,
        snapshot: &MembershipSnapshot,
    ) -> Result<CallResult, AttemptProblem> {
        let mut new = NewUser::from(person);
        if let Some(password) = &person.password {
            let hash = self.state.passwords.hash(password.clone()).await;
            new.password_hash = Some(hash.map_err(Problem::internal)?);
        }
        let mut changes = Changes::new(By::IncomingWebhook, self.state.clock.now());
        let mut tx = self.state.db.begin().await?;
        let (user, is_new) = create_new_user(&mut tx, &mut changes, &new).await?;
        if !is_new {
            // Somebody else made them at this moment: they may stand elsewhere.
            return Err(storage::Error::Stale.into());
        }
        self.finish(tx, changes, (&user, true), snapshot).await
    }

    /// Carries out the plan for a user who is there. What was seen outside of the transaction is
    /// looked at again within.
    async fn change(&self, person: &Person) -> Result<CallResult, AttemptProblem> {
        let changes = Changes::new(By::IncomingWebhook, self.state.clock.now());
        let mut tx = self.state.db.begin().await?;
        let wanted = self.webhook.spec.get()?;
        let mut snapshot = read_snapshot(&mut tx, wanted, person.email.folded()).await?;
        let Some(user) = snapshot.user.take() else {
            return Err(storage::Error::Stale.into());
        };
        admit(&user)?;
        self.finish(tx, changes, (&user, false), &snapshot).await
    }

    async fn finish(
        &self,
        mut tx: Tx,
        mut changes: Changes,
        (user, user_created): (&User, bool),
        snapshot: &MembershipSnapshot,
    ) -> Result<CallResult, AttemptProblem> {
        let wanted = self.webhook.spec.get()?;
        let plan = Plan::new(wanted, snapshot);
        plan.carry_out(&mut tx, &mut changes, user).await?;
        let shown = plan.shown();
        let call = Call {
            user_created,
            ..self.success(user, &shown)
        };
        calls::insert(&mut tx, &[call]).await?;
        if user_created && wanted.send_welcome_email {
            mails::insert(&mut tx, &Mail::welcome(user, self.received_at)).await?;
        }
        changes.save(&mut tx).await?;
        tx.commit().await?;
        Ok(CallResult::new(user, user_created, shown))
    }

    /// The call as it is kept when it was not refused.
    fn success(&self, user: &User, changes: &[ChangeView]) -> Call {
        Call {
            user_id: Some(user.id),
            changes: JsonText(json!(changes)),
            ..self.row(200, "success")
        }
    }
}

impl CallResult {
    fn new(user: &User, user_created: bool, changes: Vec<ChangeView>) -> Self {
        Self {
            user_id: user.id,
            username: user.username.clone(),
            user_created,
            changes,
        }
    }
}
