//! Origins of web pages.

use std::str::FromStr;

use url::Url;

/// An origin that may call the API from a browser, exactly as browsers send it, or `*` for any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsOrigin(String);

/// No browser sends such an origin, so it would allow nobody.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadOrigin {
    #[error("must be an origin, such as https://app.example.org")]
    NoOrigin,
    #[error("must be written as browsers send it: {0}")]
    Spelling(String),
}

impl CorsOrigin {
    /// Whether every origin is meant.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.0 == "*"
    }

    /// As in the `Origin` header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CorsOrigin {
    type Err = BadOrigin;

    fn from_str(text: &str) -> Result<Self, BadOrigin> {
        if text == "*" {
            return Ok(Self(text.to_owned()));
        }
        let url = Url::parse(text).map_err(|_| BadOrigin::NoOrigin)?;
        if matches!(url.scheme(), "http" | "https") {
            let origin = url.origin().ascii_serialization();
            if origin == text {
                return Ok(Self(origin));
            }
            return Err(BadOrigin::Spelling(origin));
        }
        // Pages of an app's own scheme, such as capacitor://localhost.
        let is_bare = url.has_host() && url.as_str() == text && url.path().is_empty();
        if is_bare && url.query().is_none() && url.fragment().is_none() {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadOrigin::NoOrigin)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_send() {
        for good in [
            "*",
            "https://app.example.org",
            "http://localhost:3000",
            "http://[::1]:3000",
            "capacitor://localhost",
            "tauri://localhost",
        ] {
            assert_eq!(good.parse::<CorsOrigin>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "null",
            "app.example.org",
            "https://",
            "https://app/x?y",
            "capacitor://localhost/x",
            "mailto:a@b.org",
        ] {
            assert!(bad.parse::<CorsOrigin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_right_spelling_is_told() {
        for (text, origin) in [
            ("https://app/", "https://app"),
            ("https://app:443", "https://app"),
            ("HTTPS://App.example.org/page", "https://app.example.org"),
        ] {
            let error = text.parse::<CorsOrigin>().unwrap_err();
            assert_eq!(error, BadOrigin::Spelling(origin.into()), "{text}");
        }
    }
}
