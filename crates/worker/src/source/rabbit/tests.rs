//! Against the real RabbitMQ at `AMQP_URL`; each test has exchanges and queues of its own there.

mod consuming;
mod outages;
mod proxy;
mod relaying;
mod scratch;

use std::sync::Arc;

use lapin::uri::AMQPScheme;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{Bus, session::BrokerError};
use crate::{Broker, WorkerHealth};

#[test]
fn settings_that_cannot_be_are_told_without_the_password() {
    for url in [
        "http://user:s3cret@host",
        "amqp:s3cret",
        "s3cret",
        "amqp://user:s3cret@host:99999",
    ] {
        let error = Bus::new(
            &Broker::at(SecretString::from(url)),
            domain::Clock::system(),
            WorkerHealth::default(),
        )
        .err()
        .unwrap();
        assert!(matches!(&error, BrokerError::Settings(_)), "{url}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_with_a_certificate_that_nobody_vouches_for_is_not_trusted() {
    let key = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let (certificate, key) = (
        key.cert.der().clone(),
        key.signing_key.serialize_der().try_into().unwrap(),
    );
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ));
    let config = config
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth();
    let acceptor = TlsAcceptor::from(Arc::new(
        config.with_single_cert(vec![certificate], key).unwrap(),
    ));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let handshake = tokio::spawn(async move {
        acceptor
            .accept(listener.accept().await.unwrap().0)
            .await
            .err()
    });
    let broker = Broker::at(SecretString::from(format!("amqps://localhost:{port}")));
    let bus = Bus::new(&broker, domain::Clock::system(), WorkerHealth::default()).unwrap();
    assert_eq!(bus.uri.scheme, AMQPScheme::AMQPS);
    let error = bus.connect("test").await.err().unwrap();
    assert!(
        matches!(&error, BrokerError::Failed(why) if why.contains("certificate")),
        "{error}"
    );
    assert!(
        handshake.await.unwrap().is_some(),
        "the server saw a client that trusts it"
    );
}
