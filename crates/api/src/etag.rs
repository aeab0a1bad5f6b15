//! Entity tags (RFC 9110, 8.8.3): [`Resource`] sends one, [`IfMatch`] compares it.

use std::future::Ready;

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Responder, body::BoxBody, dev::Payload, http::header,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{Code, Problem};

/// A strong entity tag, with its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ETag(String);

impl ETag {
    /// The tag of a resource that counts its changes.
    pub(crate) fn version(version: i64) -> Self {
        Self(format!("\"v{version}\""))
    }

    /// The tag of a resource that is told apart by what it shows.
    pub(crate) fn of(view: &impl Serialize) -> Self {
        let digest = Sha256::digest(serde_json::to_vec(view).unwrap_or_default());
        let hex: String = digest
            .iter()
            .take(12)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self(format!("\"{hex}\""))
    }

    /// As it is sent.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A single resource: 200 with its `ETag`.
#[derive(Debug)]
pub(crate) struct Resource<T> {
    view: T,
    etag: ETag,
}

impl<T: Serialize> Resource<T> {
    /// A resource that counts its changes.
    pub(crate) fn versioned(view: T, version: i64) -> Self {
        Self {
            view,
            etag: ETag::version(version),
        }
    }

    /// A resource without a version of its own.
    pub(crate) fn hashed(view: T) -> Self {
        let etag = ETag::of(&view);
        Self { view, etag }
    }
}

impl<T: Serialize> Responder for Resource<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((header::ETAG, self.etag.as_str()))
            .json(self.view)
    }
}

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
