//! Query parameters.

use domain::Invalid;
use serde::de::DeserializeOwned;

use super::json_error;
use crate::Problem;

/// Reads decoded query parameters. 422 for unknown or unreadable ones, with the parameter's name as
/// pointer.
pub(crate) fn from_pairs<T: DeserializeOwned>(
    pairs: impl Iterator<Item = (String, String)>,
) -> Result<T, Problem> {
    let pairs: Vec<_> = pairs.collect();
    pairs
        .iter()
        .try_for_each(|(name, value)| check(name, value))?;
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    let deserializer =
        serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let invalid = json_error::field(
            &error.path().to_string(),
            &error.inner().to_string(),
            json_error::Style::Name,
        );
        invalid.into()
    })
}

/// Most bytes of a parameter's value: more than anything has that is looked for.
const MAX_VALUE: usize = 1024;

/// What no database looks for: NUL, which PostgreSQL has no text for, and patterns without end.
fn check(name: &str, value: &str) -> Result<(), Invalid> {
    let wrong = |code, detail: String| Err(Invalid::one(name, code, detail));
    if value.len() > MAX_VALUE {
        wrong("too_long", format!("Must have at most {MAX_VALUE} bytes."))
    } else if value.chars().any(char::is_control) {
        let detail = "Must not contain control characters.";
        wrong("control_character", detail.to_owned())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        enabled: Option<bool>,
        search: Option<String>,
    }

    #[test]
    fn unknown_and_wrong_query_parameters_are_named() {
        let read = |pairs: &[(&str, &str)]| {
            from_pairs::<Filter>(pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())))
        };
        let good = read(&[("enabled", "true"), ("search", "a&b=c")]).unwrap();
        assert_eq!(
            (good.enabled, good.search.as_deref()),
            (Some(true), Some("a&b=c"))
        );
        for (pair, code) in [
            (("enabled", "maybe"), "invalid_value"),
            (("serach", "x"), "unknown_field"),
            (("search", "a\0b"), "control_character"),
            (("search", &"x".repeat(60_000)), "too_long"),
        ] {
            let problem = read(&[pair]).unwrap_err();
            assert_eq!(
                (problem.errors[0].pointer.as_str(), problem.errors[0].code),
                (pair.0, code)
            );
        }
    }
}
