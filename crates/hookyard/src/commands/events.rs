//! `hookyard events publish`: an event from a file or standard input.

use std::{io::Read, path::Path};

use anyhow::Context;
use domain::{
    Clock, Invalid,
    event::{Event, EventDraft, Producer},
    event_type,
};
use storage::{
    Conn,
    custom_types::CustomTypes,
    events::{self, EventRow},
};

use crate::{
    cli::EventsCommand,
    config::Config,
    exit::{CommandError, usage},
    output::say,
    process,
};

/// Most bytes that are read; an event's data may have 1 MiB.
const MAX_INPUT: u64 = 2 * 1024 * 1024;

pub(super) async fn run(config: &Config, command: EventsCommand) -> Result<(), CommandError> {
    let EventsCommand::Publish { file } = command;
    let input = read(&file)?;
    // Typing mistakes are found here, whichever way the event goes.
    let event = check(&input)?;
    let db = process::open_current(config).await?;
    let mut conn = db.write().await?;
    known(&mut conn, &event).await?;
    if config.broker.url.is_some() {
        drop(conn);
        publish(&config.broker, &input).await
    } else {
        enqueue(&mut conn, event).await
    }
}

/// With a broker the event goes as it is, as any other producer's would.
async fn publish(broker: &worker::BrokerSettings, input: &[u8]) -> Result<(), CommandError> {
    match worker::publish_event(broker, input, Clock::system().now()).await {
        Err(error @ worker::PublishError::Unreadable(_)) => {
            Err(usage(format!("the event: {error}")))
        }
        result => {
            say!("published {} to {}.events", result?, broker.namespace)?;
            Ok(())
        }
    }
}

/// Without one it goes to the outbox, which the worker of the embedded store reads.
async fn enqueue(conn: &mut Conn, event: Event) -> Result<(), CommandError> {
    let id = event.id;
    match events::insert(conn, vec![EventRow::waiting(event)])
        .await?
        .first()
    {
        Some(id) => say!("{id}")?,
        None => say!("this source and id are known already; {id} was not added")?,
    }
    Ok(())
}

/// Its type is in the catalogue, and its data keep to the type's schema.
async fn known(conn: &mut Conn, event: &Event) -> Result<(), CommandError> {
    if event_type::builtin(&event.kind).is_some() {
        return Ok(());
    }
    let types = CustomTypes::default().now(conn).await?;
    let checked = if types.has(&event.kind) {
        types.check(event)
    } else {
        Err(event_type::unknown(&event.kind))
    };
    checked.map_err(|invalid| refused(&invalid))
}

fn check(input: &[u8]) -> Result<Event, CommandError> {
    EventDraft::parse(input, Producer::Shell)
        .and_then(|draft| draft.check(Producer::Shell, Clock::system().now()))
        .map_err(|invalid| refused(&invalid))
}

fn refused(invalid: &Invalid) -> CommandError {
    usage(format!("the event: {}", invalid.sentences()))
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut input = Vec::new();
    if file == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MAX_INPUT)
            .read_to_end(&mut input)?;
    } else {
        let opened =
            std::fs::File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
        opened.take(MAX_INPUT).read_to_end(&mut input)?;
    }
    Ok(input)
}
