//! What a URL's text alone tells.

use std::net::IpAddr;

use url::{Host, Url};

use super::{Guard, Refusal};

/// Most bytes of a feed's URL.
pub(super) const MAX_URL: usize = 2048;

/// Domains that never belong to the public DNS (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`,
/// and what resolvers make of them).
const LOCAL_DOMAINS: &[&str] = &["localhost", "local", "localdomain", "internal", "home.arpa"];

impl Guard {
    /// Reads a URL that requests may be sent to: http or https, a host, perhaps a port, path and
    /// query; nothing else.
    ///
    /// A literal address is judged in whatever spelling it has. A name of the local network
    /// (`localhost`, `db.internal`, one without a dot) is refused, unless the operator opened a
    /// network: then it is left to the judgement of its addresses.
    ///
    /// # Errors
    /// The first [`Refusal`] that holds.
    pub fn judge_url(&self, text: &str) -> Result<Url, Refusal> {
        judge_text(text)?;
        // The reader forgives a lot (`http:///host`, `http:host`, a lone `@`), so what must not be
        // there is looked for before.
        let authority = authority(text).ok_or(Refusal::UrlScheme)?;
        if authority.contains('@') {
            return Err(Refusal::UrlUserinfo);
        }
        let url = Url::parse(text).map_err(|error| match error {
            url::ParseError::InvalidPort => Refusal::UrlPort,
            _ => Refusal::UrlInvalid,
        })?;
        if url.fragment().is_some() {
            return Err(Refusal::UrlFragment);
        }
        if url.port() == Some(0) {
            return Err(Refusal::UrlPort);
        }
        match url.host() {
            Some(Host::Ipv4(v4)) => self.judge_address(IpAddr::V4(v4))?,
            Some(Host::Ipv6(v6)) => self.judge_address(IpAddr::V6(v6))?,
            Some(Host::Domain(name)) => self.judge_name(name)?,
            None => return Err(Refusal::UrlInvalid),
        }
        Ok(url)
    }

    fn judge_name(&self, name: &str) -> Result<(), Refusal> {
        let fits =
            name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()));
        if !fits {
            return Err(Refusal::UrlHost);
        }
        let is_local = !name.contains('.')
            || LOCAL_DOMAINS.iter().any(|domain| {
                name.strip_suffix(domain)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            });
        if is_local && self.allow.is_empty() {
            Err(Refusal::NameNotPublic)
        } else {
            Ok(())
        }
    }
}

/// Refuses what the reader would silently drop (tabs, line breaks, outer space) or turn into
/// something else (backslashes).
fn judge_text(text: &str) -> Result<(), Refusal> {
    if text.len() > MAX_URL {
        return Err(Refusal::UrlTooLong);
    }
    if text
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return Err(Refusal::UrlCharacters);
    }
    Ok(())
}

/// What stands between `http://` or `https://` and the path; `None` when it is another scheme or
/// empty.
fn authority(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let authority = rest.split(['/', '?', '#']).next()?;
    (known && !authority.is_empty()).then_some(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(text: &str) -> Result<String, Refusal> {
        Guard::default().judge_url(text).map(|url| url.to_string())
    }

    #[test]
    fn ordinary_urls_pass_unchanged() {
        for text in [
            "https://hooks.example.org/in/abc?x=1&y=%20",
            "http://example.org:8080/",
            "https://example.org:1/",
            "https://example.org:65535/",
            "https://8.8.8.8/hook",
            "https://[2606:4700:4700::1111]:8443/",
            "https://my_host.example.org/",
            "https://example.org/a@b?c=d@e",
            "https://example.org/?u=http://127.0.0.1/",
            "https://mylocal/"
                .replace("mylocal", "notlocalhost.example")
                .as_str(),
            "https://internal.example.com/",
            "https://xn--mnchen-3ya.example/",
        ] {
            assert_eq!(judge(text), Ok(text.to_owned()));
        }
        assert_eq!(
            judge("HTTPS://EXAMPLE.org"),
            Ok("https://example.org/".to_owned())
        );
        assert_eq!(
            judge("https://münchen.example/ü"),
            Ok("https://xn--mnchen-3ya.example/%C3%BC".to_owned())
        );
    }

    #[test]
    fn other_schemes_and_half_urls_are_refused() {
        for text in [
            "",
            "example.org",
            "//example.org/",
            "/path",
            "file:///etc/passwd",
            "gopher://example.org/",
            "ftp://example.org/",
            "ws://example.org/",
            "data:text/plain,x",
            "unix:///run/docker.sock",
            "jar:http://example.org!/",
            "javascript:alert(1)",
            "http:example.org",
            "http:/example.org",
            "http:///example.org",
            "http://",
            "https://",
            "https://?x",
            "https://#x",
            "http+unix://x/",
            "view-source:http://example.org/",
            "httpx://example.org/",
        ] {
            assert_eq!(judge(text), Err(Refusal::UrlScheme), "{text}");
        }
    }

    #[test]
    fn parts_that_mislead_are_refused() {
        for (text, refusal) in [
            ("https://user@example.org/", Refusal::UrlUserinfo),
            ("https://user:pass@example.org/", Refusal::UrlUserinfo),
            ("https://@example.org/", Refusal::UrlUserinfo),
            ("https://:@example.org/", Refusal::UrlUserinfo),
            ("https://example.org@127.0.0.1/", Refusal::UrlUserinfo),
            ("https://a@b@example.org/", Refusal::UrlUserinfo),
            ("https://example.org%40127.0.0.1/", Refusal::UrlInvalid),
            ("https://example.org/#top", Refusal::UrlFragment),
            ("https://example.org/#", Refusal::UrlFragment),
            ("https://example.org#@127.0.0.1/", Refusal::UrlFragment),
            ("https://example.org:0/", Refusal::UrlPort),
            ("https://example.org:65536/", Refusal::UrlPort),
            ("https://example.org:99999999999/", Refusal::UrlPort),
            ("https://example.org:-1/", Refusal::UrlPort),
            ("https://example.org:8o/", Refusal::UrlPort),
            (" https://example.org/", Refusal::UrlCharacters),
            ("https://example.org/ ", Refusal::UrlCharacters),
            ("https://exa\tmple.org/", Refusal::UrlCharacters),
            ("https://example.org/\r\nHost: x", Refusal::UrlCharacters),
            ("ht\ntps://example.org/", Refusal::UrlCharacters),
            ("https://example.org/\u{0}", Refusal::UrlCharacters),
            ("https://example.org/\u{7f}", Refusal::UrlCharacters),
            ("https://example.org\u{2028}/", Refusal::UrlCharacters),
            ("https://example.org/\u{a0}", Refusal::UrlCharacters),
            ("https:\\\\example.org/", Refusal::UrlCharacters),
            ("https://example.org\\@127.0.0.1/", Refusal::UrlCharacters),
            ("https://exa mple.org/", Refusal::UrlCharacters),
            ("https://exa<mple.org/", Refusal::UrlInvalid),
            ("https://[fe80::1%25eth0]/", Refusal::UrlInvalid),
            ("https://[::1/", Refusal::UrlInvalid),
            ("https://xn--a/", Refusal::UrlInvalid),
            ("https://1.2.3.4.5/", Refusal::UrlInvalid),
            ("https://256.1.1.1/", Refusal::UrlInvalid),
            ("https://example.org./", Refusal::UrlHost),
            ("https://a..example.org/", Refusal::UrlHost),
        ] {
            assert_eq!(judge(text), Err(refusal), "{text:?}");
        }
        let long = |n: usize| format!("https://example.org/{}", "a".repeat(n - 20));
        assert!(judge(&long(MAX_URL)).is_ok());
        assert_eq!(judge(&long(MAX_URL + 1)), Err(Refusal::UrlTooLong));
        assert_eq!(
            judge(&format!("https://{}.example/", "a".repeat(64))),
            Err(Refusal::UrlHost)
        );
        assert_eq!(
            judge(&format!("https://{}example/", "abcdefg.".repeat(32))),
            Err(Refusal::UrlHost)
        );
    }

    #[test]
    fn literal_addresses_are_judged_in_every_spelling() {
        for host in [
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7F.1",
            "0177.0.0.1",
            "0177.0x0.0.1",
            "017700000001",
            "0",
            "0.0.0.0",
            "127.0.0.1.",
            "１２７.０.０.１",
            "①②⑦.⓪.⓪.①",
            "127。0。0。1",
            "127．0．0．1",
            "%31%32%37.0.0.1",
            "127.0.0.%31",
            "%30x7f.1",
            "10.0.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0xa9fea9fe",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[0:0:0:0:0:ffff:7f00:0001]",
            "[64:ff9b::7f00:1]",
            "[::127.0.0.1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[2002:7f00:1::]",
            "168.63.129.16",
            "203.0.113.7",
            "00000127.0.0.1".trim_start_matches("00000"),
        ] {
            assert_eq!(
                judge(&format!("http://{host}/")),
                Err(Refusal::AddressNotPublic),
                "{host}"
            );
            assert_eq!(
                judge(&format!("https://{host}:8080/x?y")),
                Err(Refusal::AddressNotPublic),
                "{host}"
            );
        }
    }

    #[test]
    fn names_of_the_local_network_are_refused_until_a_network_is_opened() {
        let open = Guard::new(vec!["127.0.0.0/8".parse().unwrap()]);
        for host in [
            "localhost",
            "LOCALHOST",
            "ｌｏｃａｌｈｏｓｔ",
            "a.localhost",
            "printer.local",
            "metadata.google.internal",
            "x.internal",
            "localhost.localdomain",
            "router.home.arpa",
            "postgres",
            "rabbitmq",
            "receiver",
            "db.svc.cluster.local",
            "internal",
        ] {
            let url = format!("http://{host}:9000/");
            assert_eq!(judge(&url), Err(Refusal::NameNotPublic), "{host}");
            assert!(open.judge_url(&url).is_ok(), "{host}");
        }
        assert!(open.judge_url("http://127.0.0.1:9000/").is_ok());
        assert!(open.judge_url("http://[::ffff:127.0.0.1]:9000/").is_ok());
        assert_eq!(
            open.judge_url("http://[::1]:9000/").unwrap_err(),
            Refusal::AddressNotPublic
        );
        assert_eq!(
            open.judge_url("http://10.0.0.1/").unwrap_err(),
            Refusal::AddressNotPublic
        );
        assert_eq!(
            open.judge_url("http://localhost./").unwrap_err(),
            Refusal::UrlHost
        );
        assert_eq!(
            open.judge_url("http://a@localhost/").unwrap_err(),
            Refusal::UrlUserinfo
        );
    }

    #[test]
    fn a_refusal_tells_the_remedy_and_no_address() {
        for refusal in [Refusal::NameNotPublic, Refusal::AddressNotPublic] {
            assert!(refusal.to_string().contains("delivery.allow_networks"));
        }
        let text = Guard::default()
            .judge_url("http://10.1.2.3/")
            .unwrap_err()
            .to_string();
        assert!(!text.contains("10.1"));
    }
}
