//! `hookyard events publish`: an event from a file or standard input.

use std::{io::Read, path::Path};

use anyhow::Context;
use domain::{
    Clock, Instant,
    event::{self, EventInput},
    event_type,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use storage::{events::EventRow, hot};

use crate::{
    cli::Events,
    config::Config,
    exit::{Failure, usage},
    process,
};

/// Most bytes that are read; an event's data may have 1 MiB.
const MAX_INPUT: u64 = 2 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    #[serde(rename = "type")]
    kind: String,
    data: Box<RawValue>,
    id: Option<String>,
    occurred_at: Option<Instant>,
    source: Option<String>,
}

pub(super) async fn run(config: &Config, command: Events) -> Result<(), Failure> {
    let Events::Publish { file } = command;
    let input: Input = serde_json::from_slice(&read(&file)?).map_err(|error| usage(format!("the event: {error}")))?;
    let event = EventInput {
        kind: event_type::canonical(&input.kind),
        source: input.source.as_deref(),
        external_id: input.id.as_deref(),
        occurred_at: input.occurred_at,
        data: &input.data,
    };
    let event = event.check(event::BUS, Clock::system().now()).map_err(|invalid| {
        let problems: Vec<_> = invalid.0.iter().map(|e| format!("{}: {}", e.pointer, e.detail)).collect();
        usage(format!("the event: {}", problems.join(" ")))
    })?;
    publish(config, event).await
}

async fn publish(config: &Config, event: event::Event) -> Result<(), Failure> {
    if let Some(broker) = process::broker(config) {
        worker::publish_event(&broker, &event).await?;
        println!("published to {}.events", broker.namespace);
        return Ok(());
    }
    let db = process::open_current(config).await?;
    let id = event.id;
    match hot::insert_events(&mut db.write().await?, vec![EventRow::waiting(event)]).await?.first() {
        Some(id) => println!("{id}"),
        None => println!("this source and id are known already; {id} was not added"),
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut input = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(MAX_INPUT).read_to_end(&mut input)?;
    } else {
        let opened = std::fs::File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
        opened.take(MAX_INPUT).read_to_end(&mut input)?;
    }
    Ok(input)
}
