//! What a feed's receiver gets, as pure rules: the bytes, their signature, where they may go, and
//! what an answer means.

pub mod form;
pub mod guard;
pub mod request;
pub mod retry;
pub mod signature;
pub mod template;
