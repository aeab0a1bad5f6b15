//! `hookyard demo`: the main job on real input, on a temporary embedded store, with nothing else
//! installed.

mod client;
mod receiver;
mod story;

use crate::{
    cli,
    commands::serve::{self, Parts},
    config::{self, Config},
    exit::Failure,
    process,
};

/// Shows the main job, then keeps serving until it is stopped, or ends with `--exit`.
pub(crate) async fn run(config: Config, options: &cli::Demo) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let config = demo_config(config, options, folder.path());
    let foundation = process::open(&config).await?;
    let token = domain::secret::Token::generate(domain::api_key::PREFIX);
    let key = process::api_key("demo", vec![domain::api_key::Scope::Admin], &token);
    storage::api_keys::insert(&mut foundation.db.write().await?, &key).await?;

    let running = serve::start(&config, foundation, Parts::Both)?;
    let api = running
        .api
        .map(|address| format!("http://{address}"))
        .unwrap_or_default();
    let receiver = receiver::Receiver::start()?;
    let shown = story::tell(&client::Client::new(&api, token.expose())?, &receiver).await;
    receiver.stop().await;
    if shown.is_err() || options.exit {
        running.stop().await;
        return Ok(shown?);
    }
    println!(
        "\nStill serving. The API's page: {api}/docs   An API key with all rights: {}",
        token.expose()
    );
    println!("Everything is in a temporary folder and goes away with Ctrl-C.");
    running.until_stopped().await
}

/// What the demo shows is on standard output; its log would be all over it.
pub(crate) fn quiet(log: &mut config::Log) {
    if log.level == "info" {
        log.level = "warn".into();
    }
}

/// A store of its own, no broker and no mail server; feeds may reach this machine, because the
/// receiver is here.
fn demo_config(mut config: Config, options: &cli::Demo, folder: &std::path::Path) -> Config {
    config.data_dir = folder.to_owned();
    config.database.url = None;
    config.broker.url = None;
    config.mail.url = None;
    config.secrets.master_key = None;
    config.server.public_url = None;
    config.server.listen = if options.exit {
        "127.0.0.1:0".into()
    } else {
        options.listen.clone()
    };
    config.server.drain_seconds = 2;
    config.delivery.allow_networks = ["127.0.0.0/8"]
        .iter()
        .filter_map(|net| net.parse().ok())
        .collect();
    config
}
