//! Where a request comes from.

use std::net::IpAddr;

use actix_web::HttpRequest;

/// The address of whoever sent the request; `None` when the connection has none.
pub(crate) fn source_address(request: &HttpRequest) -> Option<IpAddr> {
    request.peer_addr().map(|address| address.ip().to_canonical())
}
