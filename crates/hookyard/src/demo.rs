//! `hookyard demo`: the main job on real input, on a temporary embedded store, with nothing else
//! installed.

mod client;
mod page;
mod received;
mod receiver;
mod story;

use std::{
    convert::Infallible,
    fs::Permissions,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use anyhow::Context;
use domain::{
    api_key::{PREFIX, Scope},
    secret::Token,
    settings::{ListenAddress, Seconds},
};
use ipnet::{IpNet, Ipv4Net};

use crate::{
    cli::DemoOptions,
    config::{Config, LogFilter, LogSettings},
    exit::CommandError,
    process::{self, Foundation, ProcessRole},
};

/// Where people look first.
const USUAL_PORT: u16 = 8080;
/// This machine's own addresses.
const LOOPBACK: IpNet = IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8));

/// Shows the main job, then keeps serving until it is stopped, or ends with `--exit`.
pub(crate) async fn run(config: Config, options: &DemoOptions) -> Result<(), CommandError> {
    let folder = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o700))
        .tempdir()?;
    let listen = listen_at(options)?;
    let config = demo_config(config, listen, folder.path());
    let foundation = Foundation::open(&config).await?;
    let token = Token::generate(PREFIX);
    let key = process::api_key("demo", vec![Scope::Admin], &token);
    storage::api_keys::insert(&mut foundation.db.write().await?, &key).await?;

    let running = process::start(&config, foundation, ProcessRole::Both)?;
    let address = running.api.context("the demo has an API")?;
    let api = format!("http://{address}");
    let receiver = receiver::DemoReceiver::start()?;
    let client = client::DemoClient::new(&api, token.expose())?;
    let shown = async {
        if options.listen.is_none() && !options.exit && address.port() != USUAL_PORT {
            page::say(&format!(
                "Port {USUAL_PORT} is taken; this demo uses {api}."
            ))?;
        }
        story::tell(&client, &receiver).await?;
        if options.exit {
            page::say("\nWithout --exit, the demo keeps serving: API, /docs and receiver.")
        } else {
            invite(&api, &token, &receiver.url)
        }
    };
    let shown = shown.await;
    if shown.is_err() || options.exit {
        receiver.stop().await;
        running.stop().await;
        return Ok(shown?);
    }
    tokio::select! {
        ended = running.until_stopped() => ended,
        never = show_on(&receiver) => match never {},
    }
}

/// What to do with a demo that keeps serving.
fn invite(api: &str, token: &Token, receiver: &str) -> anyhow::Result<()> {
    let key = token.expose();
    page::title("Your turn")?;
    page::say(&format!(
        "  documentation:  {api}/docs\n  \
           API key:        {key} (all rights)\n  \
           receiver:       {receiver} (keeps answering)\n\n\
         Pay another order; what the receiver gets of it is shown here:\n\n\
         curl -s {api}/v1/events \\\n  \
           -H 'Authorization: Bearer {key}' \\\n  \
           -H 'Content-Type: application/json' \\\n  \
           -d '{{\"type\": \"order.paid\", \"data\": {{\"order\": {{\"id\": 7}},\n       \
                \"customer\": {{\"email\": \"you@example.org\", \"first_name\": \"You\"}}}}}}'\n\n\
         Everything is in a temporary folder, which Ctrl-C removes.\n"
    ))
}

/// Shows what else the receiver gets. When nobody reads any more, it is answered all the same.
async fn show_on(receiver: &receiver::DemoReceiver) -> Infallible {
    while let Some(request) = receiver.at_any_time().await {
        if page::say(&request.line()).is_err() {
            break;
        }
    }
    std::future::pending().await
}

/// Where the API listens: a demo that ends by itself can be anywhere, the other where people look
/// first, if that is free.
fn listen_at(options: &DemoOptions) -> Result<ListenAddress, CommandError> {
    let usual = (Ipv4Addr::LOCALHOST, USUAL_PORT);
    Ok(match &options.listen {
        Some(address) => address.clone(),
        None if !options.exit && TcpListener::bind(usual).is_ok() => {
            format!("{}:{}", usual.0, usual.1).parse()?
        }
        None => format!("{}:0", usual.0).parse()?,
    })
}

/// What the demo shows is on standard output; the log would be all over it.
pub(crate) fn quiet(log: &mut LogSettings) {
    if log.level.as_str() == "info" {
        log.level = LogFilter::warnings();
    }
}

/// A store of its own, no broker and no mail server; feeds may reach this machine, because the
/// receiver is here.
fn demo_config(mut config: Config, listen: ListenAddress, folder: &Path) -> Config {
    config.data_dir = folder.to_owned();
    config.database.url = None;
    config.broker.url = None;
    config.mail.url = None;
    config.secrets.master_key = None;
    config.server.public_url = None;
    config.server.listen = listen;
    config.server.drain_seconds = Seconds(2);
    config.delivery.allow_networks = vec![LOOPBACK];
    config
}
