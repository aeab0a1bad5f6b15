//! Where a request comes from, through the proxies that the operator trusts.

use std::net::IpAddr;

use actix_web::HttpRequest;
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of the client. What `X-Forwarded-For` says counts only as far as trusted proxies
/// wrote it: it is read from its end, and the first address that is no trusted proxy's is the
/// client's.
pub(crate) fn source_address(request: &HttpRequest, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let headers = request
        .headers()
        .get_all(FORWARDED_FOR)
        .filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = headers.flat_map(|value| value.split(',')).collect();
    Some(client(peer, &hops, trusted))
}

fn client(peer: IpAddr, hops: &[&str], trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut nearest = peer;
    for hop in hops.iter().rev() {
        if !is_trusted(&nearest) {
            break;
        }
        // What cannot be read was not written by a proxy that does its job: nothing before it can
        // be believed.
        let Some(address) = address(hop) else { break };
        nearest = address;
    }
    nearest
}

/// An address, perhaps in brackets, perhaps with a port.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim().trim_matches('"');
    let plain = hop.parse().or_else(|_| {
        hop.parse::<std::net::SocketAddr>()
            .map(|address| address.ip())
    });
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    plain
        .ok()
        .or_else(bracketed)
        .map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarded_addresses_count_as_far_as_proxies_are_trusted() {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "::1/128"]
            .iter()
            .map(|net| net.parse().unwrap())
            .collect();
        for (peer, hops, found) in [
            ("203.0.113.7", vec!["198.51.100.1"], "203.0.113.7"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.1"], "198.51.100.1"),
            (
                "10.0.0.1",
                vec!["6.6.6.6", " 198.51.100.1", "10.0.0.2 "],
                "198.51.100.1",
            ),
            (
                "10.0.0.1",
                vec!["6.6.6.6", "nonsense", "10.0.0.2"],
                "10.0.0.2",
            ),
            ("10.0.0.1", vec!["10.0.0.3", "10.0.0.2"], "10.0.0.3"),
            ("::1", vec!["[2001:db8::7]:443"], "2001:db8::7"),
            ("::1", vec!["::ffff:198.51.100.1"], "198.51.100.1"),
            ("::1", vec!["198.51.100.1:8080"], "198.51.100.1"),
        ] {
            assert_eq!(
                client(peer.parse().unwrap(), &hops, &trusted),
                found.parse::<IpAddr>().unwrap(),
                "{peer} {hops:?}"
            );
        }
    }
}
