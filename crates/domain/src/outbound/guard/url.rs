//! What a URL's text alone tells.

use std::net::IpAddr;

use url::{Host, Url};

use super::{Guard, TargetRefusal};

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
    /// The first [`TargetRefusal`] that holds.
    pub fn judge_url(&self, text: &str) -> Result<Url, TargetRefusal> {
        judge_text(text)?;
        // The reader forgives a lot (`http:///host`, `http:host`, a lone `@`), so what must not be
        // there is looked for before.
        let authority = authority(text).ok_or(TargetRefusal::UrlScheme)?;
        if authority.contains('@') {
            return Err(TargetRefusal::UrlUserinfo);
        }
        let url = Url::parse(text).map_err(|error| match error {
            url::ParseError::InvalidPort => TargetRefusal::UrlPort,
            _ => TargetRefusal::UrlInvalid,
        })?;
        if url.fragment().is_some() {
            return Err(TargetRefusal::UrlFragment);
        }
        if url.port() == Some(0) {
            return Err(TargetRefusal::UrlPort);
        }
        match url.host() {
            Some(Host::Ipv4(v4)) => self.judge_address(IpAddr::V4(v4))?,
            Some(Host::Ipv6(v6)) => self.judge_address(IpAddr::V6(v6))?,
            Some(Host::Domain(name)) => self.judge_name(name)?,
            None => return Err(TargetRefusal::UrlInvalid),
        }
        Ok(url)
    }

    fn judge_name(&self, name: &str) -> Result<(), TargetRefusal> {
        let fits =
            name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()));
        if !fits {
            return Err(TargetRefusal::UrlHost);
        }
        let is_local = !name.contains('.')
            || LOCAL_DOMAINS.iter().any(|domain| {
                name.strip_suffix(domain)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            });
        if is_local && self.allow.is_empty() {
            Err(TargetRefusal::NameNotPublic)
        } else {
            Ok(())
        }
    }
}

/// Refuses what the reader would silently drop (tabs, line breaks, outer space) or turn into
/// something else (backslashes).
fn judge_text(text: &str) -> Result<(), TargetRefusal> {
    if text.len() > MAX_URL {
        return Err(TargetRefusal::UrlTooLong);
    }
    if text
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return Err(TargetRefusal::UrlCharacters);
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
mod tests;
