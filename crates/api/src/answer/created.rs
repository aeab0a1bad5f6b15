//! The answer to a POST that made something: 201 with `Location` and `ETag`.

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody, http::header};
use serde::Serialize;

use super::etag::ETag;
use crate::json_bytes;

/// Lies in a response's extensions when a repeat must get another body, because the answer shows a
/// secret.
pub(crate) struct OnceOnly(pub(crate) Vec<u8>);

/// A new resource and where it is.
#[derive(Debug)]
pub(crate) struct Created<T> {
    view: T,
    location: String,
    etag: ETag,
    /// What a repeat of the request gets instead, because the view shows a secret.
    repeat: Option<Vec<u8>>,
}

impl<T: Serialize> Created<T> {
    /// A new resource that counts its changes; `location` is its path.
    pub(crate) fn versioned(view: T, version: i64, location: String) -> Self {
        Self {
            view,
            location,
            etag: ETag::version(version),
            repeat: None,
        }
    }

    /// A new resource without a version of its own; `location` is its path.
    pub(crate) fn hashed(view: T, location: String) -> Self {
        let etag = ETag::of(&view);
        Self {
            view,
            location,
            etag,
            repeat: None,
        }
    }

    /// A new resource that shows more than a GET of `location` will: `read` is what that shows.
    pub(crate) fn tagged(view: T, read: &impl Serialize, location: String) -> Self {
        Self {
            view,
            location,
            etag: ETag::of(read),
            repeat: None,
        }
    }

    /// Says what a repeat of the request gets: the view without its secret.
    #[must_use]
    pub(crate) fn once_only(mut self, redacted: &impl Serialize) -> Self {
        self.repeat = Some(json_bytes(redacted));
        self
    }
}

impl<T: Serialize> Responder for Created<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Created()
            .insert_header((header::LOCATION, self.location))
            .insert_header((header::ETAG, self.etag.as_str()))
            .json(self.view);
        if let Some(body) = self.repeat {
            response.extensions_mut().insert(OnceOnly(body));
        }
        response
    }
}
