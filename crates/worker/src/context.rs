//! What every part of the worker works with.

use domain::{Clock, vault::Vault};
use storage::Db;
use tokio_util::sync::CancellationToken;

use crate::health::WorkerHealth;

/// The database, the keys, the clock, where parts report how they are, and the sign to stop. Cheap
/// to clone.
#[derive(Clone)]
pub struct WorkerContext {
    pub db: Db,
    pub vault: Vault,
    pub clock: Clock,
    pub health: WorkerHealth,
    /// When it is cancelled, nothing more is taken and what is under way is finished.
    pub stop: CancellationToken,
}
