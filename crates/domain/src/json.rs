//! A JSON tree that loses nothing: objects keep their order and numbers their digits (`19.90`,
//! `1e21`, 2^53+1).

mod depth;
mod fields;
mod members;
mod parse;
mod path;
mod write;

pub(crate) use depth::nests_within;
pub use fields::ObjectFields;
pub use parse::{JsonError, MAX_DEPTH};
pub use path::FieldPath;
pub(crate) use write::write_string;

/// One JSON value (RFC 8259).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExactJson {
    Null,
    Bool(bool),
    /// The number's text, exactly as it was written.
    Number(Box<str>),
    String(String),
    Array(Vec<ExactJson>),
    /// Members in their order. A name that occurs twice is kept twice; look-ups find the last one.
    Object(Vec<(String, ExactJson)>),
}

impl ExactJson {
    /// The value at a dotted path, `a.b.0.c`: member names, and indices into arrays.
    pub fn get(&self, path: &str) -> Option<&ExactJson> {
        path.split('.').try_fold(self, ExactJson::step)
    }

    /// The value at a path that was read before.
    pub fn at(&self, path: &FieldPath) -> Option<&ExactJson> {
        path.segments().try_fold(self, ExactJson::step)
    }

    fn step(&self, segment: &str) -> Option<&ExactJson> {
        match self {
            ExactJson::Object(members) => members
                .iter()
                .rev()
                .find(|(name, _)| name == segment)
                .map(|(_, value)| value),
            ExactJson::Array(items) if segment.bytes().all(|c| c.is_ascii_digit()) => segment
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get(index)),
            _ => None,
        }
    }
}
