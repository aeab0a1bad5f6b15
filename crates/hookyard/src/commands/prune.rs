//! `hookyard prune`: retention, now.

use domain::Clock;

use crate::{config::Config, exit::CommandError, housekeeping, process};

pub(super) async fn run(config: &Config) -> Result<(), CommandError> {
    let db = process::open_current(config).await?;
    let swept = housekeeping::sweep(&db, Clock::system().now(), config.retention).await?;
    println!("calls {}", swept.calls);
    println!("mails {}", swept.mails);
    println!("password links {}", swept.password_tokens);
    println!("idempotency keys {}", swept.idempotency_keys);
    println!("hourly counters of feeds {}", swept.feed_counters);
    Ok(())
}
