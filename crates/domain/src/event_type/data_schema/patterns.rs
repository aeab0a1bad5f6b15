//! Regular expressions of schemas: matching takes time in proportion to the text, because
//! look-around and back references are not available, and no more memory than [`MAX_REGEX`].

use jsonschema::PatternOptions;
use serde_json::json;

use super::validator;

/// Bytes of a compiled regular expression.
const MAX_REGEX: usize = 64 * 1024;

/// How all of them are compiled.
pub(super) fn options() -> PatternOptions<jsonschema::Regex> {
    PatternOptions::regex()
        .size_limit(MAX_REGEX)
        .dfa_size_limit(MAX_REGEX)
}

/// Checks one.
///
/// # Errors
/// Why it cannot be used.
pub(super) fn check(pattern: &str) -> Result<(), String> {
    validator(&json!({ "pattern": pattern })).map(drop).map_err(|_| {
        "Not a regular expression that can be used: no look-around, no back references, and at most 64 KiB once it is compiled.".to_owned()
    })
}
