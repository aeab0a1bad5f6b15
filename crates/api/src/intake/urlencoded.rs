//! `application/x-www-form-urlencoded` (WHATWG URL, section 5.1), except that bytes which are not
//! UTF-8 are refused.

use percent_encoding::percent_decode;

use super::limits::too_many_fields;
use crate::{Code, Problem};

/// The pairs in their order.
///
/// # Errors
/// 400 `malformed` for bytes that are not UTF-8, 413 `too_large` for more than `max` pairs.
pub(super) fn parse(body: &[u8], max: usize) -> Result<Vec<(String, String)>, Problem> {
    let pairs = || {
        body.split(|byte| *byte == b'&')
            .filter(|pair| !pair.is_empty())
    };
    if pairs().nth(max).is_some() {
        return Err(too_many_fields(max));
    }
    pairs()
        .map(|pair| {
            // A name alone has an empty value.
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let (name, value) = (halves.next().unwrap_or(b""), halves.next().unwrap_or(b""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

fn decode(raw: &[u8]) -> Result<String, Problem> {
    let spaced: Vec<u8> = raw
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    let text = percent_decode(&spaced).decode_utf8();
    text.map(|text| text.into_owned())
        .map_err(|_| Problem::new(Code::Malformed).detail("The form is not UTF-8."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_in_order() {
        let pairs = parse(
            b"email=a%2Bb%40c.org&&name=In%C3%AAs+M&flag&x=a=b&=&pct=100%",
            6,
        )
        .unwrap();
        let expected = [
            ("email", "a+b@c.org"),
            ("name", "In\u{ea}s M"),
            ("flag", ""),
            ("x", "a=b"),
            ("", ""),
            ("pct", "100%"),
        ];
        assert_eq!(pairs, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(parse(b"", 6).unwrap(), []);
        assert_eq!(parse(b"a&b&&c", 2).unwrap_err().code, Code::TooLarge);
    }

    #[test]
    fn other_encodings_are_refused_not_guessed() {
        assert!(parse(b"first_name=In%EAs", 6).is_err());
        assert!(parse(b"first_name=In\xeas", 6).is_err());
        assert!(parse(b"In%EAs=1", 6).is_err());
    }
}
