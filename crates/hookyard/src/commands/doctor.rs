//! `hookyard doctor`: a line for each thing that must be right, and what to do about what is not.
//! None of the checks shows a secret, and none changes anything, except that the broker gets what a
//! worker would declare.

mod broker;
mod database;
mod finding;
mod mail_server;
mod master_key;

use std::path::Path;

use anyhow::anyhow;
use domain::Email;
use storage::Db;

use self::finding::{DoctorReport, Finding, Flaw};
use crate::{
    cli::DoctorOptions,
    config::{self, Config, WrongConfig},
    exit::{CommandError, usage},
};

pub(super) async fn run(file: Option<&Path>, options: &DoctorOptions) -> Result<(), CommandError> {
    let mail_to = options.mail_to.as_deref().map(Email::parse).transpose();
    let mail_to = mail_to.map_err(|error| usage(format!("--mail-to: {error}")))?;
    let mut report = DoctorReport::default();
    match config::load(file) {
        Ok(config) => {
            let detail = "every key is known and has a usable value";
            report.line("configuration", Ok(detail.into()))?;
            examine(&mut report, &config, mail_to.as_ref()).await?;
        }
        Err(WrongConfig(problems)) => {
            for problem in problems {
                let fix = "correct it; config/default.toml documents every key";
                report.line("configuration", Flaw::found(problem, fix))?;
            }
        }
    }
    match report.flaws() {
        0 => Ok(()),
        flaws => Err(anyhow!("{flaws} check(s) failed").into()),
    }
}

async fn examine(
    report: &mut DoctorReport,
    config: &Config,
    mail_to: Option<&Email>,
) -> anyhow::Result<()> {
    let db = examine_database(report, config).await?;
    report.line("broker", broker::check(config).await)?;
    let mail = mail_server::check(config, db.as_ref()).await;
    if report.line("mail server", mail)?
        && let Some(to) = mail_to
    {
        report.line("test mail", mail_server::send(config, to).await)?;
    }
    if config.mail.url.is_some() {
        report.line("mail links", mail_server::links(config))?;
    }
    Ok(())
}

/// What depends on the database is checked only when it is there. Gives it when its schema fits.
async fn examine_database(
    report: &mut DoctorReport,
    config: &Config,
) -> anyhow::Result<Option<Db>> {
    if database::is_fresh(config) {
        let folder = config.data_dir.display();
        let detail = format!("there is no store in {folder} yet; serve creates it");
        report.line("database", Ok(detail))?;
        return Ok(None);
    }
    let (db, finding) = database::check(config).await;
    if report.line("database", finding)?
        && let Some(db) = db
    {
        report.line("clock", database::clock(&db).await)?;
        if report.line("schema", database::schema(&db).await)? {
            report.line("master key", master_key::check(config, &db).await)?;
            return Ok(Some(db));
        }
    }
    Ok(None)
}
