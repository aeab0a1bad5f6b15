//! `hookyard migrate`.

use crate::{cli::Migrate, config::Config, exit::Failure, process};

pub(super) async fn run(config: &Config, direction: Option<Migrate>) -> Result<(), Failure> {
    let db = process::open_database(config)?;
    match direction.unwrap_or(Migrate::Up) {
        Migrate::Up => {
            let ran = db.migrate_up().await?;
            for version in &ran {
                println!("applied {version}");
            }
            if ran.is_empty() {
                println!("the schema is up to date");
            }
        }
        Migrate::Down => match db.migrate_down().await? {
            Some(version) => println!("took back {version}"),
            None => println!("there is nothing to take back"),
        },
        Migrate::Status => {
            for migration in db.migrations().await? {
                println!(
                    "{} {}",
                    if migration.applied {
                        "applied"
                    } else {
                        "waiting"
                    },
                    migration.name
                );
            }
        }
    }
    Ok(())
}
