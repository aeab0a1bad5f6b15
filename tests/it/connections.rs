//! What strangers' connections can take from the server.

use hookyard_tests::{App, PATIENCE, Process, Profile, both_profiles, until};
use tokio::{io::AsyncWriteExt, net::TcpStream};

both_profiles!(a_peer_that_never_reads_is_ended);

async fn a_peer_that_never_reads_is_ended(profile: Profile) {
    let app = App::configured(profile, |settings| {
        settings.set("server.write_timeout_seconds", "1");
    })
    .await;
    app.api.without_key().openapi().await;
    let files = app.open_files(Process::Api);
    let address = app.api.base.trim_start_matches("http://");
    let requests = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200);
    let mut peers = Vec::new();
    for _ in 0..50 {
        let mut peer = TcpStream::connect(address).await.unwrap();
        peer.write_all(requests.as_bytes()).await.unwrap();
        peers.push(peer);
    }
    app.api.without_key().live().await.ok(200);
    // The system ends them without a word to the peer. Nothing is sent meanwhile: that would put it off.
    until("every such connection is ended", PATIENCE, async || {
        (app.open_files(Process::Api) <= files + 10).then_some(())
    })
    .await;
    drop(peers);
}
