//! Query parameters.

use serde::de::DeserializeOwned;

use super::json_error;
use crate::Problem;

/// Reads decoded query parameters. 422 for unknown or unreadable ones, with the parameter's name as
/// pointer.
pub(crate) fn from_pairs<T: DeserializeOwned>(
    pairs: impl Iterator<Item = (String, String)>,
) -> Result<T, Problem> {
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
        ] {
            let problem = read(&[pair]).unwrap_err();
            assert_eq!(
                (problem.errors[0].pointer.as_str(), problem.errors[0].code),
                (pair.0, code)
            );
        }
    }
}
