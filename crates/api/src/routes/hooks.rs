//! `/hooks/in`: the public end of incoming webhooks.

pub(crate) mod receive;
