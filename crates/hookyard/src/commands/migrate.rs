//! `hookyard migrate`.

use crate::{cli::MigrateCommand, config::Config, exit::CommandError, output::say, process};

pub(super) async fn run(
    config: &Config,
    direction: Option<MigrateCommand>,
) -> Result<(), CommandError> {
    let db = process::open_database(config)?;
    match direction.unwrap_or(MigrateCommand::Up) {
        MigrateCommand::Up => {
            let ran = db.migrate_up().await?;
            for version in &ran {
                say!("applied {version}")?;
            }
            if ran.is_empty() {
                say!("the schema is up to date")?;
            }
        }
        MigrateCommand::Down => match db.migrate_down().await? {
            Some(version) => say!("took back {version}")?,
            None => say!("there is nothing to take back")?,
        },
        MigrateCommand::Status => {
            for migration in db.migrations().await? {
                let state = if migration.applied {
                    "applied"
                } else {
                    "waiting"
                };
                say!("{state} {}", migration.name)?;
            }
        }
    }
    Ok(())
}
