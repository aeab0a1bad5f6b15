//! The real server on a real socket: what the in-process tests cannot see.

use std::net::{SocketAddr, TcpListener};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::start;

/// Sends one request and gives the whole answer as text.
async fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_serves_the_document_and_its_page_and_stops() {
    let state = start().await.state.clone();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = crate::server(state, listener).unwrap();
    let handle = server.handle();
    let running = tokio::spawn(server);

    let document = exchange(address, "GET /openapi.json").await;
    assert!(document.starts_with("HTTP/1.1 200") && document.contains("\"openapi\":\"3.1.0\""), "{document:.200}");
    let page = exchange(address, "GET /docs/").await;
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("swagger-ui"), "{page:.300}");
    let start = exchange(address, "GET /docs/swagger-initializer.js").await;
    assert!(start.contains("/openapi.json"), "{start:.500}");
    assert!(exchange(address, "GET /docs").await.to_lowercase().contains("location: /docs/"));
    let head = exchange(address, "HEAD /openapi.json").await;
    assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{head:.500}");
    let missing = exchange(address, "GET /docs/nothing").await;
    assert!(missing.starts_with("HTTP/1.1 404") && missing.contains("\"not_found\""), "{missing:.500}");

    handle.stop(true).await;
    running.await.unwrap().unwrap();
}
