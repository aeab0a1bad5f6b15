use super::*;

fn judge(text: &str) -> Result<String, TargetRefusal> {
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
        assert_eq!(judge(text), Err(TargetRefusal::UrlScheme), "{text}");
    }
}

#[test]
fn parts_that_mislead_are_refused() {
    for (text, refusal) in [
        ("https://user@example.org/", TargetRefusal::UrlUserinfo),
        ("https://user:pass@example.org/", TargetRefusal::UrlUserinfo),
        ("https://@example.org/", TargetRefusal::UrlUserinfo),
        ("https://:@example.org/", TargetRefusal::UrlUserinfo),
        ("https://example.org@127.0.0.1/", TargetRefusal::UrlUserinfo),
        ("https://a@b@example.org/", TargetRefusal::UrlUserinfo),
        (
            "https://example.org%40127.0.0.1/",
            TargetRefusal::UrlInvalid,
        ),
        ("https://example.org/#top", TargetRefusal::UrlFragment),
        ("https://example.org/#", TargetRefusal::UrlFragment),
        (
            "https://example.org#@127.0.0.1/",
            TargetRefusal::UrlFragment,
        ),
        ("https://example.org:0/", TargetRefusal::UrlPort),
        ("https://example.org:65536/", TargetRefusal::UrlPort),
        ("https://example.org:99999999999/", TargetRefusal::UrlPort),
        ("https://example.org:-1/", TargetRefusal::UrlPort),
        ("https://example.org:8o/", TargetRefusal::UrlPort),
        (" https://example.org/", TargetRefusal::UrlCharacters),
        ("https://example.org/ ", TargetRefusal::UrlCharacters),
        ("https://exa\tmple.org/", TargetRefusal::UrlCharacters),
        (
            "https://example.org/\r\nHost: x",
            TargetRefusal::UrlCharacters,
        ),
        ("ht\ntps://example.org/", TargetRefusal::UrlCharacters),
        ("https://example.org/\u{0}", TargetRefusal::UrlCharacters),
        ("https://example.org/\u{7f}", TargetRefusal::UrlCharacters),
        ("https://example.org\u{2028}/", TargetRefusal::UrlCharacters),
        ("https://example.org/\u{a0}", TargetRefusal::UrlCharacters),
        ("https:\\\\example.org/", TargetRefusal::UrlCharacters),
        (
            "https://example.org\\@127.0.0.1/",
            TargetRefusal::UrlCharacters,
        ),
        ("https://exa mple.org/", TargetRefusal::UrlCharacters),
        ("https://exa<mple.org/", TargetRefusal::UrlInvalid),
        ("https://[fe80::1%25eth0]/", TargetRefusal::UrlInvalid),
        ("https://[::1/", TargetRefusal::UrlInvalid),
        ("https://xn--a/", TargetRefusal::UrlInvalid),
        ("https://1.2.3.4.5/", TargetRefusal::UrlInvalid),
        ("https://256.1.1.1/", TargetRefusal::UrlInvalid),
        ("https://example.org./", TargetRefusal::UrlHost),
        ("https://a..example.org/", TargetRefusal::UrlHost),
    ] {
        assert_eq!(judge(text), Err(refusal), "{text:?}");
    }
    let long = |n: usize| format!("https://example.org/{}", "a".repeat(n - 20));
    assert!(judge(&long(MAX_URL)).is_ok());
    assert_eq!(judge(&long(MAX_URL + 1)), Err(TargetRefusal::UrlTooLong));
    assert_eq!(
        judge(&format!("https://{}.example/", "a".repeat(64))),
        Err(TargetRefusal::UrlHost)
    );
    assert_eq!(
        judge(&format!("https://{}example/", "abcdefg.".repeat(32))),
        Err(TargetRefusal::UrlHost)
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
            Err(TargetRefusal::AddressNotPublic),
            "{host}"
        );
        assert_eq!(
            judge(&format!("https://{host}:8080/x?y")),
            Err(TargetRefusal::AddressNotPublic),
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
        assert_eq!(judge(&url), Err(TargetRefusal::NameNotPublic), "{host}");
        assert!(open.judge_url(&url).is_ok(), "{host}");
    }
    assert!(open.judge_url("http://127.0.0.1:9000/").is_ok());
    assert!(open.judge_url("http://[::ffff:127.0.0.1]:9000/").is_ok());
    assert_eq!(
        open.judge_url("http://[::1]:9000/").unwrap_err(),
        TargetRefusal::AddressNotPublic
    );
    assert_eq!(
        open.judge_url("http://10.0.0.1/").unwrap_err(),
        TargetRefusal::AddressNotPublic
    );
    assert_eq!(
        open.judge_url("http://localhost./").unwrap_err(),
        TargetRefusal::UrlHost
    );
    assert_eq!(
        open.judge_url("http://a@localhost/").unwrap_err(),
        TargetRefusal::UrlUserinfo
    );
}

#[test]
fn a_refusal_tells_the_remedy_and_no_address() {
    for refusal in [
        TargetRefusal::NameNotPublic,
        TargetRefusal::AddressNotPublic,
    ] {
        assert!(refusal.to_string().contains("delivery.allow_networks"));
    }
    let text = Guard::default()
        .judge_url("http://10.1.2.3/")
        .unwrap_err()
        .to_string();
    assert!(!text.contains("10.1"));
}
