//! Takes the mails that are due, a few at a time.

use std::{sync::Arc, time::Duration};

use storage::{Result, Signal, mails};
use tokio::{task::JoinSet, time};

use super::{job::MailJobs, settings::Mail};
use crate::context::WorkerContext;

/// How long it waits at most for the bell.
const POLL: Duration = Duration::from_secs(5);
/// What a lease has beyond the time that a mail may take: for the queries before and after.
const GRACE: Duration = Duration::from_secs(10);

/// The mailer.
pub(crate) struct Mailer {
    pub(crate) context: WorkerContext,
    pub(crate) mail: Mail,
}

impl Mailer {
    /// Sends what is due until told to stop; then finishes what is under way.
    pub(crate) async fn run(self) {
        let jobs = Arc::new(MailJobs {
            context: self.context.clone(),
            mail: self.mail.clone(),
            smtp: self.mail.smtp(),
        });
        let WorkerContext { db, stop, .. } = &self.context;
        let mut under_way = JoinSet::new();
        while !stop.is_cancelled() {
            let pause = self
                .turn(&jobs, &mut under_way)
                .await
                .unwrap_or_else(|error| {
                    tracing::warn!(%error, "mails that are due cannot be claimed; trying again");
                    POLL
                });
            tokio::select! {
                () = stop.cancelled() => {}
                () = db.signals().heard(Signal::Mails) => {}
                Some(ended) = under_way.join_next() => ended.unwrap_or_else(|error| {
                    tracing::error!(%error, "a mail's task broke down; the mail comes again when its lease ends");
                }),
                () = time::sleep(pause) => {}
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    /// Takes as many as may be under way, and says when to look again.
    async fn turn(&self, jobs: &Arc<MailJobs>, under_way: &mut JoinSet<()>) -> Result<Duration> {
        let free = self.mail.max_in_flight.saturating_sub(under_way.len());
        if free == 0 {
            return Ok(POLL);
        }
        let now = self.context.clock.now();
        let first = mails::next_due(&mut self.context.db.read().await?).await?;
        let Some(first) = first else {
            return Ok(POLL);
        };
        // A time that has passed is no duration: then the mail is due.
        if let Ok(wait) = (first - now).to_std()
            && !wait.is_zero()
        {
            return Ok(wait.min(POLL));
        }
        let until = now + self.mail.timeout + GRACE;
        let claimed = mails::claim(&self.context.db, now, until, free).await?;
        // Another worker may have been faster: then there is no hurry.
        let pause = if claimed.len() == free {
            Duration::ZERO
        } else {
            POLL
        };
        for row in claimed {
            let jobs = jobs.clone();
            under_way.spawn(async move { jobs.run(row).await });
        }
        Ok(pause)
    }
}
