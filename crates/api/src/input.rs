//! What requests say of resources whose settings are stored as one document. Creating and changing
//! read the same fields, and the views describe their settings by them.

pub(crate) mod feed;
pub(crate) mod incoming_webhook;
