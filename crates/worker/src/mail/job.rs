//! One mail, from its row to the record of what became of it.

use std::time::Duration;

use chrono::TimeDelta;
use domain::{
    Instant, community::UserStatus, id::UserId, mail::MailState, outbound::retry::FinishedAttempt,
    secret::Token,
};
use storage::{
    Error,
    mails::{self, Mail as Row},
    password_tokens::{self, PasswordToken},
    users::{self, User},
};
use tokio::time;

use super::{
    addressee::Addressee,
    message::MailMessage,
    settings::Mail,
    smtp::{NotSent, SmtpTransport},
};
use crate::context::WorkerContext;

/// How long it waits before it tries again to write down what became of a mail.
const PAUSE: Duration = Duration::from_millis(250);

/// What sends mails.
pub(super) struct MailJobs {
    pub(super) context: WorkerContext,
    pub(super) mail: Mail,
    pub(super) smtp: Option<SmtpTransport>,
}

/// What became of a mail.
enum MailOutcome {
    Sent,
    Skipped,
    /// There is nobody to write to.
    Dropped(&'static str),
    NotSent(NotSent),
}

impl MailJobs {
    /// Sends the mail and records what became of it. When that cannot be recorded until the row's
    /// lease ends, the mail comes again.
    pub(super) async fn run(&self, mut row: Row) {
        let lease_end = row.due_at;
        let outcome = self.attempt(&row).await.unwrap_or_else(|error| {
            MailOutcome::NotSent(NotSent {
                why: format!("the database failed: {error}"),
                for_good: false,
            })
        });
        self.apply(outcome, &mut row);
        while lease_end.is_some_and(|end| self.context.clock.now() < end) {
            match self.record(&row).await {
                Ok(true) => return log(&row),
                Ok(false) => {
                    return tracing::warn!(mail_id = %row.id, "another worker has the mail meanwhile");
                }
                Err(error) => {
                    tracing::warn!(%error, mail_id = %row.id, "what became of a mail cannot be recorded; trying again")
                }
            }
            time::sleep(PAUSE).await;
        }
    }

    async fn attempt(&self, row: &Row) -> storage::Result<MailOutcome> {
        let user = match self.addressee(row).await? {
            Ok(user) => user,
            Err(why) => return Ok(MailOutcome::Dropped(why)),
        };
        let Some(smtp) = &self.smtp else {
            return Ok(MailOutcome::Skipped);
        };
        let token = Token::generate("");
        match self.keep(&token, user.id).await {
            Ok(()) => {}
            Err(Error::Dangling) => return Ok(MailOutcome::Dropped("the user is gone")),
            Err(error) => return Err(error),
        }
        // A change of the address removes the tokens that are there: whoever has this one gets it at the
        // address that was true after it was made, or it does not work.
        let user = match self.addressee(row).await? {
            Ok(now) if now.id == user.id => now,
            Ok(_) => return Ok(MailOutcome::Dropped("the address is another user's now")),
            Err(why) => return Ok(MailOutcome::Dropped(why)),
        };
        let (to, link, id) = (
            Addressee::from(user),
            self.mail.link(&token),
            row.id.to_string(),
        );
        let message = MailMessage {
            topic: row.kind.into(),
            to: &to,
            link: &link,
            id: &id,
        };
        Ok(smtp
            .send(&self.mail, &message)
            .await
            .map_or_else(MailOutcome::NotSent, |()| MailOutcome::Sent))
    }

    /// To whom it goes: the user as they are now.
    async fn addressee(&self, row: &Row) -> storage::Result<Result<User, &'static str>> {
        let mut conn = self.context.db.read().await?;
        let found = match row.user_id {
            Some(id) => users::find(&mut conn, id).await.map(Some),
            None => users::find_by_email(&mut conn, &row.email_folded).await,
        };
        match found {
            Ok(Some(user)) if user.status == UserStatus::Blocked => Ok(Err("the user is blocked")),
            Ok(Some(user)) => Ok(Ok(user)),
            Ok(None) | Err(Error::NotFound) => Ok(Err("there is no such user")),
            Err(error) => Err(error),
        }
    }

    async fn keep(&self, token: &Token, user_id: UserId) -> storage::Result<()> {
        let expires_at = self.context.clock.now()
            + TimeDelta::from_std(self.mail.token_ttl).unwrap_or(TimeDelta::MAX);
        let row = PasswordToken {
            token_hash: token.hash().to_vec(),
            user_id,
            expires_at,
        };
        password_tokens::insert(&mut self.context.db.write().await?, &row).await
    }

    async fn record(&self, row: &Row) -> storage::Result<bool> {
        mails::record(&mut self.context.db.write().await?, row).await
    }

    fn apply(&self, outcome: MailOutcome, row: &mut Row) {
        let now = self.context.clock.now();
        let (state, error) = match outcome {
            MailOutcome::Sent => (MailState::Sent, None),
            MailOutcome::Skipped => (MailState::Skipped, Some("mail.url is not set".to_owned())),
            MailOutcome::Dropped(why) => (MailState::Dropped, Some(why.to_owned())),
            MailOutcome::NotSent(NotSent { why, for_good }) => {
                match self.retry_at(row.attempt_count, now).filter(|_| !for_good) {
                    Some(at) => {
                        (row.state, row.due_at, row.last_error) =
                            (MailState::Pending, Some(at), Some(why));
                        return;
                    }
                    None => (MailState::Failed, Some(why)),
                }
            }
        };
        (row.state, row.due_at, row.last_error, row.finished_at) = (state, None, error, Some(now));
    }

    fn retry_at(&self, attempt_count: i32, at: Instant) -> Option<Instant> {
        // What is below 0 was never tried.
        let number = u32::try_from(attempt_count).unwrap_or(0);
        self.mail.schedule.next(FinishedAttempt {
            number,
            at,
            random: rand::random(),
        })
    }
}

/// No address, and nothing of what the mail says.
fn log(row: &Row) {
    let (mail_id, kind, attempt, error) = (
        row.id,
        row.kind.as_str(),
        row.attempt_count,
        row.last_error.as_deref(),
    );
    match row.state {
        MailState::Sent => tracing::info!(%mail_id, kind, attempt, "a mail was sent"),
        MailState::Skipped => {
            tracing::info!(%mail_id, kind, "a mail is skipped: mail.url is not set")
        }
        MailState::Dropped => tracing::info!(%mail_id, kind, error, "a mail is dropped"),
        MailState::Failed => {
            tracing::error!(%mail_id, kind, attempt, error, "a mail failed for good")
        }
        MailState::Pending | MailState::InFlight => {
            tracing::warn!(%mail_id, kind, attempt, error, next = ?row.due_at, "a mail could not be sent; it is tried again");
        }
    }
}
