//! `hookyard prune`: retention, now.

use domain::Clock;

use crate::{config::Config, exit::CommandError, housekeeping, output::say, process};

pub(super) async fn run(config: &Config) -> Result<(), CommandError> {
    let db = process::open_current(config).await?;
    let swept = housekeeping::sweep(&db, Clock::system().now(), config.retention).await?;
    say!("calls {}", swept.calls)?;
    say!("mails {}", swept.mails)?;
    say!("password links {}", swept.password_tokens)?;
    say!("idempotency keys {}", swept.idempotency_keys)?;
    say!("hourly counters of feeds {}", swept.feed_counters)?;
    Ok(())
}
