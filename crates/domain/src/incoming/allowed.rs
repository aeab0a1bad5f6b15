//! From where calls may come.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::Invalid;

/// Most entries of an allow list.
const MAX_ENTRIES: usize = 100;

/// Checks an allow list and writes its entries in one way: single addresses as such, networks with
/// their host bits cleared.
///
/// # Errors
/// `invalid_address` for each entry that is neither, `too_many`.
pub(super) fn check(entries: &mut [String]) -> Result<(), Invalid> {
    let mut invalid = Invalid::default();
    if entries.len() > MAX_ENTRIES {
        invalid.push(
            "/allowed_ips",
            "too_many",
            format!("At most {MAX_ENTRIES} addresses and networks."),
        );
    }
    for (i, entry) in entries.iter_mut().enumerate() {
        match network(entry) {
            Some(network) if network.prefix_len() == network.max_prefix_len() => {
                *entry = network.addr().to_string()
            }
            Some(network) => *entry = network.trunc().to_string(),
            None => invalid.push(
                format!("/allowed_ips/{i}"),
                "invalid_address",
                "Use an IP address such as 203.0.113.7, or a network such as 203.0.113.0/24.",
            ),
        }
    }
    invalid.or(())
}

/// Whether a call may come from an address. An empty list allows all; an unknown address is in no
/// list.
pub fn is_allowed_address(entries: &[String], source: Option<IpAddr>) -> bool {
    let is_in = |source: IpAddr| {
        entries
            .iter()
            .filter_map(|entry| network(entry))
            .any(|network| network.contains(&source))
    };
    entries.is_empty() || source.is_some_and(|source| is_in(source.to_canonical()))
}

/// An IPv4 address that is written as IPv6 is the IPv4 address.
fn network(entry: &str) -> Option<IpNet> {
    let entry = entry.trim();
    let single = entry
        .parse::<IpAddr>()
        .map(|address| IpNet::from(address.to_canonical()));
    single.ok().or_else(|| entry.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> Vec<String> {
        entries.iter().map(|entry| (*entry).to_owned()).collect()
    }

    #[test]
    fn entries_are_written_in_one_way_or_named() {
        let mut entries = list(&[
            " 203.0.113.7",
            "203.0.113.9/24",
            "2001:DB8::1/128",
            "::ffff:198.51.100.1",
        ]);
        check(&mut entries).unwrap();
        assert_eq!(
            entries,
            [
                "203.0.113.7",
                "203.0.113.0/24",
                "2001:db8::1",
                "198.51.100.1"
            ]
        );
        let wrong = check(&mut list(&[
            "203.0.113.7",
            "example.org",
            "203.0.113.0/33",
            "",
        ]))
        .unwrap_err();
        let pointers: Vec<_> = wrong.0.into_iter().map(|error| error.pointer).collect();
        assert_eq!(
            pointers,
            ["/allowed_ips/1", "/allowed_ips/2", "/allowed_ips/3"]
        );
    }

    #[test]
    fn only_what_is_listed_may_call() {
        let entries = list(&["203.0.113.7", "2001:db8::/32"]);
        let allowed = |source: &str| is_allowed_address(&entries, Some(source.parse().unwrap()));
        assert!(
            allowed("203.0.113.7") && allowed("::ffff:203.0.113.7") && allowed("2001:db8:1::1")
        );
        assert!(!allowed("203.0.113.8") && !allowed("2001:db9::1"));
        assert!(!is_allowed_address(&entries, None) && is_allowed_address(&[], None));
    }
}
