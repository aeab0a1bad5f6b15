//! The checks. None of them shows a secret, and none changes anything, but that the broker gets
//! what a worker would declare.

use domain::{Clock, Email, vault::Vault};
use storage::{Db, SchemaState, Window, events, feeds, incoming_webhooks};

use super::Finding;
use crate::{config::Config, exit::Failure, process};

/// By how many seconds clocks may differ.
const TOLERANCE: i64 = 5;
const NEWEST: Window = Window {
    limit: 1,
    from: None,
};

fn wrong<T>(why: impl std::fmt::Display, mend: impl Into<String>) -> Result<T, (String, String)> {
    Err((why.to_string(), mend.into()))
}

fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Usage(error) | Failure::Failed(error) => format!("{error:#}"),
    }
}

/// Whether the embedded store was never made. Opening it would make it.
pub(super) fn is_fresh(config: &Config) -> bool {
    config
        .database_url()
        .strip_prefix("sqlite://")
        .is_some_and(|path| !std::path::Path::new(path).exists())
}

pub(super) async fn database(config: &Config) -> (Option<Db>, Finding) {
    const MEND: &str = "start the database, or correct database.url";
    let db = match process::open_database(config) {
        Ok(db) => db,
        Err(failure) => return (None, wrong(reason(&failure), MEND)),
    };
    let answer = async { storage::time::now(&mut db.read().await?).await }.await;
    let kind = if db.is_embedded() {
        "the embedded store opens"
    } else {
        "PostgreSQL answers"
    };
    let finding = answer
        .map(|_| kind.to_owned())
        .or_else(|error| wrong(error, MEND));
    (Some(db), finding)
}

pub(super) async fn schema(db: &Db) -> Finding {
    match db.schema_state().await {
        Ok(SchemaState::Current) => Ok("up to date".into()),
        Ok(SchemaState::Behind(n)) => wrong(
            format!("{n} migration(s) are waiting"),
            "run: hookyard migrate",
        ),
        Ok(SchemaState::Ahead(n)) => wrong(
            format!("{n} migration(s) are of a newer version"),
            "run that version of hookyard, or migrate down with it",
        ),
        Err(error) => wrong(error, "look at the database"),
    }
}

/// Clocks that differ make retries early or late, and links and keys end at the wrong time.
pub(super) async fn clock(db: &Db) -> Finding {
    let clock = Clock::system();
    let compared = async {
        let mut conn = db.read().await?;
        let theirs = storage::time::now(&mut conn).await?;
        let ahead = (theirs - clock.now()).num_seconds();
        // Before the schema is there, there are no events either.
        let newest = events::list(&mut conn, &events::EventFilter::default(), &NEWEST)
            .await
            .ok()
            .and_then(|page| page.rows.into_iter().next());
        storage::Result::Ok((
            ahead,
            newest.map_or(0, |event| (event.received_at - clock.now()).num_seconds()),
        ))
    };
    const MEND: &str = "synchronise the clocks of all machines (NTP)";
    match compared.await {
        Ok((ahead, _)) if ahead.abs() > TOLERANCE => wrong(
            format!("the database's clock differs by {ahead} s from this machine's"),
            MEND,
        ),
        Ok((_, future)) if future > TOLERANCE => wrong(
            format!("the newest event came {future} s in the future"),
            MEND,
        ),
        Ok((ahead, _)) => Ok(format!("the database's clock differs by {ahead} s")),
        Err(error) => wrong(error, "look at the database"),
    }
}

/// Whether the key opens what was sealed before.
pub(super) async fn master_key(config: &Config, db: &Db) -> Finding {
    let file = config.data_dir.join("master.key");
    if config.secrets.master_key.is_none() && config.is_embedded() && !file.exists() {
        return wrong(
            format!("{} is missing", file.display()),
            "put it back; without it, what was stored with it is lost",
        );
    }
    let key = match config.master_key() {
        Ok(key) => key,
        Err(failure) => {
            return wrong(
                reason(&failure),
                "set secrets.master_key to the key of the other processes",
            );
        }
    };
    let sealed = async {
        let mut conn = db.read().await?;
        let feed = feeds::list(&mut conn, &feeds::FeedFilter::default(), &NEWEST)
            .await?
            .rows
            .into_iter()
            .next();
        let webhook = incoming_webhooks::list(
            &mut conn,
            &incoming_webhooks::IncomingWebhookFilter::default(),
            &NEWEST,
        )
        .await?
        .rows
        .into_iter()
        .next();
        let feed = feed.map(|feed| (format!("feed secret {}", feed.id), feed.secret_sealed));
        storage::Result::Ok(feed.or(webhook.map(|row| {
            (
                format!("incoming webhook token {}", row.id),
                row.token_sealed,
            )
        })))
    };
    match sealed.await {
        Ok(None) => Ok("can be used; no secret is stored yet".into()),
        Ok(Some((context, sealed))) => match Vault::new(&key).open(&context, &sealed) {
            Ok(_) => Ok("opens the stored secrets".into()),
            Err(_) => wrong(
                "does not open the stored secrets",
                "put the key back with which they were stored",
            ),
        },
        Err(error) => wrong(error, "look at the database"),
    }
}

pub(super) async fn broker(config: &Config) -> Finding {
    let Some(broker) = process::broker(config) else {
        return Ok("none is configured: events are read from the outbox in process".into());
    };
    match worker::check_broker(&broker).await {
        Ok(()) => Ok("answers, and has the exchanges and queues".into()),
        Err(error) => wrong(
            error,
            "start the broker, correct broker.url, or remove what is in the way in its management page",
        ),
    }
}

pub(super) async fn mail_server(config: &Config) -> Finding {
    let mail = match config.mail(&config.public_url(&config.server.listen)) {
        Ok(mail) => mail,
        Err(failure) => return wrong(reason(&failure), "correct the key"),
    };
    let Some(smtp) = mail.smtp() else {
        return Ok("none is configured: mails are logged as skipped".into());
    };
    match smtp.check().await {
        Ok(()) => Ok("answers, and lets us in".into()),
        Err(error) => wrong(
            error,
            "start the mail server, or correct mail.url (address, user, password, ?tls=required)",
        ),
    }
}

pub(super) fn test_mail(sent: Result<(), Failure>, to: &Email) -> Finding {
    match sent {
        Ok(()) => Ok(format!("accepted for {to}; look whether it arrives")),
        Err(failure) => wrong(
            reason(&failure),
            "read what the mail server says; it may refuse mail.from",
        ),
    }
}
