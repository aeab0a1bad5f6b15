//! Entity tags (RFC 9110, 8.8.3), and the answer that carries one. `request::IfMatch` compares them.

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody, http::header};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::json_bytes;

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
        let digest = Sha256::digest(json_bytes(view));
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
