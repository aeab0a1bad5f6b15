//! Where a request may go: the judgement of addresses and URLs, without the network.
//!
//! The guarded client resolves a name itself and lets [`Guard::judge_address`] judge every address
//! before it connects. What can be told from the text alone is judged by [`Guard::judge_url`] when
//! a URL is saved, and again before each attempt.

mod address;
mod url;

use std::net::IpAddr;

use ipnet::IpNet;

/// What the operator lets requests reach beyond the public internet (`delivery.allow_networks`).
#[derive(Debug, Clone, Default)]
pub struct Guard {
    allow: Vec<IpNet>,
}

/// Why a request may not go there. Never names an address that a name resolved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetRefusal {
    #[error("The URL is longer than {} bytes.", url::MAX_URL)]
    UrlTooLong,
    #[error(
        "The URL must not contain spaces, control characters or backslashes; encode them as %XX."
    )]
    UrlCharacters,
    #[error("The URL must begin with http:// or https:// and a host.")]
    UrlScheme,
    #[error("The URL cannot be read; check its host and port.")]
    UrlInvalid,
    #[error(
        "The URL must not carry a user name or password; send them as basic_auth, which is stored encrypted."
    )]
    UrlUserinfo,
    #[error("The URL must not have a fragment (#…): it would never be sent.")]
    UrlFragment,
    #[error("The URL's port must be between 1 and 65535.")]
    UrlPort,
    #[error(
        "The URL's host is not a DNS name: at most 253 characters, 63 between dots, no dot at the end."
    )]
    UrlHost,
    #[error(
        "The URL's host is a name of the local network. If it is meant to be reached, the operator opens its network with \
         delivery.allow_networks."
    )]
    NameNotPublic,
    #[error(
        "The host is not a public address (it is loopback, private, link-local, reserved or the like). If it is meant to be \
         reached, the operator opens its network with delivery.allow_networks."
    )]
    AddressNotPublic,
}

impl TargetRefusal {
    /// Stable, snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UrlTooLong => "url_too_long",
            Self::UrlCharacters => "url_characters",
            Self::UrlScheme => "url_scheme",
            Self::UrlInvalid => "url_invalid",
            Self::UrlUserinfo => "url_userinfo",
            Self::UrlFragment => "url_fragment",
            Self::UrlPort => "url_port",
            Self::UrlHost => "url_host",
            Self::NameNotPublic => "name_not_public",
            Self::AddressNotPublic => "address_not_public",
        }
    }
}

impl Guard {
    /// A guard that opens these networks beside the public internet.
    pub fn new(allow: Vec<IpNet>) -> Self {
        Self { allow }
    }

    /// Whether a connection to the address may be made: it is public, or in a network that the
    /// operator opened.
    ///
    /// An opened IPv4 network opens its IPv4-mapped IPv6 form (`::ffff:a.b.c.d`, the same socket),
    /// and nothing else.
    ///
    /// # Errors
    /// [`TargetRefusal::AddressNotPublic`].
    pub fn judge_address(&self, address: IpAddr) -> Result<(), TargetRefusal> {
        let address = address.to_canonical();
        if address::is_public(address)
            || self.allow.iter().any(|network| network.contains(&address))
        {
            Ok(())
        } else {
            Err(TargetRefusal::AddressNotPublic)
        }
    }
}
