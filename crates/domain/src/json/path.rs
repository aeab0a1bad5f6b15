//! Paths into an event: `data.order.id`, `data.items.0.title`, `data.items[0]["unit price"]`.

use std::fmt;

/// A path of member names and indices, never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath(Vec<Box<str>>);

impl FieldPath {
    /// Reads a path; `None` when the text is anything more than a path.
    ///
    /// A path begins with a word (letters, digits, `_`; not a digit first), then come `.word`,
    /// `.0`, `[0]`, `['any text']` or `["any text"]`, the text without quotes of its own kind and
    /// without backslashes.
    pub fn parse(text: &str) -> Option<FieldPath> {
        let (first, mut rest) = word(text.trim())?;
        if first.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let mut segments = vec![first.into()];
        while !rest.is_empty() {
            let (segment, after) = match rest.strip_prefix('.') {
                Some(after) => word(after)?,
                None => bracketed(rest.strip_prefix('[')?)?,
            };
            segments.push(segment.into());
            rest = after;
        }
        Some(FieldPath(segments))
    }

    /// A path of these parts, of which there is at least one.
    pub(crate) fn of(segments: Vec<Box<str>>) -> Self {
        Self(segments)
    }

    /// The path's parts in order.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// The first part: the variable's name.
    pub fn root(&self) -> &str {
        self.0.first().map_or("", AsRef::as_ref)
    }
}

/// With dots; what is no word or index stands in brackets and quotes.
impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.root())?;
        self.segments()
            .skip(1)
            .try_for_each(|segment| match word(segment) {
                Some((_, "")) => write!(f, ".{segment}"),
                _ => write!(f, "[{segment:?}]"),
            })
    }
}

/// A word or an index, and what follows it.
fn word(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end)?;
    let is_index = word.bytes().all(|c| c.is_ascii_digit());
    (!word.is_empty() && (is_index || !word.starts_with(|c: char| c.is_ascii_digit())))
        .then_some((word, rest))
}

/// What is between brackets, and what follows them.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let (segment, rest) = match quote {
        Some(quote) => {
            let (segment, rest) = text.get(1..)?.split_once(quote)?;
            (segment, rest.strip_prefix(']')?)
        }
        None => text
            .split_once(']')
            .filter(|(index, _)| !index.is_empty() && index.bytes().all(|c| c.is_ascii_digit()))?,
    };
    (!segment.contains('\\')).then_some((segment, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::ExactJson;

    #[test]
    fn paths_are_told_from_other_expressions() {
        for (text, segments) in [
            ("id", &["id"][..]),
            (
                " data.order.total_amount ",
                &["data", "order", "total_amount"],
            ),
            ("data.items.0.title", &["data", "items", "0", "title"]),
            ("data.items[12].title", &["data", "items", "12", "title"]),
            (
                "data['unit price'][\"a.b\"]",
                &["data", "unit price", "a.b"],
            ),
            ("data.__proto__", &["data", "__proto__"]),
            ("data['']", &["data", ""]),
        ] {
            let path = FieldPath::parse(text).unwrap();
            assert_eq!(path.segments().collect::<Vec<_>>(), segments, "{text}");
            assert_eq!(FieldPath::parse(&path.to_string()), Some(path), "{text}");
        }
        for text in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "a b",
            "0",
            "1.5",
            "a|upper",
            "a[",
            "a[]",
            "a[-1]",
            "a[b]",
            "a['x",
            "a['x\\'']",
            "a['x'",
            "a.1b",
            "a-b",
            "a+b",
            "a.b()",
            "'a'",
            "é",
            "a[0",
            "a[0]b",
        ] {
            assert_eq!(FieldPath::parse(text), None, "{text}");
        }
    }

    #[test]
    fn look_ups_find_members_and_indices_and_nothing_else() {
        let json = ExactJson::parse(
            br#"{"a":{"b":[{"c":1},{"c":19.90}],"0":"zero"},"n":null,"d":1,"d":2,"s":"text"}"#,
        )
        .unwrap();
        let text = |path: &str| json.get(path).map(ExactJson::to_text);
        assert_eq!(text("a.b.1.c").as_deref(), Some("19.90"));
        assert_eq!(text("a.0").as_deref(), Some("\"zero\""));
        assert_eq!(text("n").as_deref(), Some("null"));
        assert_eq!(text("d").as_deref(), Some("2"));
        for missing in [
            "",
            "x",
            "a.x",
            "a.b.2",
            "a.b.+1",
            "a.b.-1",
            "a.b.99999999999999999999",
            "n.x",
            "s.0",
            "a.b.length",
            "a.",
        ] {
            assert_eq!(text(missing), None, "{missing}");
        }
        assert_eq!(
            json.at(&FieldPath::parse("a.b[1]['c']").unwrap()),
            json.get("a.b.1.c")
        );
    }
}
