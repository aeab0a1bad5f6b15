//! What serde says about an input, as a field error. serde tells only in its message which kind of
//! error it is: this is the one place that reads those messages.

use domain::Invalid;
use serde_path_to_error::{Path, Segment};

/// How the field is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// A JSON pointer.
    Pointer,
    /// The name of a query parameter.
    Name,
}

/// The JSON pointer (RFC 6901) of a place.
pub(super) fn pointer(path: &Path) -> String {
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", escape(key)),
            Segment::Enum { .. } | Segment::Unknown => String::new(),
        })
        .collect()
}

/// The field error for a message about the input at `place`.
pub(super) fn field(place: &str, message: &str, style: Style) -> Invalid {
    let message = message
        .rsplit_once(" at line ")
        .map_or(message, |(message, _)| message);
    let place = if style == Style::Name && place == "." {
        ""
    } else {
        place
    };
    if let Some(name) = quoted(message, "missing field `") {
        return Invalid::one(
            below(place, name, style),
            "required",
            "This field is required.",
        );
    }
    if let Some(name) = quoted(message, "unknown field `") {
        let place = if ends_with(place, name, style) {
            place.to_owned()
        } else {
            below(place, name, style)
        };
        return Invalid::one(place, "unknown_field", "Unknown field.");
    }
    if let Some(name) = quoted(message, "duplicate field `") {
        let place = if ends_with(place, name, style) {
            place.to_owned()
        } else {
            below(place, name, style)
        };
        return Invalid::one(place, "duplicate_field", "This field appears twice.");
    }
    if message == "expected value" {
        return Invalid::one(
            place,
            "invalid_type",
            "A value of another type is expected here.",
        );
    }
    let code = if message.starts_with("invalid type") {
        "invalid_type"
    } else {
        "invalid_value"
    };
    Invalid::one(place, code, sentence(message))
}

fn below(place: &str, name: &str, style: Style) -> String {
    match style {
        Style::Pointer => format!("{place}/{}", escape(name)),
        Style::Name => name.to_owned(),
    }
}

fn ends_with(place: &str, name: &str, style: Style) -> bool {
    match style {
        Style::Pointer => place.ends_with(&format!("/{}", escape(name))),
        Style::Name => place == name,
    }
}

fn quoted<'a>(message: &'a str, start: &str) -> Option<&'a str> {
    message.strip_prefix(start)?.split('`').next()
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// "invalid type: null, expected a string" → "Invalid type: null, expected a string."
fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    let text: String = first.into_iter().chain(chars).take(300).collect();
    format!("{}.", text.trim_end_matches('.'))
}
