//! Names that lead astray, with a resolver that says what the test wants.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use domain::outbound::{guard::Guard, retry::AttemptErrorCode as Code};
use futures_util::FutureExt;
use testing::{
    Listener,
    http::{answer, read_request},
};
use tokio::net::TcpStream;

use super::{
    super::{Client, resolver::Resolver, tls},
    code, guard, post,
};

/// A client whose names have the addresses that `answers` gives for the n-th question (and then its
/// last).
fn client(guard: Guard, answers: &[&[&str]]) -> (Client, Arc<AtomicUsize>) {
    let parse = |answer: &&[&str]| {
        answer
            .iter()
            .map(|address| address.parse().unwrap())
            .collect::<Vec<IpAddr>>()
    };
    let (answers, asked) = (
        answers.iter().map(parse).collect::<Vec<_>>(),
        Arc::new(AtomicUsize::new(0)),
    );
    let count = asked.clone();
    let ask = move |_| {
        let n = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        std::future::ready(Ok(answers[n].clone())).boxed()
    };
    let resolver = Resolver::asking(guard.clone(), Box::new(ask));
    (
        Client::with(guard, tls::config().unwrap(), resolver).unwrap(),
        asked,
    )
}

async fn silent() -> Listener {
    Listener::start(async |_| {})
}

async fn answering() -> Listener {
    Listener::start(async |mut stream: TcpStream| {
        while read_request(&mut stream).await.is_some() {
            answer(&mut stream, "200 OK", &[], b"").await;
        }
    })
}

/// Whatever a public name resolves to, nothing that is not public is connected to.
#[tokio::test]
async fn a_name_with_any_address_that_is_not_public_is_blocked() {
    let target = silent().await;
    let many = [&["8.8.8.8"; 999][..], &["127.0.0.1"]].concat();
    for addresses in [
        &["127.0.0.1"][..],
        &["0.0.0.0"],
        &["10.0.0.1"],
        &["172.16.0.1"],
        &["192.168.0.1"],
        &["100.64.0.1"],
        &["169.254.169.254"],
        &["168.63.129.16"],
        &["192.0.2.1"],
        &["224.0.0.1"],
        &["255.255.255.255"],
        &["::"],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["::127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["2002:7f00:1::1"],
        &["2001:db8::1"],
        &["fd00:ec2::254"],
        &["fe80::1"],
        &["ff02::1"],
        // Mixed: a public address vouches for none of the others.
        &["8.8.8.8", "127.0.0.1"],
        &["127.0.0.1", "8.8.8.8"],
        &["8.8.8.8", "::1"],
        &["2606:4700:4700::1111", "10.0.0.1"],
        &many,
    ] {
        let (client, _) = client(Guard::default(), &[addresses]);
        for name in [
            "hooks.example.org",
            "127.0.0.1.nip.example",
            "xn--mnchen-3ya.example",
        ] {
            let exchange = client
                .send(&post(&format!("http://{name}:{}/", target.address.port())))
                .await;
            assert_eq!(
                code(&exchange),
                Code::Blocked,
                "{addresses:?}: {:?}",
                exchange.result
            );
            let message = exchange.result.unwrap_err().message;
            assert!(
                addresses.iter().all(|address| !message.contains(*address)),
                "the address is not told: {message}"
            );
            assert_eq!(exchange.remote_address, None);
        }
    }
    assert_eq!(target.connections(), 0);
}

/// What was judged is what is connected to; the name is not asked a second time in between.
#[tokio::test]
async fn a_name_that_is_bound_again_between_check_and_connect_gains_nothing() {
    let good = Listener::start(async |mut stream: TcpStream| {
        read_request(&mut stream).await.unwrap();
        answer(&mut stream, "200 OK", &["Connection: close"], b"").await;
    });
    let port = good.address.port();
    let evil = Listener::start_on(
        SocketAddr::new("127.0.0.2".parse().unwrap(), port),
        async |_| {},
    );
    let (client, asked) = client(guard(&["127.0.0.1/32"]), &[&["127.0.0.1"], &["127.0.0.2"]]);
    let url = format!("http://rebind.example:{port}/");
    let first = client.send(&post(&url)).await;
    assert_eq!(
        (first.remote_address, asked.load(Ordering::SeqCst)),
        (Some(good.address), 1),
        "{:?}",
        first.result
    );
    // A new connection asks anew, and is judged anew.
    let second = client.send(&post(&url)).await;
    assert_eq!(
        (code(&second), asked.load(Ordering::SeqCst)),
        (Code::Blocked, 2),
        "{:?}",
        second.result
    );
    assert_eq!(evil.connections(), 0);
}

/// A connection that was vetted for one name is not used for another.
#[tokio::test]
async fn names_do_not_share_connections() {
    let receiver = answering().await;
    let (client, asked) = client(guard(&["127.0.0.1/32"]), &[&["127.0.0.1"]]);
    for name in ["a.example", "b.example", "a.example", "b.example"] {
        let exchange = client
            .send(&post(&format!(
                "http://{name}:{}/",
                receiver.address.port()
            )))
            .await;
        assert_eq!(exchange.result.unwrap().status, 200);
    }
    assert_eq!(
        (receiver.connections(), asked.load(Ordering::SeqCst)),
        (2, 2)
    );
}

#[tokio::test]
async fn a_name_without_addresses_is_unknown() {
    let (client, _) = client(Guard::default(), &[&[]]);
    let exchange = client.send(&post("http://empty.example/")).await;
    assert_eq!(code(&exchange), Code::Dns, "{:?}", exchange.result);
}
