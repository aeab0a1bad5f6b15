//! The answer to a GET of a list: one page with the cursors of its neighbours.

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody};
use serde::Serialize;

use crate::{Problem, schema};

/// One page of a list, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct List<T> {
    #[schema(schema_with = schema::entries::<T>)]
    pub(crate) data: Vec<T>,
    /// The `cursor` of the page with older entries; `null` on the last one.
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
    /// The `cursor` of the page with newer entries; `null` on the first one.
    #[schema(required)]
    pub(crate) prev_cursor: Option<String>,
}

impl<T> List<Result<T, Problem>> {
    /// The list, if every entry is good.
    ///
    /// # Errors
    /// The first entry's that is not.
    pub(crate) fn all(self) -> Result<List<T>, Problem> {
        let data = self.data.into_iter().collect::<Result<_, _>>()?;
        Ok(List {
            data,
            next_cursor: self.next_cursor,
            prev_cursor: self.prev_cursor,
        })
    }
}

impl<T: Serialize> Responder for List<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().json(self)
    }
}
