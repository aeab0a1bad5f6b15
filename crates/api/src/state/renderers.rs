//! Where other people's expressions run: on blocking threads, few at a time, so that no request
//! waits behind them for a thread that serves HTTP.

use std::sync::Arc;

use tokio::{sync::Semaphore, task};

use crate::Problem;

/// Runs what expressions compute. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Renderers(Arc<Semaphore>);

impl Renderers {
    /// As many at once as there are cores: more would only wait for one another.
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(cores)))
    }

    /// What `work` gives.
    ///
    /// # Errors
    /// An internal one when it panics.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let place = self.0.clone().acquire_owned().await;
        let place = place.map_err(Problem::internal)?;
        // The place is taken until the work is done, also when nobody waits for it any more.
        let done = task::spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        });
        done.await.map_err(Problem::internal)
    }
}
