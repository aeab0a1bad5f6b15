//! Ids in paths.

use std::{future::Ready, ops::Deref};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use serde::de::DeserializeOwned;

use crate::{Code, Problem};

/// The id, or tuple of ids, in the path. A text that is no id of the kind is 404, like any id that
/// nothing has.
#[derive(Debug)]
pub(crate) struct PathId<T>(pub(crate) T);

impl<T: DeserializeOwned + 'static> FromRequest for PathId<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if req.path().contains('\0') || req.path().contains("%00") {
            // No database has text with it, so nothing has that id.
            return std::future::ready(Err(Problem::new(Code::NotFound)));
        }
        let found = web::Path::<T>::from_request(req, payload).into_inner();
        std::future::ready(
            found
                .map(|path| Self(path.into_inner()))
                .map_err(|_| Problem::new(Code::NotFound)),
        )
    }
}

impl<T> Deref for PathId<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}
