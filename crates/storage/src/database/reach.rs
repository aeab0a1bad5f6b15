//! Whether PostgreSQL answers at all: it may start later than we do.

use std::{error::Error as _, io};

use secrecy::ExposeSecret;
use tokio_postgres::{
    Error,
    config::Host,
    error::{DbError, SqlState},
};

use super::{pools::knock, settings::DatabaseUrl, target::PgTarget};

/// A database that cannot be reached now; waiting can help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable {
    /// `host:port`; several with commas between them.
    pub server: String,
    pub reason: String,
}

impl DatabaseUrl {
    /// Why the database cannot be reached yet. `None` when it answers, be it with a refusal: what
    /// waiting does not mend, such as a wrong password, meets whoever uses the database next.
    pub async fn unreachable(&self) -> Option<Unreachable> {
        let Self::Postgres(url) = self else {
            return None;
        };
        let error = knock(url.expose_secret()).await.err()?;
        Some(Unreachable {
            reason: reason(&error)?,
            server: PgTarget::parse(url.expose_secret())
                .map(|target| servers(&target))
                .unwrap_or_default(),
        })
    }
}

/// Why, if waiting can help.
fn reason(error: &Error) -> Option<String> {
    if let Some(answer) = error.as_db_error() {
        return is_passing(answer).then(|| answer.message().to_owned());
    }
    let cause = error.source();
    let io = cause.and_then(|cause| cause.downcast_ref::<io::Error>());
    match (io, cause) {
        // A certificate that is not trusted.
        (Some(io), _) if io.kind() == io::ErrorKind::InvalidData => None,
        (Some(io), _) => Some(io.to_string()),
        (None, None) if error.is_closed() => Some(error.to_string()),
        (None, _) => None,
    }
}

/// It starts, stops, or has no room.
fn is_passing(answer: &DbError) -> bool {
    [
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::TOO_MANY_CONNECTIONS,
    ]
    .contains(answer.code())
}

fn servers(target: &PgTarget) -> String {
    let ports = target.config.get_ports();
    let port = |i: usize| ports.get(i).or(ports.first()).copied().unwrap_or(5432);
    let hosts = target.config.get_hosts().iter().enumerate();
    let named = hosts.map(|(i, host)| match host {
        Host::Tcp(name) => format!("{name}:{}", port(i)),
        Host::Unix(path) => path.display().to_string(),
    });
    named.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::{TcpListener, TcpSocket};

    fn url(authority: &str) -> DatabaseUrl {
        format!("postgres://user:s3cret@{authority}/x")
            .parse()
            .unwrap()
    }

    #[tokio::test]
    async fn nobody_there_and_nothing_said_is_unreachable() {
        // Bound, so that it is nobody else's, and not listening.
        let taken = TcpSocket::new_v4().unwrap();
        taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let found = url(&address).unreachable().await.unwrap();
        assert_eq!(found.server, address);
        assert!(found.reason.contains("refused"), "{found:?}");

        // A proxy in front of a server that is not up closes what it has taken.
        let closing = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = closing.local_addr().unwrap().to_string();
        let close = async {
            loop {
                drop(closing.accept().await);
            }
        };
        let through = url(&address);
        let found = tokio::select! {
            found = through.unreachable() => found,
            () = close => None,
        };
        assert_eq!(found.unwrap().server, address);
    }

    #[tokio::test]
    async fn files_are_always_there_and_each_server_is_named() {
        let file: DatabaseUrl = "sqlite:///tmp/x.db".parse().unwrap();
        assert_eq!(file.unreachable().await, None);
        let target = PgTarget::parse("postgres://u:p@a:1,b:2/x").unwrap();
        assert_eq!(servers(&target), "a:1,b:2");
        let target = PgTarget::parse("postgres://u:p@a,b/x").unwrap();
        assert_eq!(servers(&target), "a:5432,b:5432");
    }
}
