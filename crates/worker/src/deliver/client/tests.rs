//! The client against real sockets that behave well, badly, and not at all.

mod http2;
mod names;
mod trust;

use std::time::Duration;

use bytes::Bytes;
use domain::{
    feed::sending::RequestHeader,
    outbound::{guard::Guard, request::Method, retry::AttemptErrorCode as Code},
};
use testing::{
    Listener,
    http::{answer, read_request},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{Client, Exchange, Outgoing};

fn guard(networks: &[&str]) -> Guard {
    Guard::new(
        networks
            .iter()
            .map(|network| network.parse().unwrap())
            .collect(),
    )
}

/// May reach this machine.
fn client() -> Client {
    Client::new(guard(&["127.0.0.0/8", "::1/128"])).unwrap()
}

fn post(url: &str) -> Outgoing {
    Outgoing {
        method: Method::Post,
        url: url.parse().unwrap(),
        headers: vec![RequestHeader {
            name: "Content-Type".into(),
            value: "application/json".into(),
            secret: false,
        }],
        body: Some(Bytes::from_static(b"{}")),
        timeout: Duration::from_secs(20),
    }
}

fn code(exchange: &Exchange) -> Code {
    exchange.result.as_ref().unwrap_err().code
}

#[tokio::test]
async fn the_request_arrives_as_it_is_and_the_answer_is_kept() {
    let receiver = Listener::start(async |mut stream: TcpStream| {
        let request = read_request(&mut stream).await.unwrap();
        answer(
            &mut stream,
            "200 OK",
            &["Retry-After: 7", "X-Seen: yes"],
            &request.bytes(),
        )
        .await;
    });
    let mut request = post(&receiver.url("/a?b=c"));
    request.method = Method::Put;
    request.headers.push(RequestHeader {
        name: "X-Secret".into(),
        value: "s3cret".into(),
        secret: true,
    });
    let exchange = client().send(&request).await;
    assert_eq!(exchange.remote_address, Some(receiver.address));
    assert_eq!(exchange.retry_after.as_deref(), Some("7"));
    let response = exchange.result.unwrap();
    assert_eq!((response.status, response.truncated), (200, false));
    assert!(
        response
            .headers
            .iter()
            .any(|header| header.name == "x-seen" && header.value == "yes")
    );
    let got = response.body.to_ascii_lowercase();
    assert!(
        got.starts_with(
            "put /a?b=c http/1.1\r\ncontent-type: application/json\r\nx-secret: s3cret\r\n"
        ),
        "{got}"
    );
    assert!(
        got.ends_with("\r\n\r\n{}") && got.contains("content-length: 2\r\n"),
        "{got}"
    );
    assert!(
        !got.contains("accept-encoding") && !got.contains("referer"),
        "{got}"
    );
}

#[tokio::test]
async fn a_get_has_no_body_and_no_content_type() {
    let receiver = Listener::start(async |mut stream: TcpStream| {
        let request = read_request(&mut stream).await.unwrap();
        answer(&mut stream, "200 OK", &[], &request.bytes()).await;
    });
    let request = Outgoing {
        method: Method::Get,
        headers: vec![],
        body: None,
        ..post(&receiver.url("/?a=1&b=%20"))
    };
    let got = client()
        .send(&request)
        .await
        .result
        .unwrap()
        .body
        .to_ascii_lowercase();
    assert!(got.starts_with("get /?a=1&b=%20 http/1.1\r\n"), "{got}");
    assert!(
        got.ends_with("\r\n\r\n") && !got.contains("content-"),
        "{got}"
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let receiver = Listener::start(async |mut stream: TcpStream| {
        read_request(&mut stream).await.unwrap();
        answer(
            &mut stream,
            "307 Temporary Redirect",
            &["Location: /elsewhere"],
            b"",
        )
        .await;
    });
    let response = client()
        .send(&post(&receiver.url("/")))
        .await
        .result
        .unwrap();
    assert_eq!(response.status, 307);
    assert!(
        response
            .headers
            .iter()
            .any(|header| header.name == "location" && header.value == "/elsewhere")
    );
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn connections_are_kept_for_the_next_request() {
    let receiver = Listener::start(async |mut stream: TcpStream| {
        while read_request(&mut stream).await.is_some() {
            answer(&mut stream, "204 No Content", &[], b"").await;
        }
    });
    let client = client();
    for _ in 0..20 {
        assert_eq!(
            client
                .send(&post(&receiver.url("/")))
                .await
                .result
                .unwrap()
                .status,
            204
        );
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn a_body_that_drips_ends_at_the_deadline() {
    let receiver = Listener::start(async |mut stream: TcpStream| {
        read_request(&mut stream).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nRetry-After: 3\r\nContent-Length: 60000\r\n\r\n")
            .await
            .unwrap();
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        while stream.write_all(b"x").await.is_ok() {
            tick.tick().await;
        }
    });
    let exchange = client()
        .send(&Outgoing {
            timeout: Duration::from_millis(300),
            ..post(&receiver.url("/"))
        })
        .await;
    assert_eq!(code(&exchange), Code::Timeout);
    assert!(
        (Duration::from_millis(300)..Duration::from_secs(5)).contains(&exchange.duration),
        "{:?}",
        exchange.duration
    );
    assert_eq!(exchange.remote_address, Some(receiver.address));
    assert_eq!(exchange.retry_after.as_deref(), Some("3"));
}

#[tokio::test]
async fn an_answer_that_never_begins_ends_at_the_deadline() {
    let receiver = Listener::start(async |mut stream: TcpStream| {
        read_request(&mut stream).await.unwrap();
        // Interim answers are no answer.
        while stream
            .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
            .await
            .is_ok()
        {
            tokio::task::yield_now().await;
        }
    });
    let exchange = client()
        .send(&Outgoing {
            timeout: Duration::from_millis(300),
            ..post(&receiver.url("/"))
        })
        .await;
    assert_eq!(code(&exchange), Code::Timeout);
}

#[tokio::test]
async fn an_endless_body_is_cut_and_its_connection_given_up() {
    let receiver = Listener::start(async |mut stream: TcpStream| {
        read_request(&mut stream).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            .await
            .unwrap();
        let chunk = format!("400\r\n{}\r\n", "é".repeat(512));
        while stream.write_all(chunk.as_bytes()).await.is_ok() {}
    });
    let response = client()
        .send(&post(&receiver.url("/")))
        .await
        .result
        .unwrap();
    assert_eq!(response.body, "é".repeat(2048));
    assert!(response.truncated);
    receiver.all_closed().await;
}

#[tokio::test]
async fn a_long_body_is_cut_but_keeps_its_connection() {
    let receiver = Listener::start(async |mut stream: TcpStream| {
        while read_request(&mut stream).await.is_some() {
            answer(
                &mut stream,
                "500 Internal Server Error",
                &[],
                &[b'y'; 30_000],
            )
            .await;
        }
    });
    let client = client();
    for _ in 0..2 {
        let response = client.send(&post(&receiver.url("/"))).await.result.unwrap();
        assert_eq!(
            (response.status, response.body.len(), response.truncated),
            (500, 4096, true)
        );
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn a_compressed_body_stays_as_it_came() {
    let receiver = Listener::start(async |mut stream: TcpStream| {
        read_request(&mut stream).await.unwrap();
        answer(
            &mut stream,
            "200 OK",
            &["Content-Encoding: gzip"],
            b"not gzip at all",
        )
        .await;
    });
    assert_eq!(
        client()
            .send(&post(&receiver.url("/")))
            .await
            .result
            .unwrap()
            .body,
        "not gzip at all"
    );
}

#[tokio::test]
async fn what_is_not_http_is_a_protocol_error() {
    let huge = format!(
        "HTTP/1.1 200 OK\r\nX-Huge: {}\r\n\r\n",
        "h".repeat(10_000_000)
    );
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X-Many: 1\r\n".repeat(5000));
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n".to_owned();
    for bytes in [
        huge,
        many,
        chunks,
        "SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned(),
        "HTTP/1.1 99999 OK\r\n\r\n".to_owned(),
    ] {
        let start: String = bytes.chars().take(30).collect();
        let receiver = Listener::start(move |mut stream: TcpStream| {
            let bytes = bytes.clone();
            async move {
                read_request(&mut stream).await.unwrap();
                let _ = stream.write_all(bytes.as_bytes()).await;
                let _ = stream.read(&mut [0]).await;
            }
        });
        let exchange = client().send(&post(&receiver.url("/"))).await;
        assert_eq!(
            code(&exchange),
            Code::Protocol,
            "{start:?}: {:?}",
            exchange.result
        );
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_a_reset() {
    for (bytes, reset) in [
        (&b""[..], false),
        (b"", true),
        (b"HTTP/1.1 200 OK\r\nContent-Le", false),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", false),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            false,
        ),
    ] {
        let receiver = Listener::start(move |mut stream: TcpStream| async move {
            read_request(&mut stream).await.unwrap();
            stream.write_all(bytes).await.unwrap();
            if reset {
                stream.set_zero_linger().unwrap();
            }
        });
        let exchange = client().send(&post(&receiver.url("/"))).await;
        assert_eq!(
            code(&exchange),
            Code::Reset,
            "{:?} {reset}: {:?}",
            String::from_utf8_lossy(bytes),
            exchange.result
        );
    }
}

#[tokio::test]
async fn a_closed_port_is_a_connect_error() {
    let receiver = Listener::start(async |_| {});
    let url = receiver.url("/");
    drop(receiver);
    let exchange = client().send(&post(&url)).await;
    assert_eq!(
        (code(&exchange), exchange.remote_address),
        (Code::Connect, None),
        "{:?}",
        exchange.result
    );
}

#[tokio::test]
async fn a_name_that_nobody_has_is_a_dns_error() {
    let exchange = client().send(&post("http://nobody.invalid/")).await;
    assert_eq!(code(&exchange), Code::Dns, "{:?}", exchange.result);
}

#[tokio::test]
async fn what_is_not_public_is_blocked_before_anything_is_sent() {
    let receiver = Listener::start(async |_| {});
    let port = receiver.address.port();
    let closed = Client::new(Guard::default()).unwrap();
    // With a network opened, names are left to the judgement of their addresses.
    let elsewhere = Client::new(guard(&["10.0.0.0/8"])).unwrap();
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "localhost",
    ] {
        for (client, name) in [(&closed, "closed"), (&elsewhere, "elsewhere")] {
            let exchange = client.send(&post(&format!("http://{host}:{port}/"))).await;
            assert_eq!(
                code(&exchange),
                Code::Blocked,
                "{name} {host}: {:?}",
                exchange.result
            );
            let message = exchange.result.unwrap_err().message;
            assert!(
                !message.contains("127.0") && !message.contains("::1"),
                "{message}"
            );
            assert_eq!(exchange.remote_address, None);
        }
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn a_name_is_reached_when_its_addresses_are_opened() {
    let receiver = Listener::start(async |mut stream: TcpStream| {
        read_request(&mut stream).await.unwrap();
        answer(&mut stream, "200 OK", &[], b"").await;
    });
    let exchange = client()
        .send(&post(&format!(
            "http://localhost:{}/",
            receiver.address.port()
        )))
        .await;
    assert_eq!(exchange.result.unwrap().status, 200);
}

#[tokio::test]
async fn proxy_variables_are_ignored() {
    // The variable can only be set for another process: this test runs itself again, with a proxy
    // that nobody serves.
    if std::env::var_os("HTTP_PROXY").is_none() {
        let test = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["client::tests::proxy_variables_are_ignored", "--exact"])
            .env("HTTP_PROXY", "http://127.0.0.1:9")
            .env("http_proxy", "http://127.0.0.1:9")
            .env("ALL_PROXY", "http://127.0.0.1:9")
            .output()
            .unwrap();
        assert!(
            test.status.success(),
            "{}",
            String::from_utf8_lossy(&test.stdout)
        );
        return;
    }
    let receiver = Listener::start(async |mut stream: TcpStream| {
        read_request(&mut stream).await.unwrap();
        answer(&mut stream, "200 OK", &[], b"").await;
    });
    assert_eq!(
        client()
            .send(&post(&receiver.url("/")))
            .await
            .result
            .unwrap()
            .status,
        200
    );
}

#[tokio::test]
async fn what_cannot_be_sent_is_said() {
    let mut request = post("http://127.0.0.1:9/");
    request.headers.push(RequestHeader {
        name: "X-Bad".into(),
        value: "a\r\nHost: b".into(),
        secret: true,
    });
    let error = client().send(&request).await.result.unwrap_err();
    assert_eq!(error.code, Code::Protocol);
    assert!(
        error.message.contains("X-Bad") && !error.message.contains("Host"),
        "{}",
        error.message
    );
    let long = post(&format!("http://127.0.0.1:9/?{}", "q".repeat(9000)));
    assert_eq!(code(&client().send(&long).await), Code::TooLarge);
}
