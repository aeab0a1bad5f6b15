//! Long-running processes: what they are built on, how their parts start, run and stop.

mod embedded_lock;
mod first_key;
mod foundation;
pub(crate) mod master_key;
mod private_files;
mod readiness;
mod running;
mod start;

pub(crate) use first_key::{api_key, ensure as ensure_first_key};
pub(crate) use foundation::{Foundation, open_current, open_database};
pub(crate) use running::Running;
pub(crate) use start::start;

/// What a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProcessRole {
    Api,
    Worker,
    Both,
}

impl ProcessRole {
    pub(crate) fn has_api(self) -> bool {
        self != Self::Worker
    }

    pub(crate) fn has_worker(self) -> bool {
        self != Self::Api
    }
}
