//! Against the real RabbitMQ at `AMQP_URL`; each test has exchanges and queues of its own there.

mod consuming;
mod outages;
mod proxy;
mod relaying;
mod scratch;

use std::sync::Arc;

use domain::settings::Section;
use lapin::uri::AMQPScheme;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{Bus, session::BrokerError};
use crate::{BrokerSettings, WorkerHealth};

#[test]
fn a_bus_without_a_broker_cannot_be() {
    let nowhere = BrokerSettings::defaults();
    let bus = Bus::new(&nowhere, domain::Clock::system(), WorkerHealth::default());
    assert!(matches!(bus.err(), Some(BrokerError::Settings(_))));
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
    let broker = BrokerSettings {
        url: Some(format!("amqps://localhost:{port}").parse().unwrap()),
        ..BrokerSettings::defaults()
    };
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
