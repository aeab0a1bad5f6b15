//! Merging changes: fields that are absent, null or given.

use domain::Invalid;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::json;
use crate::Problem;

/// What `null` says of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// The same as leaving it out: it has its default.
    Default,
    /// It is cleared, if it can be.
    Clear,
}

/// A field of a PATCH body that may be cleared. Needs `#[serde(default)]`, and for the document
/// `#[schema(value_type = Option<…>)]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Patch<T> {
    /// Keep what is there.
    #[default]
    Absent,
    /// Clear it.
    Null,
    /// Take this.
    Value(T),
}

impl<T> Patch<T> {
    /// Whether the body has no such field.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The value of a field that cannot be cleared: then `null` is noted as an error at `pointer`.
    pub(crate) fn given(self, pointer: &str, nulls: Nulls, invalid: &mut Invalid) -> Option<T> {
        match self {
            Self::Absent => None,
            Self::Null if nulls == Nulls::Default => None,
            Self::Null => {
                invalid.push(
                    pointer,
                    "invalid_type",
                    "This cannot be null; leave it out.",
                );
                None
            }
            Self::Value(value) => Some(value),
        }
    }

    /// Turns the value into another, keeping the other two states.
    ///
    /// # Errors
    /// What `f` says.
    pub(crate) fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Patch<U>, E> {
        Ok(match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(f(value)?),
        })
    }

    /// Changes `field` as it was asked for.
    pub(crate) fn apply(self, field: &mut Option<T>) {
        match self {
            Self::Absent => {}
            Self::Null => *field = None,
            Self::Value(value) => *field = Some(value),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<T>::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

/// For [`merge`]; what is absent is left out with `skip_serializing_if`.
impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Null => serializer.serialize_none(),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}

/// For a field that is no setting of the document that an input is merged into: its value stays
/// apart, so it may be a secret.
pub(crate) fn apart<T, S: Serializer>(_: &Patch<T>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_none()
}

/// The fields of an input that were sent, as they would stand in a document.
///
/// # Errors
/// 500 for an input that is no JSON object.
pub(crate) fn fields(input: &impl Serialize) -> Result<Map<String, Value>, Problem> {
    match serde_json::to_value(input).map_err(Problem::internal)? {
        Value::Object(fields) => Ok(fields),
        other => Err(Problem::internal(format!("{other} has no fields"))),
    }
}

/// Settings with the changes that were sent: a field that is absent stays, `null` clears what can
/// be cleared.
///
/// # Errors
/// 422 for a `null` where something has to be.
pub(crate) fn merge<S: Serialize + DeserializeOwned>(
    settings: &S,
    changes: Map<String, Value>,
) -> Result<S, Problem> {
    let mut document = fields(settings)?;
    document.extend(changes);
    json::from_value(Value::Object(document))
}

/// For a field of a PATCH body that may be left out but not cleared: an `Option` with
/// `#[serde(default, deserialize_with = "patch::given")]`, for which `null` is an error, and
/// `#[schema(nullable = false)]`.
///
/// # Errors
/// What the value's own reading says.
pub(crate) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// For optional text that people paste: outer space goes, and what is empty then is `null`.
///
/// # Errors
/// For what is no text.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Patch<String>, D::Error> {
    optional_text(deserializer).map(|text| text.map_or(Patch::Null, Patch::Value))
}

/// The same for a new resource, where `null` is as good as nothing.
///
/// # Errors
/// For what is no text.
pub(crate) fn optional_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let text = text.map(|text| text.trim().to_owned());
    Ok(text.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Change {
        #[serde(default)]
        description: Patch<String>,
        #[serde(default, deserialize_with = "given")]
        title: Option<String>,
    }

    #[test]
    fn absent_null_and_value_are_told_apart() {
        let read = |text: &str| serde_json::from_str::<Change>(text);
        assert_eq!(read("{}").unwrap().description, Patch::Absent);
        assert_eq!(
            read(r#"{"description":null}"#).unwrap().description,
            Patch::Null
        );
        assert_eq!(
            read(r#"{"description":"x"}"#).unwrap().description,
            Patch::Value("x".into())
        );
        assert_eq!(
            read(r#"{"title":"x"}"#).unwrap().title.as_deref(),
            Some("x")
        );
        assert_eq!(read("{}").unwrap().title, None);
        assert!(read(r#"{"title":null}"#).is_err());
    }

    #[derive(Deserialize)]
    struct Pasted {
        #[serde(default, deserialize_with = "text")]
        url: Patch<String>,
    }

    #[test]
    fn pasted_text_is_trimmed_and_nothing_is_null() {
        for (body, expected) in [
            ("{}", Patch::Absent),
            (r#"{"url":null}"#, Patch::Null),
            (r#"{"url":" \n"}"#, Patch::Null),
            (r#"{"url":" a b\t"}"#, Patch::Value("a b".to_owned())),
        ] {
            assert_eq!(serde_json::from_str::<Pasted>(body).unwrap().url, expected);
        }
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Settings {
        title: String,
        limit: Option<i32>,
    }

    #[derive(Default, Serialize, Deserialize)]
    #[serde(default)]
    struct SettingsInput {
        #[serde(skip_serializing_if = "Patch::is_absent")]
        title: Patch<String>,
        #[serde(skip_serializing_if = "Patch::is_absent")]
        limit: Patch<i32>,
    }

    #[test]
    fn changes_are_merged_into_settings() {
        let stored = Settings {
            title: "Shop".into(),
            limit: Some(1),
        };
        let merged = |changes: &str| {
            let input: SettingsInput = serde_json::from_str(changes).unwrap();
            merge(&stored, fields(&input)?)
        };
        let settings = |title: &str, limit| Settings {
            title: title.into(),
            limit,
        };
        for (changes, expected) in [
            ("{}", settings("Shop", Some(1))),
            (r#"{"limit":null}"#, settings("Shop", None)),
            (r#"{"title":"Till","limit":2}"#, settings("Till", Some(2))),
        ] {
            assert_eq!(merged(changes).unwrap(), expected, "{changes}");
        }
        let refused = merged(r#"{"title":null,"limit":null}"#).unwrap_err();
        assert_eq!(
            (refused.errors[0].pointer.as_str(), refused.errors[0].code),
            ("/title", "invalid_type")
        );
    }

    #[test]
    fn null_is_an_error_where_nothing_can_be_cleared() {
        let mut invalid = Invalid::default();
        let mut given = |field: Patch<i32>, nulls| field.given("/c", nulls, &mut invalid);
        for nulls in [Nulls::Default, Nulls::Clear] {
            assert_eq!(given(Patch::Value(1), nulls), Some(1));
            assert_eq!(given(Patch::Absent, nulls), None);
        }
        assert_eq!(given(Patch::Null, Nulls::Default), None);
        assert_eq!(given(Patch::Null, Nulls::Clear), None);
        assert_eq!(invalid.0.len(), 1);
        assert_eq!(
            (invalid.0[0].pointer.as_str(), invalid.0[0].code),
            ("/c", "invalid_type")
        );
    }
}
