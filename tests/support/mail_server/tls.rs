//! A certificate for 127.0.0.1 that nobody knows, unless they are given its file.

use std::{io::Write, path::Path, sync::Arc};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tempfile::NamedTempFile;
use tokio_rustls::TlsAcceptor;

/// When the talk is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From the first byte on (RFC 8314).
    Implicit,
    /// After STARTTLS (RFC 3207); nobody can log in before.
    StartTls,
}

pub(super) struct Tls {
    pub(super) encryption: Encryption,
    pub(super) acceptor: TlsAcceptor,
    file: NamedTempFile,
}

impl Tls {
    pub(super) fn new(encryption: Encryption) -> Self {
        let made =
            rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder
                    .with_no_client_auth()
                    .with_single_cert(vec![made.cert.der().clone()], key)
            })
            .expect("the certificate has its key");
        let mut file = NamedTempFile::new().expect("a temporary file");
        file.write_all(made.cert.pem().as_bytes())
            .expect("the file is written");
        Self {
            encryption,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            file,
        }
    }

    pub(super) fn file(&self) -> &Path {
        self.file.path()
    }
}
