//! `If-Match` (RFC 9110, 13.1.1): a change of what the client has seen, and of nothing newer.

use std::future::Ready;

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};

use crate::{Code, Problem, answer::ETag};

/// The request's `If-Match`, if it has one.
#[derive(Debug, Default)]
pub(crate) struct IfMatch(Option<String>);

impl IfMatch {
    /// `If-Match: *`.
    #[cfg(test)]
    pub(crate) fn any() -> Self {
        Self(Some("*".into()))
    }

    /// Whether the client sent one.
    pub(crate) fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Compares strongly: a weak tag never matches; `*` matches whatever exists.
    ///
    /// # Errors
    /// 412 `stale`.
    pub(crate) fn check(&self, current: &ETag) -> Result<(), Problem> {
        let Some(wanted) = &self.0 else { return Ok(()) };
        let matches =
            wanted.trim() == "*" || wanted.split(',').any(|tag| tag.trim() == current.as_str());
        if matches {
            Ok(())
        } else {
            Err(Problem::new(Code::Stale))
        }
    }

    /// [`IfMatch::check`] for a resource that counts its changes.
    ///
    /// # Errors
    /// 412 `stale`.
    pub(crate) fn check_version(&self, version: i64) -> Result<(), Problem> {
        self.check(&ETag::version(version))
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        // Several headers are one list (RFC 9110, 5.3).
        let values: Vec<_> = req
            .headers()
            .get_all(header::IF_MATCH)
            .map(|value| value.to_str().unwrap_or(""))
            .collect();
        std::future::ready(Ok(Self((!values.is_empty()).then(|| values.join(",")))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_compares_strongly() {
        let current = ETag::version(3);
        for (header, good) in [
            (None, true),
            (Some("*"), true),
            (Some("\"v3\""), true),
            (Some("\"v1\", \"v3\""), true),
            (Some("W/\"v3\""), false),
            (Some("\"v2\""), false),
            (Some("v3"), false),
            (Some(""), false),
        ] {
            assert_eq!(
                IfMatch(header.map(str::to_owned)).check(&current).is_ok(),
                good,
                "{header:?}"
            );
        }
    }
}
