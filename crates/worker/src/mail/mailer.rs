//! Takes the mails that are due, a few at a time.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::Clock;
use storage::{Db, Result, Signal, mails};
use tokio::{task::JoinSet, time};
use tokio_util::sync::CancellationToken;

use super::{Mail, job::MailJobs};

/// How long it waits at most for the bell.
const POLL: Duration = Duration::from_secs(5);
/// What a lease has beyond the time that a mail may take: for the queries before and after.
const GRACE: Duration = Duration::from_secs(10);

/// The mailer.
pub(crate) struct Mailer {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) mail: Mail,
    pub(crate) stop: CancellationToken,
}

impl Mailer {
    /// Sends what is due until told to stop; then finishes what is under way.
    pub(crate) async fn run(self) {
        let jobs = Arc::new(MailJobs {
            db: self.db.clone(),
            clock: self.clock.clone(),
            mail: self.mail.clone(),
            smtp: self.mail.smtp(),
        });
        let mut under_way = JoinSet::new();
        while !self.stop.is_cancelled() {
            let pause = self
                .turn(&jobs, &mut under_way)
                .await
                .unwrap_or_else(|error| {
                    tracing::warn!(%error, "mails that are due cannot be taken; trying again");
                    POLL
                });
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = self.db.signals().heard(Signal::Mails) => {}
                Some(ended) = under_way.join_next() => ended.unwrap_or_else(|error| {
                    tracing::error!(%error, "a mail's task broke down; the mail comes again when its lease ends");
                }),
                () = time::sleep(pause) => {}
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    /// Takes as many as there is room for, and says when to look again.
    async fn turn(&self, jobs: &Arc<MailJobs>, under_way: &mut JoinSet<()>) -> Result<Duration> {
        let room = self.mail.max_in_flight.saturating_sub(under_way.len());
        if room == 0 {
            return Ok(POLL);
        }
        let now = self.clock.now();
        let first = mails::next_due(&mut self.db.read().await?).await?;
        match first.map(|at| (at - now).to_std().unwrap_or_default()) {
            None => return Ok(POLL),
            Some(wait) if !wait.is_zero() => return Ok(wait.min(POLL)),
            Some(_) => {}
        }
        let until = now + TimeDelta::from_std(self.mail.timeout + GRACE).unwrap_or_default();
        let taken = mails::claim(&self.db, now, until, room).await?;
        // Another worker may have been faster: then there is no hurry.
        let pause = if taken.len() == room {
            Duration::ZERO
        } else {
            POLL
        };
        for row in taken {
            let jobs = jobs.clone();
            under_way.spawn(async move { jobs.run(row).await });
        }
        Ok(pause)
    }
}
