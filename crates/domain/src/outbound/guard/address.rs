//! Which addresses belong to the public internet (IANA special-purpose address registries, RFC
//! 6890, and by hand what they lack).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 networks that are not public: first address and prefix length.
const V4_NOT_PUBLIC: &[([u8; 4], u32)] = &[
    ([0, 0, 0, 0], 8),        // this network, RFC 791
    ([10, 0, 0, 0], 8),       // private, RFC 1918
    ([100, 64, 0, 0], 10),    // carrier-grade NAT, RFC 6598; Alibaba's metadata 100.100.100.200
    ([127, 0, 0, 0], 8),      // loopback, RFC 1122
    ([168, 63, 129, 16], 32), // Azure's metadata and DNS, in a public range
    ([169, 254, 0, 0], 16),   // link-local, RFC 3927; metadata 169.254.169.254, .170.2, .169.123
    ([172, 16, 0, 0], 12),    // private, RFC 1918
    ([192, 0, 0, 0], 24),     // protocol assignments, RFC 6890; Oracle's metadata 192.0.0.192
    ([192, 0, 2, 0], 24),     // documentation, RFC 5737
    ([192, 88, 99, 0], 24),   // 6to4 relays, RFC 7526
    ([192, 168, 0, 0], 16),   // private, RFC 1918
    ([198, 18, 0, 0], 15),    // benchmarks, RFC 2544
    ([198, 51, 100, 0], 24),  // documentation, RFC 5737
    ([203, 0, 113, 0], 24),   // documentation, RFC 5737
    ([224, 0, 0, 0], 4),      // multicast, RFC 5771
    ([240, 0, 0, 0], 4),      // reserved and broadcast, RFC 1112, RFC 919
];

/// IPv6 networks inside 2000::/3 that are not public: the leading segments and the prefix length.
/// Everything outside 2000::/3 is refused as a whole: ::, ::1, IPv4-compatible, SIIT
/// `::ffff:0:a.b.c.d`, 64:ff9b:1::/48, 100::/64, 5f00::/16, fc00::/7 (with the metadata address
/// fd00:ec2::254), fe80::/10, fec0::/10, ff00::/8.
const V6_NOT_PUBLIC: &[([u16; 3], u32)] = &[
    ([0x2001, 0, 0], 23), // protocol assignments, RFC 2928: Teredo, ORCHID, benchmarks
    ([0x2001, 0xdb8, 0], 32), // documentation, RFC 3849
    ([0x2002, 0, 0], 16), // 6to4, RFC 7526: withdrawn, and it carries an IPv4 address
    ([0x3fff, 0, 0], 20), // documentation, RFC 9637
];

/// Whether the address can be a host of the public internet. IPv6 forms that carry an IPv4 address
/// and can lead to it are judged by that address (NAT64's 64:ff9b::/96, ISATAP); those of withdrawn
/// tunnels (6to4, Teredo, IPv4-compatible) never are.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped().or_else(|| nat64(v6)) {
            Some(embedded) => is_public_v4(embedded),
            None => is_public_v6(v6),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !V4_NOT_PUBLIC
        .iter()
        .any(|(first, prefix)| bits >> (32 - prefix) == u32::from_be_bytes(*first) >> (32 - prefix))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let global_unicast = bits >> 125 == 0b001;
    let special = V6_NOT_PUBLIC.iter().any(|([a, b, c], prefix)| {
        let first = Ipv6Addr::new(*a, *b, *c, 0, 0, 0, 0, 0).to_bits();
        bits >> (128 - prefix) == first >> (128 - prefix)
    });
    global_unicast && !special && isatap(address).is_none_or(is_public_v4)
}

/// The IPv4 address in NAT64's well-known prefix 64:ff9b::/96 (RFC 6052).
fn nat64(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = address.to_bits();
    (bits >> 32 == 0x0064_ff9b << 64).then(|| low_v4(bits))
}

/// The IPv4 address in an ISATAP interface identifier, `…:0:5efe:a.b.c.d` or `…:200:5efe:a.b.c.d`
/// (RFC 5214).
fn isatap(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = address.to_bits();
    let marker = (bits >> 32) & 0xffff_ffff;
    matches!(marker, 0x0000_5efe | 0x0200_5efe).then(|| low_v4(bits))
}

fn low_v4(bits: u128) -> Ipv4Addr {
    let [.., a, b, c, d] = bits.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests;
