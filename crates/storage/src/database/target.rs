//! What a PostgreSQL URL says: where the server is, and how the way to it is protected.

use std::{net::IpAddr, path::PathBuf};

use tokio_postgres::config::{Host, SslMode};

/// The parameters of PostgreSQL's own URLs that the client does not know, with libpq's names.
#[derive(Debug, Clone)]
pub(super) struct PgTarget {
    pub(super) config: tokio_postgres::Config,
    pub(super) protection: Protection,
    /// `sslrootcert`: a file with the certificates to trust; the system's without it.
    pub(super) roots: Option<PathBuf>,
}

/// `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// `prefer`, `allow` or nothing: plain text.
    Unsaid,
    /// `disable`: plain text, because somebody said so.
    Plain,
    /// `verify-ca`: the certificate's name is not looked at.
    AnyName,
    /// `verify-full`, and `require`, which promises no less here than it sounds.
    Full,
}

/// The text is not the URL of a PostgreSQL database.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadTarget {
    #[error("sslmode must be disable, prefer, require, verify-ca or verify-full")]
    Mode,
    #[error("not a URL of PostgreSQL")]
    Url,
}

impl PgTarget {
    pub(super) fn parse(url: &str) -> Result<Self, BadTarget> {
        let (bare, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut protection, mut roots, mut rest) = (Protection::Unsaid, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", mode)) => protection = Protection::of(mode)?,
                Some(("sslrootcert", path)) => roots = Some(path.into()),
                _ => rest.push(pair),
            }
        }
        let mut config: tokio_postgres::Config = format!("{bare}?{}", rest.join("&"))
            .parse()
            .map_err(|_| BadTarget::Url)?;
        config.ssl_mode(match protection {
            Protection::Unsaid | Protection::Plain => SslMode::Disable,
            Protection::AnyName | Protection::Full => SslMode::Require,
        });
        Ok(Self {
            config,
            protection,
            roots,
        })
    }

    /// Whether plain text leaves this machine without anybody having asked for it.
    pub(super) fn is_carelessly_plain(&self) -> bool {
        self.protection == Protection::Unsaid && !self.config.get_hosts().iter().all(is_local)
    }
}

impl Protection {
    fn of(mode: &str) -> Result<Self, BadTarget> {
        match mode {
            "disable" => Ok(Self::Plain),
            "allow" | "prefer" => Ok(Self::Unsaid),
            "verify-ca" => Ok(Self::AnyName),
            "require" | "verify-full" => Ok(Self::Full),
            _ => Err(BadTarget::Mode),
        }
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        Host::Unix(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_is_what_postgresql_calls_it() {
        let parse = |url: &str| PgTarget::parse(url);
        for (mode, protection) in [
            ("", Protection::Unsaid),
            ("?sslmode=prefer", Protection::Unsaid),
            ("?sslmode=disable", Protection::Plain),
            ("?sslmode=verify-ca&connect_timeout=3", Protection::AnyName),
            ("?connect_timeout=3&sslmode=verify-full", Protection::Full),
            ("?sslmode=require", Protection::Full),
        ] {
            let target = parse(&format!("postgres://user:pw@db.example.org/x{mode}")).unwrap();
            assert_eq!(target.protection, protection, "{mode}");
            assert_eq!(
                target.is_carelessly_plain(),
                protection == Protection::Unsaid,
                "{mode}"
            );
        }
        let rooted = parse("postgres://db/x?sslmode=verify-full&sslrootcert=/etc/ca.pem").unwrap();
        assert_eq!(rooted.roots, Some("/etc/ca.pem".into()));
        assert!(parse("postgres://db/x?sslmode=on").is_err());
        for local in [
            "localhost",
            "127.0.0.1:5433",
            "[::1]",
            "%2Frun%2Fpostgresql",
        ] {
            let target = parse(&format!("postgres://user@{local}/x")).unwrap();
            assert!(!target.is_carelessly_plain(), "{local}");
        }
    }
}
