//! `application/x-www-form-urlencoded` as PHP's `http_build_query` writes it.
//!
//! Nesting becomes brackets (`data[order][id]`, `items[0][title]`), which are percent-encoded like
//! everything the WHATWG form serializer encodes: `data%5Border%5D%5Bid%5D=7`. A space is `+`, text
//! is UTF-8. Null is dropped, and with it every empty list and map; booleans are `1` and `0`;
//! numbers keep their digits.

use url::{Url, form_urlencoded::byte_serialize};

use crate::json::ExactJson;

/// The form would be longer than the limit that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the form is longer than {0} bytes")]
pub struct FormTooLong(pub usize);

/// The pairs of an object (or, by index, of an array); anything else has none.
///
/// # Errors
/// [`FormTooLong`] with the first pair that ends beyond `limit` bytes: deep keys repeat at each
/// leaf, so it can be far longer than the JSON.
pub fn to_form(value: &ExactJson, limit: usize) -> Result<String, FormTooLong> {
    let mut form = Form::new(limit);
    match value {
        ExactJson::Object(members) => members
            .iter()
            .try_for_each(|(name, value)| form.add(name, value))?,
        ExactJson::Array(items) => {
            items
                .iter()
                .enumerate()
                .try_for_each(|(index, value)| form.add(&index.to_string(), value))?;
        }
        _ => {}
    }
    Ok(form.finish())
}

/// Adds pairs to a URL's own query, which stays as it is and comes first.
pub fn append_query(url: &Url, pairs: &str) -> Url {
    let mut url = url.clone();
    if pairs.is_empty() {
        return url;
    }
    let query = match url.query() {
        None | Some("") => pairs.to_owned(),
        Some(own) if own.ends_with('&') => format!("{own}{pairs}"),
        Some(own) => format!("{own}&{pairs}"),
    };
    url.set_query(Some(&query));
    url
}

/// A form that is being written, pair by pair.
pub(super) struct Form {
    text: String,
    limit: usize,
    /// The encoded name of the pair that is being written.
    key: String,
}

impl Form {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            text: String::new(),
            limit,
            key: String::new(),
        }
    }

    /// Adds everything below one top-level name.
    pub(super) fn add(&mut self, name: &str, value: &ExactJson) -> Result<(), FormTooLong> {
        self.key.clear();
        self.key.extend(byte_serialize(name.as_bytes()));
        self.below(value)
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn below(&mut self, value: &ExactJson) -> Result<(), FormTooLong> {
        match value {
            ExactJson::Null => Ok(()),
            ExactJson::Bool(true) => self.pair("1"),
            ExactJson::Bool(false) => self.pair("0"),
            ExactJson::Number(text) => self.pair(text),
            ExactJson::String(text) => self.pair(text),
            ExactJson::Array(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| self.inside(&index.to_string(), item)),
            ExactJson::Object(members) => members
                .iter()
                .try_for_each(|(name, value)| self.inside(name, value)),
        }
    }

    fn inside(&mut self, name: &str, value: &ExactJson) -> Result<(), FormTooLong> {
        let outer = self.key.len();
        self.key.push_str("%5B");
        self.key.extend(byte_serialize(name.as_bytes()));
        self.key.push_str("%5D");
        self.below(value)?;
        self.key.truncate(outer);
        Ok(())
    }

    fn pair(&mut self, value: &str) -> Result<(), FormTooLong> {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        self.text.push_str(&self.key);
        self.text.push('=');
        self.text.extend(byte_serialize(value.as_bytes()));
        if self.text.len() > self.limit {
            Err(FormTooLong(self.limit))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(json: &str) -> String {
        to_form(&ExactJson::parse(json.as_bytes()).unwrap(), 1_000_000).unwrap()
    }

    #[test]
    fn values_are_written_as_php_writes_them_but_numbers_exactly() {
        for (json, expected) in [
            ("{}", ""),
            ("null", ""),
            ("7", ""),
            (r#"{"a":null}"#, ""),
            (r#"{"a":[],"b":{},"c":{"d":[{}]},"e":[null]}"#, ""),
            (r#"{"a":true,"b":false}"#, "a=1&b=0"),
            (r#"{"a":""}"#, "a="),
            (
                r#"{"a":19.90,"b":1e21,"c":-0,"d":9007199254740993}"#,
                "a=19.90&b=1e21&c=-0&d=9007199254740993",
            ),
            (
                r#"{"a":19.99,"b":1.0,"c":1E-7,"d":-0.0,"e":0}"#,
                "a=19.99&b=1.0&c=1E-7&d=-0.0&e=0",
            ),
            (
                r#"{"data":{"order":{"id":7}}}"#,
                "data%5Border%5D%5Bid%5D=7",
            ),
            (
                r#"{"items":[{"title":"A"},null,{"title":"B"}]}"#,
                "items%5B0%5D%5Btitle%5D=A&items%5B2%5D%5Btitle%5D=B",
            ),
            (
                r#"{"a":[[1,2],[3]]}"#,
                "a%5B0%5D%5B0%5D=1&a%5B0%5D%5B1%5D=2&a%5B1%5D%5B0%5D=3",
            ),
            (r#"["x",["y"]]"#, "0=x&1%5B0%5D=y"),
            (r#"{"t":"a b&c=d+e%f"}"#, "t=a+b%26c%3Dd%2Be%25f"),
            (r#"{"t":"é🎉"}"#, "t=%C3%A9%F0%9F%8E%89"),
            (r#"{"t":"a-b_c.d~e"}"#, "t=a-b_c.d%7Ee"),
            (
                r#"{"a[b]":1,"c.d":2,"e f":{"g]":3}}"#,
                "a%5Bb%5D=1&c.d=2&e+f%5Bg%5D%5D=3",
            ),
            (r#"{"":1,"x":{"":2}}"#, "=1&x%5B%5D=2"),
            (r#"{"t":"line\r\nbreak\u0000"}"#, "t=line%0D%0Abreak%00"),
        ] {
            assert_eq!(form(json), expected, "{json}");
        }
    }

    #[test]
    fn a_form_reads_back_as_the_same_texts() {
        let texts = [
            "",
            " ",
            "a=b&c",
            "100%",
            "+",
            "ü\u{301}",
            "\"'<>`",
            "\u{10ffff}",
            "[x][0]",
            "#?/\\;,:@",
        ];
        let json = ExactJson::Object(
            texts
                .iter()
                .map(|t| ((*t).to_owned(), ExactJson::String((*t).to_owned())))
                .collect(),
        );
        let text = to_form(&json, 10_000).unwrap();
        assert!(text.is_ascii());
        let read: Vec<_> = url::form_urlencoded::parse(text.as_bytes())
            .map(|(k, v)| (k.into_owned(), v.into_owned()))
            .collect();
        assert_eq!(read, texts.map(|t| (t.to_owned(), t.to_owned())));
    }

    #[test]
    fn the_length_is_bounded_exactly_and_early() {
        let json = ExactJson::parse(br#"{"a":"xy","b":"zz"}"#).unwrap();
        assert_eq!(to_form(&json, 9), Ok("a=xy&b=zz".to_owned()));
        assert_eq!(to_form(&json, 8), Err(FormTooLong(8)));
        // A long outer name repeats at each of many leaves: 40 GB if it were all written.
        let name = "n".repeat(400_000);
        let json = ExactJson::parse(
            format!("{{\"{name}\":[{}]}}", vec!["1"; 100_000].join(",")).as_bytes(),
        )
        .unwrap();
        assert_eq!(to_form(&json, 1_000_000), Err(FormTooLong(1_000_000)));
    }

    #[test]
    fn a_query_is_appended_and_loses_nothing() {
        for (url, pairs, expected) in [
            ("https://a.example/x", "b=1", "https://a.example/x?b=1"),
            ("https://a.example/x?", "b=1", "https://a.example/x?b=1"),
            (
                "https://a.example/x?b=0&a",
                "b=1&c=%C3%A9",
                "https://a.example/x?b=0&a&b=1&c=%C3%A9",
            ),
            (
                "https://a.example/x?a=%20+;&",
                "b=1",
                "https://a.example/x?a=%20+;&b=1",
            ),
            ("https://a.example/x?a=1", "", "https://a.example/x?a=1"),
            ("https://a.example/x", "", "https://a.example/x"),
        ] {
            assert_eq!(
                append_query(&Url::parse(url).unwrap(), pairs).as_str(),
                expected
            );
        }
        let pairs = form(r#"{"q":"a'\"<>#?&=/ [x]{y}|^`\\"}"#);
        let url = append_query(&Url::parse("https://a.example/").unwrap(), &pairs);
        assert_eq!(
            url.query(),
            Some(pairs.as_str()),
            "nothing is encoded a second time"
        );
    }
}
