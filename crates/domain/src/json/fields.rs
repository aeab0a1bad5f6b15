//! Reading one JSON object field by field, so that every mistake is named by its pointer.

use serde_json::{error::Category, value::RawValue};

use super::members::Members;
use crate::{Instant, Invalid};

/// Most unknown fields that are named: an object may have any number of them.
const MAX_UNKNOWN: usize = 20;

/// The fields of an object that were not taken yet, and what was wrong with those that were.
///
/// An optional field that is null counts as left out.
pub struct ObjectFields<'a> {
    members: Vec<(String, &'a RawValue)>,
    invalid: Invalid,
}

impl<'a> ObjectFields<'a> {
    /// Finds the fields of an object. Their values are not looked into.
    ///
    /// # Errors
    /// `invalid_json`, or `invalid_type` for JSON that is not an object.
    pub fn read(json: &'a [u8]) -> Result<Self, Invalid> {
        match serde_json::from_slice(json) {
            Ok(Members(members)) => Ok(Self {
                members,
                invalid: Invalid::default(),
            }),
            Err(error) if error.classify() == Category::Data => {
                Err(Invalid::one("", "invalid_type", "Must be a JSON object."))
            }
            Err(error) => Err(Invalid::one(
                "",
                "invalid_json",
                format!("Not valid JSON: {error}."),
            )),
        }
    }

    /// The value of a field as it was written. The field's text is null when the value is.
    pub fn raw(&mut self, name: &str) -> Option<&'a RawValue> {
        let at = self.members.iter().position(|(member, _)| member == name)?;
        let (_, value) = self.members.remove(at);
        let before = self.members.len();
        self.members.retain(|(member, _)| member != name);
        if self.members.len() < before {
            self.note(name, "duplicate_field", "This field is given twice.");
        }
        Some(value)
    }

    /// [`ObjectFields::raw`] of a field that has to be there.
    pub fn required_raw(&mut self, name: &str) -> Option<&'a RawValue> {
        let value = self.raw(name);
        if value.is_none() {
            self.note(name, "required", "This field is required.");
        }
        value
    }

    /// A text.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let value = self.raw(name).filter(|value| value.get() != "null")?;
        self.text_of(name, value)
    }

    /// A text that has to be there.
    pub fn required_text(&mut self, name: &str) -> Option<String> {
        let value = self.required_raw(name)?;
        self.text_of(name, value)
    }

    /// A time with its offset (RFC 3339).
    pub fn instant(&mut self, name: &str) -> Option<Instant> {
        let instant = self.text(name)?.parse().ok();
        if instant.is_none() {
            let detail = "Must be an RFC 3339 time such as 2026-03-14T08:05:12Z.";
            self.note(name, "invalid_value", detail);
        }
        instant
    }

    /// Notes that the fields that were not taken have no place in this object.
    pub fn refuse_the_rest(&mut self) {
        for (name, _) in self.members.drain(..).take(MAX_UNKNOWN) {
            let pointer = format!("/{}", escaped(&name));
            self.invalid
                .push(pointer, "unknown_field", "There is no such field here.");
        }
    }

    /// `value` when nothing was wrong.
    ///
    /// # Errors
    /// All mistakes that were found.
    pub fn or<T>(self, value: Option<T>) -> Result<T, Invalid> {
        match value {
            Some(value) => self.invalid.or(value),
            None => Err(self.invalid),
        }
    }

    fn text_of(&mut self, name: &str, value: &RawValue) -> Option<String> {
        let text = serde_json::from_str(value.get()).ok();
        if text.is_none() && value.get().starts_with('"') {
            let detail = "Contains a \\u escape that is not a character.";
            self.note(name, "invalid_value", detail);
        } else if text.is_none() {
            self.note(name, "invalid_type", "Must be a string.");
        }
        text
    }

    fn note(&mut self, name: &str, code: &'static str, detail: &str) {
        self.invalid.push(format!("/{name}"), code, detail);
    }
}

/// A name as a part of a JSON pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(invalid: Invalid) -> Vec<(String, &'static str)> {
        invalid
            .0
            .into_iter()
            .map(|error| (error.pointer, error.code))
            .collect()
    }

    #[test]
    fn fields_are_taken_by_name_and_keep_their_bytes() {
        let json = br#" {"at":"2026-03-14T09:05:12+01:00","n":{"z":1.10, "a":1e21},"t":"\u00e9"} "#;
        let mut fields = ObjectFields::read(json).unwrap();
        assert_eq!(fields.text("t").as_deref(), Some("é"));
        assert_eq!(fields.text("t"), None, "it was taken");
        assert_eq!(fields.instant("at").unwrap().timestamp(), 1_773_475_512);
        let raw = fields.required_raw("n").unwrap();
        assert_eq!(raw.get(), r#"{"z":1.10, "a":1e21}"#);
        assert_eq!(fields.or(Some(())), Ok(()));
    }

    #[test]
    fn every_mistake_is_named_by_its_pointer() {
        let json = br#"{"a":7,"b":"x","b":"y","c":null,"d":"soon","e":"\ud800","f~/":1}"#;
        let mut fields = ObjectFields::read(json).unwrap();
        fields.text("a");
        fields.text("b");
        assert_eq!(fields.text("c"), None);
        fields.instant("d");
        fields.text("e");
        fields.required_text("g");
        fields.refuse_the_rest();
        let wrong = [
            ("/a", "invalid_type"),
            ("/b", "duplicate_field"),
            ("/d", "invalid_value"),
            ("/e", "invalid_value"),
            ("/g", "required"),
            ("/f~0~1", "unknown_field"),
        ];
        assert_eq!(
            mistakes(fields.or(Some(())).unwrap_err()),
            wrong.map(|(pointer, code)| (pointer.to_owned(), code))
        );
    }

    #[test]
    fn null_is_left_out_only_where_a_field_may_be() {
        let mut fields = ObjectFields::read(br#"{"a":null,"b":null}"#).unwrap();
        assert_eq!(
            (fields.instant("a"), fields.required_text("b")),
            (None, None)
        );
        assert_eq!(
            mistakes(fields.or(Some(())).unwrap_err()),
            [("/b".to_owned(), "invalid_type")]
        );
    }

    #[test]
    fn what_is_not_an_object_is_refused() {
        for (json, code) in [
            ("", "invalid_json"),
            ("{", "invalid_json"),
            ("{} x", "invalid_json"),
            ("{\"a\":}", "invalid_json"),
            ("[]", "invalid_type"),
            ("7", "invalid_type"),
        ] {
            let invalid = ObjectFields::read(json.as_bytes()).err().unwrap();
            assert_eq!(mistakes(invalid), [(String::new(), code)], "{json}");
        }
        assert!(ObjectFields::read(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn not_every_unknown_field_is_named() {
        let many: Vec<_> = (0..1000).map(|n| format!("\"k{n}\":{n}")).collect();
        let json = format!("{{{}}}", many.join(","));
        let mut fields = ObjectFields::read(json.as_bytes()).unwrap();
        fields.refuse_the_rest();
        assert_eq!(fields.or(Some(())).unwrap_err().0.len(), MAX_UNKNOWN);
    }
}
