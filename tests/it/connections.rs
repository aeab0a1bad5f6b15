//! What strangers' connections can take from the server.

use futures_util::future::try_join_all;
use hookyard_tests::{App, PATIENCE, Process, Profile, both_profiles, until};
use tokio::net::TcpStream;

both_profiles!(a_peer_that_never_reads_is_ended_and_costs_little_meanwhile);

const PEERS: usize = 50;
/// For all of them, with their part of the document and what they asked for. Without bounds it was
/// 14 MiB for each.
const MEMORY: usize = 150;

async fn a_peer_that_never_reads_is_ended_and_costs_little_meanwhile(profile: Profile) {
    let app = App::configured(profile, |settings| {
        settings.set("server.write_timeout_seconds", "2");
    })
    .await;
    app.api.without_key().openapi().await;
    let (files, memory) = (app.open_files(Process::Api), app.memory(Process::Api));
    let address = app.api.base.trim_start_matches("http://");
    let requests = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200);
    let connections = (0..PEERS).map(|_| TcpStream::connect(address));
    let peers = try_join_all(connections).await.unwrap();
    until("all are accepted", PATIENCE, async || {
        (app.open_files(Process::Api) >= files + PEERS).then_some(())
    })
    .await;
    for peer in &peers {
        peer.writable().await.unwrap();
        // As much as the system takes: more than the server may.
        while peer.try_write(requests.as_bytes()).is_ok() {}
    }
    app.api.without_key().live().await.ok(200);
    let mut most = 0;
    // The system ends them without a word to the peer. Nothing is sent meanwhile: that would put it off.
    until("every such connection is ended", PATIENCE, async || {
        most = most.max(app.memory(Process::Api));
        (app.open_files(Process::Api) <= files + 10).then_some(())
    })
    .await;
    let more = most.saturating_sub(memory);
    assert!(more < MEMORY, "{memory} MiB and {more} more");
    drop(peers);
}
