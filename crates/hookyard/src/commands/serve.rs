//! `hookyard serve`, `api` and `worker`: one process with one or both parts, until it is told to
//! stop.

use crate::{
    config::Config,
    exit::CommandError,
    process::{self, Foundation, ProcessRole},
};

pub(super) async fn run(config: &Config, role: ProcessRole) -> Result<(), CommandError> {
    let foundation = Foundation::open(config).await?;
    if role.has_api() {
        // Only one process of its own makes a key: several APIs at once would make several.
        let generate = role == ProcessRole::Both;
        process::ensure_first_key(config, &foundation.db, generate).await?;
    }
    process::start(config, foundation, role)?
        .until_stopped()
        .await
}
