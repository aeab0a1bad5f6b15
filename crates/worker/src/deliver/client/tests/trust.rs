//! Certificates: who is believed, and what is said when somebody is not.

use std::sync::Arc;

use domain::outbound::retry::AttemptErrorCode as Code;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, Issuer, KeyPair};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use testing::{
    Listener,
    http::{answer, read_request},
};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::{client, code, guard, post};
use crate::deliver::client::{Client, tls};

/// A root of trust of the test's own.
pub(super) struct Root(CertifiedIssuer<'static, KeyPair>);

impl Root {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A client that believes this root and no other.
    pub(super) fn client(&self) -> Client {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Client::with_tls(guard(&["127.0.0.0/8", "::1/128"]), tls::with_alpn(config)).unwrap()
    }

    /// A server with a certificate for this name, changed by `change`.
    fn server(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> TlsAcceptor {
        let (certificate, key) = self.certificate(name, change);
        acceptor(certificate, &key, b"http/1.1")
    }

    /// A server that speaks HTTP/2.
    pub(super) fn http2_server(&self) -> TlsAcceptor {
        let (certificate, key) = self.certificate("localhost", |_| {});
        acceptor(certificate, &key, b"h2")
    }

    fn certificate(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> (CertificateDer<'static>, KeyPair) {
        let (key, mut params) = (
            KeyPair::generate().unwrap(),
            CertificateParams::new(vec![name.into()]).unwrap(),
        );
        change(&mut params);
        let issuer: &Issuer<'_, KeyPair> = &self.0;
        (params.signed_by(&key, issuer).unwrap().der().clone(), key)
    }
}

fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair, protocol: &[u8]) -> TlsAcceptor {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    config.alpn_protocols = vec![protocol.to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

async fn receiver(acceptor: TlsAcceptor) -> (Listener, String) {
    let receiver = Listener::start(move |stream: TcpStream| {
        let accepting = acceptor.accept(stream);
        async move {
            let Ok(mut stream) = accepting.await else {
                return;
            };
            while read_request(&mut stream).await.is_some() {
                answer(&mut stream, "200 OK", &[], b"hello").await;
            }
        }
    });
    let url = format!("https://localhost:{}/", receiver.address.port());
    (receiver, url)
}

#[tokio::test]
async fn a_certificate_that_is_vouched_for_is_believed() {
    let root = Root::new();
    let (receiver, url) = receiver(root.server("localhost", |_| {})).await;
    let client = root.client();
    for _ in 0..3 {
        assert_eq!(client.send(&post(&url)).await.result.unwrap().body, "hello");
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn other_certificates_are_not() {
    let root = Root::new();
    let expired =
        |params: &mut CertificateParams| params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    for (what, acceptor) in [
        ("another name", root.server("example.org", |_| {})),
        ("expired", root.server("localhost", expired)),
        ("another root", Root::new().server("localhost", |_| {})),
    ] {
        let (_receiver, url) = receiver(acceptor).await;
        let exchange = root.client().send(&post(&url)).await;
        assert_eq!(code(&exchange), Code::Tls, "{what}: {:?}", exchange.result);
    }
}

#[tokio::test]
async fn the_client_as_it_is_used_refuses_a_self_signed_certificate() {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".into()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let (_receiver, url) = receiver(acceptor(certificate.der().clone(), &key, b"http/1.1")).await;
    let exchange = client().send(&post(&url)).await;
    assert_eq!(code(&exchange), Code::Tls, "{:?}", exchange.result);
    assert!(
        exchange
            .result
            .unwrap_err()
            .message
            .starts_with("TLS failed: ")
    );
}

#[tokio::test]
async fn a_server_without_tls_is_a_tls_error() {
    for bytes in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b""] {
        let receiver = Listener::start(move |mut stream: TcpStream| async move {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            // All of the client's hello, or the close would be a reset.
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(bytes).await;
        });
        let exchange = client()
            .send(&post(&receiver.url("/").replace("http:", "https:")))
            .await;
        assert_eq!(code(&exchange), Code::Tls, "{:?}", exchange.result);
    }
}
