//! A thread that runs jobs in the order in which they come.

use std::{
    error::Error,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc,
    thread,
};

use diesel_async::sync_connection_wrapper::SpawnBlocking;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// The handle of a thread, which ends when all its handles are gone.
#[derive(Clone)]
pub struct JobThread(mpsc::Sender<Job>);

impl JobThread {
    /// Starts a thread. When the system has none left, its jobs are dropped unrun, which whoever
    /// waits for one learns.
    pub(super) fn start() -> Self {
        let (jobs, queue) = mpsc::channel::<Job>();
        let started = thread::Builder::new().name("sqlite".into()).spawn(move || {
            for job in queue {
                // A job that panics ends alone: whoever waits for it learns it, too.
                drop(catch_unwind(AssertUnwindSafe(job)));
            }
        });
        if let Err(error) = started {
            tracing::error!(%error, "no thread for a connection to the embedded store");
        }
        Self(jobs)
    }

    /// Runs a job behind those that were given before, whether or not somebody waits for it.
    pub(super) fn run(&self, job: impl FnOnce() + Send + 'static) {
        // It fails only when there is no thread.
        drop(self.0.send(Box::new(job)));
    }
}

impl SpawnBlocking for JobThread {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn Error + Send + Sync + 'static>>>
    where
        R: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.run(move || drop(answer.send(task())));
        async move { answered.await.map_err(Into::into) }.boxed()
    }

    fn get_runtime() -> Self {
        Self::start()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn jobs_run_in_order_whoever_waits_and_one_that_panics_ends_alone() {
        let mut thread = JobThread::start();
        let (sender, receiver) = mpsc::channel();
        for n in 0..3 {
            let sender = sender.clone();
            drop(thread.spawn_blocking(move || sender.send(n)));
        }
        assert!(
            thread
                .spawn_blocking(|| panic!("on purpose"))
                .await
                .is_err()
        );
        assert_eq!(thread.spawn_blocking(|| 3).await.unwrap(), 3);
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [0, 1, 2]);
    }
}
