//! Reading JSON without touching its numbers.
//!
//! `serde_json` checks the text and finds the ends of values (`RawValue`); each level of nesting
//! scans its content once more, so the work is at most `MAX_DEPTH` times the size.

use serde_json::value::RawValue;

use super::{ExactJson, members::Members};

/// Arrays and objects may be nested this deep.
pub const MAX_DEPTH: usize = 64;

/// Why bytes are not a JSON value that we take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// More than [`MAX_DEPTH`] levels.
    #[error("arrays and objects are nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Not RFC 8259 in UTF-8; the text says where, and quotes nothing of the input.
    #[error("not valid JSON: {0}")]
    Syntax(String),
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        Self::Syntax(error.to_string())
    }
}

impl ExactJson {
    /// Reads one JSON value, with nothing but white space around it.
    ///
    /// # Errors
    /// [`JsonError`] when the bytes are not JSON or nested too deep.
    pub fn parse(bytes: &[u8]) -> Result<ExactJson, JsonError> {
        Self::parse_within(bytes, MAX_DEPTH)
    }

    /// The same with another limit, for JSON that has been put into more JSON.
    pub(crate) fn parse_within(bytes: &[u8], levels: usize) -> Result<ExactJson, JsonError> {
        let raw: &RawValue = serde_json::from_slice(bytes)?;
        read(raw, levels)
    }
}

fn read(raw: &RawValue, levels_left: usize) -> Result<ExactJson, JsonError> {
    let text = raw.get();
    let deeper = || levels_left.checked_sub(1).ok_or(JsonError::TooDeep);
    Ok(match text.as_bytes().first() {
        Some(b'{') => {
            let levels_left = deeper()?;
            let Members(members) = serde_json::from_str(text)?;
            let members = members
                .into_iter()
                .map(|(name, raw)| Ok((name, read(raw, levels_left)?)));
            ExactJson::Object(members.collect::<Result<_, JsonError>>()?)
        }
        Some(b'[') => {
            let levels_left = deeper()?;
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            ExactJson::Array(
                items
                    .into_iter()
                    .map(|raw| read(raw, levels_left))
                    .collect::<Result<_, _>>()?,
            )
        }
        Some(b'"') => ExactJson::String(serde_json::from_str(text)?),
        Some(b't') => ExactJson::Bool(true),
        Some(b'f') => ExactJson::Bool(false),
        Some(b'n') => ExactJson::Null,
        _ => ExactJson::Number(text.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_comes_back_as_it_was() {
        for text in [
            "null",
            "true",
            "false",
            "0",
            "-0",
            "19.90",
            "1e21",
            "1E-7",
            "9007199254740993",
            "123456789012345678901234567890.000",
            r#""""#,
            r#""a\"\\\n\t\u0001é🎉""#,
            "[]",
            "{}",
            r#"{"z":1,"a":[{"id":5},null,[]],"m":{"":""}}"#,
            r#"{"a":1,"a":2}"#,
        ] {
            assert_eq!(ExactJson::parse(text.as_bytes()).unwrap().to_text(), text);
        }
    }

    #[test]
    fn white_space_goes_and_escapes_become_text() {
        let json =
            ExactJson::parse(b" { \"a\" : [ 1 , \"\\u00e9\\ud83c\\udf89\\/\" ] }\n").unwrap();
        assert_eq!(json.to_text(), r#"{"a":[1,"é🎉/"]}"#);
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for bytes in [
            &b""[..],
            b" ",
            b"{",
            b"[1,]",
            b"{\"a\":1,}",
            b"{\"a\"}",
            b"{1:2}",
            b"01",
            b"1.",
            b"+1",
            b"NaN",
            b"nul",
            b"'a'",
            b"\"\n\"",
            b"\"\\ud800\"",
            b"\"\xff\"",
            b"1 2",
            b"\xef\xbb\xbf1",
            b"\"a",
        ] {
            assert!(
                matches!(ExactJson::parse(bytes), Err(JsonError::Syntax(_))),
                "{:?}",
                String::from_utf8_lossy(bytes)
            );
        }
    }

    #[test]
    fn it_takes_exactly_what_serde_json_takes() {
        let sample = r#"{"a\u00e9":[1,-2.5e3,{"b":null},true," \"\n"],"c":false}"#;
        let bytes = sample.as_bytes();
        let same = |text: &[u8]| {
            let expected = serde_json::from_slice::<serde_json::Value>(text).ok();
            let found = ExactJson::parse(text)
                .ok()
                .map(|json| serde_json::from_str::<serde_json::Value>(&json.to_text()).unwrap());
            assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(text));
        };
        same(bytes);
        for at in 0..bytes.len() {
            same(&bytes[..at]);
            for byte in (0..=0x7f).chain([0x80, 0xc3, 0xff]) {
                let mut changed = bytes.to_vec();
                changed[at] = byte;
                same(&changed);
                changed.insert(at, byte);
                same(&changed);
            }
        }
    }

    #[test]
    fn nesting_is_bounded_and_cannot_overflow_the_stack() {
        let nested = |levels: usize| [vec![b'['; levels], vec![b']'; levels]].concat();
        assert!(ExactJson::parse(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(
            ExactJson::parse(&nested(MAX_DEPTH + 1)),
            Err(JsonError::TooDeep)
        );
        assert_eq!(ExactJson::parse(&nested(500_000)), Err(JsonError::TooDeep));
        assert!(matches!(
            ExactJson::parse(&vec![b'['; 1_000_000]),
            Err(JsonError::Syntax(_))
        ));
        let objects = format!(
            "{}1{}",
            "{\"a\":".repeat(MAX_DEPTH + 1),
            "}".repeat(MAX_DEPTH + 1)
        );
        assert_eq!(
            ExactJson::parse(objects.as_bytes()),
            Err(JsonError::TooDeep)
        );
    }

    #[test]
    fn a_mebibyte_at_full_depth_is_read() {
        let filling = vec!["1"; 500_000].join(",");
        let text = format!(
            "{}{filling}{}",
            "[".repeat(MAX_DEPTH),
            "]".repeat(MAX_DEPTH)
        );
        assert_eq!(ExactJson::parse(text.as_bytes()).unwrap().to_text(), text);
    }
}
