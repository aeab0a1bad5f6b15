//! `hookyard migrate`.

use crate::{cli::MigrateCommand, config::Config, exit::CommandError, process};

pub(super) async fn run(
    config: &Config,
    direction: Option<MigrateCommand>,
) -> Result<(), CommandError> {
    let db = process::open_database(config)?;
    match direction.unwrap_or(MigrateCommand::Up) {
        MigrateCommand::Up => {
            let ran = db.migrate_up().await?;
            for version in &ran {
                println!("applied {version}");
            }
            if ran.is_empty() {
                println!("the schema is up to date");
            }
        }
        MigrateCommand::Down => match db.migrate_down().await? {
            Some(version) => println!("took back {version}"),
            None => println!("there is nothing to take back"),
        },
        MigrateCommand::Status => {
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
