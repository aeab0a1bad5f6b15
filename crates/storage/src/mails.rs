//! Mails that are to be sent, and what became of them. A row says what a mail is about and to whom
//! it goes; what it says, and the secret in its link, are made when it is sent.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    Email, Instant,
    id::{MailId, UserId},
    mail::{MailKind, MailState},
};

use crate::{
    Signal,
    community::users::User,
    database::{
        conn::{Conn, Db, Link, Tx},
        error::{OptionalRow, Result},
        schema::mails,
        sql_types::Sql,
    },
};

record! {
    /// A row of `mails`.
    mails: Mail {
        id: MailId,
        kind: MailKind,
        email: String,
        email_folded: String,
        /// `None` when somebody asked for an address: who has it is found out when the mail is
        /// written.
        user_id: Option<UserId>,
        state: MailState,
        /// Set while unfinished: when it may be claimed, or the end of the lease of who has it.
        due_at: Option<Instant>,
        /// Counts the claims: a result that carries an older count changes nothing.
        lease: i64,
        /// How often it was claimed.
        attempt_count: i32,
        last_error: Option<String>,
        created_at: Instant,
        finished_at: Option<Instant>,
    }
}

impl Mail {
    /// The mail that welcomes a new user.
    pub fn welcome(user: &User, now: Instant) -> Self {
        Self::waiting(
            MailKind::Welcome,
            (user.email.clone(), user.email_folded.clone()),
            Some(user.id),
            now,
        )
    }

    /// The mail with which whoever has this address, if anybody, can set a password.
    pub fn password_reset(email: &Email, now: Instant) -> Self {
        Self::waiting(
            MailKind::PasswordReset,
            (email.as_str().to_owned(), email.folded().to_owned()),
            None,
            now,
        )
    }

    fn waiting(
        kind: MailKind,
        (email, email_folded): (String, String),
        user_id: Option<UserId>,
        now: Instant,
    ) -> Self {
        Self {
            id: MailId::generate(),
            kind,
            email,
            email_folded,
            user_id,
            state: MailState::Pending,
            due_at: Some(now),
            lease: 0,
            attempt_count: 0,
            last_error: None,
            created_at: now,
            finished_at: None,
        }
    }
}

/// Adds a mail.
///
/// # Errors
/// [`crate::Error::Dangling`] when its user is gone.
pub async fn insert(conn: &mut Conn, mail: &Mail) -> Result<()> {
    on!(conn, |c| diesel::insert_into(mails::table)
        .values(mail.clone())
        .execute(c))?;
    conn.note(Signal::Mails);
    Ok(())
}

/// When the first unfinished mail is, or was, due.
pub async fn next_due(conn: &mut Conn) -> Result<Option<Instant>> {
    let first = mails::table
        .filter(mails::due_at.is_not_null())
        .order(mails::due_at.asc())
        .select(mails::due_at);
    let due = on!(conn, |c| first.first::<Option<Instant>>(c)).optional()?;
    Ok(due.flatten())
}

/// Claims up to `limit` mails that are due, oldest first, until `until`.
pub async fn claim(db: &Db, now: Instant, until: Instant, limit: usize) -> Result<Vec<Mail>> {
    let mut tx = db.begin().await?;
    // What does not fit is no limit.
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut claimed = due(&mut tx, now, limit).await?;
    for mail in &mut claimed {
        mail.state = MailState::InFlight;
        mail.due_at = Some(until);
        mail.lease += 1;
        mail.attempt_count += 1;
        let claim = (
            mails::state.eq(Sql(mail.state)),
            mails::due_at.eq(Sql(mail.due_at)),
            mails::lease.eq(mail.lease),
            mails::attempt_count.eq(mail.attempt_count),
        );
        on!(&mut *tx, |c| diesel::update(
            mails::table.find(Sql(mail.id))
        )
        .set(claim)
        .execute(c))?;
    }
    tx.commit().await?;
    Ok(claimed)
}

/// What is due. In PostgreSQL what another worker is just claim is passed over; SQLite lets one
/// transaction write at a time.
async fn due(tx: &mut Tx, now: Instant, limit: i64) -> Result<Vec<Mail>> {
    let due = mails::table
        .filter(mails::due_at.le(Sql(Some(now))))
        .order(mails::due_at.asc())
        .limit(limit);
    match &mut tx.link {
        Link::Pg(c) => Ok(due
            .select(Mail::as_select())
            .for_update()
            .skip_locked()
            .load(c)
            .await?),
        Link::Sqlite(c) => Ok(due.select(Mail::as_select()).load(c).await?),
    }
}

/// Writes what became of a mail that was claimed: its state, instants and error. Says whether it
/// still was its taker's.
pub async fn record(conn: &mut Conn, mail: &Mail) -> Result<bool> {
    let row = mails::table
        .find(Sql(mail.id))
        .filter(mails::lease.eq(mail.lease))
        .filter(mails::due_at.is_not_null());
    let outcome = (
        mails::state.eq(Sql(mail.state)),
        mails::due_at.eq(Sql(mail.due_at)),
        mails::last_error.eq(&mail.last_error),
        mails::finished_at.eq(Sql(mail.finished_at)),
    );
    on!(conn, |c| diesel::update(row).set(outcome).execute(c)).map(|rows| rows == 1)
}

/// Frees what a dead process had claimed. Only for the embedded database, which one worker has to
/// itself: there, at start, nobody can still be at work.
pub async fn free_leases(db: &Db, now: Instant) -> Result<()> {
    if !db.is_embedded() {
        return Ok(());
    }
    let claimed = mails::table.filter(mails::state.eq(Sql(MailState::InFlight)));
    let free = (
        mails::state.eq(Sql(MailState::Pending)),
        mails::due_at.eq(Sql(Some(now))),
        mails::lease.eq(mails::lease + 1),
    );
    on!(&mut db.write().await?, |c| diesel::update(claimed)
        .set(free)
        .execute(c))
    .map(drop)
}

/// Removes up to `limit` mails that were finished before an instant; says how many.
pub async fn prune(conn: &mut Conn, before: Instant, limit: i64) -> Result<usize> {
    let old = mails::table
        .filter(mails::finished_at.lt(Sql(Some(before))))
        .select(mails::id)
        .limit(limit);
    let ids: Vec<MailId> = on!(&mut *conn, |c| old.load(c))?;
    on!(conn, |c| diesel::delete(
        mails::table.filter(mails::id.eq_any(ids.iter().copied().map(Sql)))
    )
    .execute(c))
}
