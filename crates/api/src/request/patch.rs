//! Merging changes: fields that are absent, null or given.

use serde::{Deserialize, Deserializer};

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
}
