//! Addresses to listen on.

use std::{fmt, net::SocketAddr, str::FromStr};

use serde::Deserialize;

/// An address and a port, such as `127.0.0.1:8080`, `[::]:8080` or `localhost:8080`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ListenAddress(String);

/// The text is not an address and a port.
#[derive(Debug, thiserror::Error)]
#[error("must be an address and a port, such as 127.0.0.1:8080")]
pub struct BadListenAddress;

impl ListenAddress {
    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where a process on this machine reaches it: a listener on every address is on loopback, too.
    #[must_use]
    pub fn from_here(&self) -> String {
        match self.0.parse::<SocketAddr>() {
            Ok(SocketAddr::V4(address)) if address.ip().is_unspecified() => {
                format!("127.0.0.1:{}", address.port())
            }
            Ok(SocketAddr::V6(address)) if address.ip().is_unspecified() => {
                format!("[::1]:{}", address.port())
            }
            _ => self.0.clone(),
        }
    }
}

impl FromStr for ListenAddress {
    type Err = BadListenAddress;

    fn from_str(text: &str) -> Result<Self, BadListenAddress> {
        let is_name = |host: &str| {
            !host.is_empty()
                && host
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        };
        let named = text
            .rsplit_once(':')
            .is_some_and(|(host, port)| is_name(host) && port.parse::<u16>().is_ok());
        if named || text.parse::<SocketAddr>().is_ok() {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadListenAddress)
        }
    }
}

impl TryFrom<String> for ListenAddress {
    type Error = BadListenAddress;

    fn try_from(text: String) -> Result<Self, BadListenAddress> {
        text.parse()
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_a_port() {
        for good in [
            "127.0.0.1:8080",
            "0.0.0.0:0",
            "[::]:8080",
            "localhost:1",
            "my_host.lan:80",
        ] {
            assert_eq!(good.parse::<ListenAddress>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "localhost",
            "127.0.0.1",
            "8080",
            ":8080",
            "localhost:",
            "localhost:65536",
            "::1",
            "::1:80x",
            "http://localhost:80",
            "a b:80",
        ] {
            assert!(bad.parse::<ListenAddress>().is_err(), "{bad}");
        }
    }

    #[test]
    fn every_address_includes_this_machines_own() {
        let from_here = |text: &str| text.parse::<ListenAddress>().unwrap().from_here();
        assert_eq!(from_here("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(from_here("[::]:80"), "[::1]:80");
        assert_eq!(from_here("10.0.0.0:80"), "10.0.0.0:80");
        assert_eq!(from_here("localhost:80"), "localhost:80");
    }
}
