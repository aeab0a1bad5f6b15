//! `hookyard doctor`: a line for each thing that must be right; for what is wrong, what is wrong
//! and what to do.

mod checks;

use std::path::Path;

use anyhow::anyhow;
use domain::Email;

use super::mail;
use crate::{
    cli::Doctor,
    config::{self, Config},
    exit::{Failure, usage},
};

/// What a check found: what is right, or what is wrong and how to mend it.
type Finding = Result<String, (String, String)>;

/// Prints findings and counts the wrong ones.
#[derive(Default)]
struct Report {
    wrong: usize,
}

impl Report {
    /// Says whether it was right.
    fn line(&mut self, what: &str, finding: Finding) -> bool {
        match finding {
            Ok(detail) => {
                println!("ok     {what}: {detail}");
                true
            }
            Err((why, mend)) => {
                println!("wrong  {what}: {why}\n       {what}: {mend}");
                self.wrong += 1;
                false
            }
        }
    }
}

pub(super) async fn run(file: Option<&Path>, options: &Doctor) -> Result<(), Failure> {
    let mail_to = options.mail_to.as_deref().map(Email::parse).transpose();
    let mail_to = mail_to.map_err(|error| usage(format!("--mail-to: {error}")))?;
    let mut report = Report::default();
    match config::load(file) {
        Ok(config) => {
            report.line(
                "configuration",
                Ok("every key is known and has a value that can be used".into()),
            );
            examine(&mut report, &config, mail_to.as_ref()).await;
        }
        Err(Failure::Usage(error) | Failure::Failed(error)) => {
            let mend = "correct the key; config/default.toml documents all of them";
            report.line("configuration", Err((format!("{error:#}"), mend.into())));
        }
    }
    match report.wrong {
        0 => Ok(()),
        wrong => Err(anyhow!("{wrong} thing(s) are wrong").into()),
    }
}

async fn examine(report: &mut Report, config: &Config, mail_to: Option<&Email>) {
    if checks::is_fresh(config) {
        report.line(
            "database",
            Ok(format!(
                "there is no store in {} yet; serve makes it",
                config.data_dir.display()
            )),
        );
    } else {
        let (db, finding) = checks::database(config).await;
        if report.line("database", finding)
            && let Some(db) = db
        {
            report.line("clock", checks::clock(&db).await);
            let current = report.line("schema", checks::schema(&db).await);
            if current {
                report.line("master key", checks::master_key(config, &db).await);
            }
        }
    }
    report.line("broker", checks::broker(config).await);
    if report.line("mail server", checks::mail_server(config).await)
        && let Some(to) = mail_to
    {
        report.line(
            "test mail",
            checks::test_mail(mail::send_test(config, to).await, to),
        );
    }
}
