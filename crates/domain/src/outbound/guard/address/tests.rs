use super::super::{Guard, TargetRefusal};

fn judge(allow: &[&str], address: &str) -> Result<(), TargetRefusal> {
    let guard = Guard::new(allow.iter().map(|net| net.parse().unwrap()).collect());
    guard.judge_address(address.parse().unwrap())
}

#[test]
fn the_edges_of_every_ipv4_range() {
    // Last address outside, first inside, last inside, first outside.
    for (before, first, last, after) in [
        ("", "0.0.0.0", "0.255.255.255", "1.0.0.0"),
        ("9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"),
        (
            "100.63.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "100.128.0.0",
        ),
        (
            "126.255.255.255",
            "127.0.0.0",
            "127.255.255.255",
            "128.0.0.0",
        ),
        (
            "168.63.129.15",
            "168.63.129.16",
            "168.63.129.16",
            "168.63.129.17",
        ),
        (
            "169.253.255.255",
            "169.254.0.0",
            "169.254.255.255",
            "169.255.0.0",
        ),
        (
            "172.15.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "172.32.0.0",
        ),
        ("191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"),
        ("192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"),
        (
            "192.88.98.255",
            "192.88.99.0",
            "192.88.99.255",
            "192.88.100.0",
        ),
        (
            "192.167.255.255",
            "192.168.0.0",
            "192.168.255.255",
            "192.169.0.0",
        ),
        (
            "198.17.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.20.0.0",
        ),
        (
            "198.51.99.255",
            "198.51.100.0",
            "198.51.100.255",
            "198.51.101.0",
        ),
        (
            "203.0.112.255",
            "203.0.113.0",
            "203.0.113.255",
            "203.0.114.0",
        ),
        ("223.255.255.255", "224.0.0.0", "255.255.255.255", ""),
    ] {
        for inside in [first, last] {
            for spelling in [
                inside.to_owned(),
                format!("::ffff:{inside}"),
                format!("64:ff9b::{inside}"),
            ] {
                assert_eq!(
                    judge(&[], &spelling),
                    Err(TargetRefusal::AddressNotPublic),
                    "{spelling}"
                );
            }
        }
        for outside in [before, after]
            .into_iter()
            .filter(|address| !address.is_empty())
        {
            for spelling in [
                outside.to_owned(),
                format!("::ffff:{outside}"),
                format!("64:ff9b::{outside}"),
            ] {
                assert_eq!(judge(&[], &spelling), Ok(()), "{spelling}");
            }
        }
    }
}

#[test]
fn metadata_services_are_refused_by_every_name() {
    for address in [
        "169.254.169.254",
        "169.254.170.2",
        "169.254.169.123",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "fd00:ec2::254",
        "fd20:ce::254",
        "fe80::a9fe:a9fe",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
    ] {
        assert_eq!(
            judge(&[], address),
            Err(TargetRefusal::AddressNotPublic),
            "{address}"
        );
    }
}

#[test]
fn ipv6_is_public_only_where_it_is_assigned_to_hosts() {
    for address in [
        "2606:4700:4700::1111",
        "2001:4860:4860::8888",
        "2a00:1450:4001:81b::200e",
        "2001:200::1",
        "3ffe:ffff::1",
    ] {
        assert_eq!(judge(&[], address), Ok(()), "{address}");
    }
    for address in [
        "::",
        "::1",
        "::2",
        "::7f00:1",
        "::8.8.8.8",
        "::ffff:0:8.8.8.8",
        "::ffff:0:127.0.0.1",
        "64:ff9b:1::1",
        "100::1",
        "100:0:0:1::1",
        "1fff:ffff::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:1ff:ffff::1",
        "2001:db8::1",
        "2001:db8:ffff::1",
        "2002:7f00:1::1",
        "2002:808:808::1",
        "3fff::1",
        "3fff:fff:ffff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "2606:4700::5efe:10.0.0.1",
        "2606:4700::200:5efe:127.0.0.1",
        "fe80::5efe:8.8.8.8",
    ] {
        assert_eq!(
            judge(&[], address),
            Err(TargetRefusal::AddressNotPublic),
            "{address}"
        );
    }
    assert_eq!(judge(&[], "2606:4700::5efe:8.8.8.8"), Ok(()));
}

#[test]
fn an_opened_network_opens_itself_and_its_mapped_form_only() {
    let allow = &["10.1.0.0/16", "fd00:1::/32"];
    for address in [
        "10.1.0.0",
        "10.1.255.255",
        "::ffff:10.1.2.3",
        "::ffff:a01:203",
        "fd00:1::5",
        "8.8.8.8",
    ] {
        assert_eq!(judge(allow, address), Ok(()), "{address}");
    }
    for address in [
        "10.0.255.255",
        "10.2.0.0",
        "127.0.0.1",
        "::10.1.2.3",
        "64:ff9b::10.1.2.3",
        "2002:a01:203::1",
        "::ffff:0:10.1.2.3",
        "2606:4700::5efe:10.1.2.3",
        "fd00:2::5",
        "::1",
    ] {
        assert_eq!(
            judge(allow, address),
            Err(TargetRefusal::AddressNotPublic),
            "{address}"
        );
    }
    assert_eq!(judge(&["::1/128"], "::1"), Ok(()));
    assert_eq!(
        judge(&["::1/128"], "127.0.0.1"),
        Err(TargetRefusal::AddressNotPublic)
    );
}

#[test]
fn most_of_the_address_space_agrees_with_the_standard_library() {
    // An independent opinion on every /16 of IPv4, for the classes that the library knows.
    for high in 0..=u16::MAX {
        let v4 = std::net::Ipv4Addr::from_bits(u32::from(high) << 16 | 0x0101);
        let known = v4.is_private()
            || v4.is_loopback()
            || v4.is_link_local()
            || v4.is_multicast()
            || v4.is_broadcast();
        assert!(!(known && super::is_public_v4(v4)), "{v4}");
    }
    // Every /16 of IPv6 outside 2000::/3 is refused.
    for high in 0..=u16::MAX {
        let v6 = std::net::Ipv6Addr::new(high, 1, 2, 3, 4, 5, 6, 7);
        assert_eq!(
            super::is_public_v6(v6),
            high >> 13 == 1 && ![0x2001, 0x2002, 0x3fff].contains(&high),
            "{v6}"
        );
    }
}
