//! What one connection may take: it is ended when its peer stops reading, what comes is taken in
//! bites, and an answer is never held for it as a whole.

mod bites;
mod listen;

use std::{
    error::Error as StdError,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::{
    Error,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    rt::net::TcpStream,
    web::Bytes,
};
pub(crate) use listen::{ServerLimits, serve};
use socket2::SockRef;

/// Most bytes of an answer that are copied at once; the server copies no more before some are written.
const PIECE: usize = 16 * 1024;

/// Ends the connection when its peer has acknowledged nothing of what was written for this time, or
/// left no room for it. The system does it, whatever the server is waiting for.
fn end_without_progress(stream: &TcpStream, timeout: Duration) {
    if let Err(error) = SockRef::from(stream).set_tcp_user_timeout(Some(timeout)) {
        tracing::debug!(%error, "a connection has no write timeout");
    }
}

/// Hands every answer to the server in pieces.
pub(crate) async fn in_pieces<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<Pieces>, Error> {
    let response = next.call(req).await?;
    Ok(response.map_body(|_, body| Pieces {
        body: body.boxed(),
        rest: Bytes::new(),
    }))
}

/// A body in pieces of [`PIECE`] bytes at most.
pub(crate) struct Pieces {
    body: BoxBody,
    /// Of the body's chunk that is being handed over.
    rest: Bytes,
}

impl MessageBody for Pieces {
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(cx)) {
                Some(Ok(chunk)) => self.rest = chunk,
                end => return Poll::Ready(end),
            }
        }
        let length = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(length))))
    }
}
