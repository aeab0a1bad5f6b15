//! What the API writes as JSON.

use serde::Serialize;

/// The JSON text of a type of ours.
#[expect(
    clippy::expect_used,
    reason = "fails only for maps with keys that are no texts, and for what says that it failed: no type of ours does"
)]
pub(crate) fn json_bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("types of ours become JSON")
}
