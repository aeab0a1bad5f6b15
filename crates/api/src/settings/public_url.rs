//! How URLs that point to the API begin.

use std::{fmt, str::FromStr};

use serde::Deserialize;
use url::Url;

/// An http or https URL without a query, a fragment and a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl(String);

/// The text is not such a URL.
#[derive(Debug, thiserror::Error)]
#[error("must be an http or https URL without query and fragment")]
pub struct BadPublicUrl;

impl PublicUrl {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicUrl {
    type Err = BadPublicUrl;

    fn from_str(text: &str) -> Result<Self, BadPublicUrl> {
        let url = Url::parse(text).map_err(|_| BadPublicUrl)?;
        if matches!(url.scheme(), "http" | "https")
            && url.query().is_none()
            && url.fragment().is_none()
        {
            Ok(Self(text.trim_end_matches('/').to_owned()))
        } else {
            Err(BadPublicUrl)
        }
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = BadPublicUrl;

    fn try_from(text: String) -> Result<Self, BadPublicUrl> {
        text.parse()
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_can_be_continued() {
        let url: PublicUrl = "https://hooks.example.org/base/".parse().unwrap();
        assert_eq!(url.as_str(), "https://hooks.example.org/base");
        for bad in [
            "not a url",
            "ftp://host",
            "https://host?x=1",
            "https://host#x",
        ] {
            assert!(bad.parse::<PublicUrl>().is_err(), "{bad}");
        }
    }
}
