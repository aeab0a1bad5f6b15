//! The real server on a real socket: what the in-process tests cannot see.

use std::net::{SocketAddr, TcpListener};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::start;

/// Sends one request without a body and gives the whole answer as text.
async fn exchange(address: SocketAddr, request: &str) -> String {
    send(
        address,
        &format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    )
    .await
}

async fn send(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_serves_the_document_and_its_page_and_stops() {
    let api = start().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = crate::server(api.state.clone(), super::readiness(&api.state), listener).unwrap();
    let handle = server.handle();
    let running = tokio::spawn(server);

    let document = exchange(address, "GET /openapi.json").await;
    assert!(
        document.starts_with("HTTP/1.1 200") && document.contains("\"openapi\":\"3.1.0\""),
        "{document:.200}"
    );
    let page = exchange(address, "GET /docs/").await;
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("swagger-ui"),
        "{page:.300}"
    );
    let start = exchange(address, "GET /docs/swagger-initializer.js").await;
    assert!(start.contains("/openapi.json"), "{start:.500}");
    assert!(
        exchange(address, "GET /docs")
            .await
            .to_lowercase()
            .contains("location: /docs/")
    );
    let head = exchange(address, "HEAD /openapi.json").await;
    assert!(
        head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"),
        "{head:.500}"
    );
    let missing = exchange(address, "GET /docs/nothing").await;
    assert!(
        missing.starts_with("HTTP/1.1 404") && missing.contains("\"not_found\""),
        "{missing:.500}"
    );

    let body = r#"{"title":"Lobby"}"#;
    let head = format!(
        "POST /v1/spaces HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n",
        api.admin
    );
    let chunked =
        "Content-Type: application/json\r\nIdempotency-Key: one\r\nTransfer-Encoding: chunked\r\n";
    let request = format!("{head}{chunked}\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    for replayed in [false, true] {
        let made = send(address, &request).await;
        assert!(
            made.starts_with("HTTP/1.1 201") && made.contains("\"slug\":\"lobby\""),
            "{made}"
        );
        assert_eq!(
            made.contains("idempotency-replayed: true"),
            replayed,
            "{made}"
        );
    }

    handle.stop(true).await;
    running.await.unwrap().unwrap();
}
