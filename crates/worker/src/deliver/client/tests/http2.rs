//! HTTP/2, when the receiver offers it.

use bytes::Bytes;
use domain::outbound::retry::AttemptErrorCode as Code;
use futures_util::future::join_all;
use h2::{Reason, RecvStream, server::SendResponse};
use hyper::http::{Request, Response};
use testing::Listener;
use tokio::net::TcpStream;

use super::{code, post, trust::Root};

type Answering = SendResponse<Bytes>;

/// A receiver that does with each request what the test says; and a URL of it.
async fn receiver(root: &Root, behave: fn(Request<RecvStream>, Answering)) -> (Listener, String) {
    let acceptor = root.http2_server();
    let receiver = Listener::start(move |stream: TcpStream| {
        let accepting = acceptor.accept(stream);
        async move {
            let mut connection = h2::server::handshake(accepting.await.unwrap())
                .await
                .unwrap();
            while let Some(Ok((request, answering))) = connection.accept().await {
                behave(request, answering);
            }
        }
    });
    let url = format!("https://localhost:{}/a?b=c", receiver.address.port());
    (receiver, url)
}

#[tokio::test]
async fn many_requests_share_one_connection() {
    let root = Root::new();
    let (receiver, url) = receiver(&root, |request, mut answering| {
        assert_eq!(
            (request.method().as_str(), request.uri().path()),
            ("POST", "/a")
        );
        let mut body = answering
            .send_response(Response::builder().status(202).body(()).unwrap(), false)
            .unwrap();
        body.send_data(Bytes::from_static(b"hello"), true).unwrap();
    })
    .await;
    let (client, request) = (root.client(), post(&url));
    assert_eq!(client.send(&request).await.result.unwrap().body, "hello");
    for exchange in join_all((0..50).map(|_| client.send(&request))).await {
        assert_eq!(exchange.result.unwrap().status, 202);
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn a_stream_that_is_reset_is_no_answer() {
    let root = Root::new();
    let (_receiver, url) = receiver(&root, |_, mut answering| {
        answering.send_reset(Reason::INTERNAL_ERROR)
    })
    .await;
    let exchange = root.client().send(&post(&url)).await;
    assert_eq!(code(&exchange), Code::Reset, "{:?}", exchange.result);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_no_answer() {
    let root = Root::new();
    let (_receiver, url) = receiver(&root, |_, mut answering| {
        let response = Response::builder()
            .header("x-huge", "h".repeat(1_000_000))
            .body(())
            .unwrap();
        answering.send_response(response, true).unwrap();
    })
    .await;
    let exchange = root.client().send(&post(&url)).await;
    assert_eq!(code(&exchange), Code::Protocol, "{:?}", exchange.result);
}
