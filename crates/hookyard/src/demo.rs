//! `hookyard demo`: the main job on real input, on a temporary embedded store, with nothing else
//! installed.

mod client;
mod receiver;
mod story;

use std::{net::Ipv4Addr, path::Path};

use anyhow::Context;
use domain::{
    api_key::{PREFIX, Scope},
    secret::Token,
    settings::Seconds,
};
use ipnet::{IpNet, Ipv4Net};

use crate::{
    cli::DemoOptions,
    config::{Config, LogFilter, LogSettings},
    exit::CommandError,
    process::{self, Foundation, ProcessRole},
};

/// This machine's own addresses.
const LOOPBACK: IpNet = IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8));

/// Shows the main job, then keeps serving until it is stopped, or ends with `--exit`.
pub(crate) async fn run(config: Config, options: &DemoOptions) -> Result<(), CommandError> {
    let folder = tempfile::tempdir()?;
    let config = demo_config(config, options, folder.path())?;
    let foundation = Foundation::open(&config).await?;
    let token = Token::generate(PREFIX);
    let key = process::api_key("demo", vec![Scope::Admin], &token);
    storage::api_keys::insert(&mut foundation.db.write().await?, &key).await?;

    let running = process::start(&config, foundation, ProcessRole::Both)?;
    let address = running.api.context("the demo has an API")?;
    let api = format!("http://{address}");
    let receiver = receiver::DemoReceiver::start()?;
    let client = client::DemoClient::new(&api, token.expose())?;
    let shown = story::tell(&client, &receiver).await;
    receiver.stop().await;
    if shown.is_err() || options.exit {
        running.stop().await;
        return Ok(shown?);
    }
    println!("\nStill serving. API documentation: {api}/docs");
    println!("API key with all rights: {}", token.expose());
    println!("Everything is in a temporary folder, which Ctrl-C removes.");
    running.until_stopped().await
}

/// What the demo shows is on standard output; the log would be all over it.
pub(crate) fn quiet(log: &mut LogSettings) {
    if log.level.as_str() == "info" {
        log.level = LogFilter::warnings();
    }
}

/// A store of its own, no broker and no mail server; feeds may reach this machine, because the
/// receiver is here.
fn demo_config(
    mut config: Config,
    options: &DemoOptions,
    folder: &Path,
) -> Result<Config, CommandError> {
    config.data_dir = folder.to_owned();
    config.database.url = None;
    config.broker.url = None;
    config.mail.url = None;
    config.secrets.master_key = None;
    config.server.public_url = None;
    config.server.listen = if options.exit {
        "127.0.0.1:0".parse()?
    } else {
        options.listen.clone()
    };
    config.server.drain_seconds = Seconds(2);
    config.delivery.allow_networks = vec![LOOPBACK];
    Ok(config)
}
