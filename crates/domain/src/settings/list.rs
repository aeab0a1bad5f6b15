//! Lists, which environment variables write with commas.

use std::{fmt::Display, str::FromStr};

use serde::{Deserialize, Deserializer, de::Error as _};

/// A list, or one text with its items separated by commas.
#[derive(Deserialize)]
#[serde(untagged)]
enum Items {
    Joined(String),
    Texts(Vec<String>),
    Numbers(Vec<u64>),
}

/// Reads a list, for `#[serde(deserialize_with = "domain::settings::list")]`.
///
/// # Errors
/// Names the first item that is not allowed.
pub fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let items: Vec<String> =
        match Items::deserialize(deserializer).map_err(|_| D::Error::custom("must be a list"))? {
            Items::Joined(text) => text
                .split(',')
                .map(|item| item.trim().to_owned())
                .filter(|item| !item.is_empty())
                .collect(),
            Items::Texts(items) => items,
            Items::Numbers(items) => items.iter().map(u64::to_string).collect(),
        };
    items
        .iter()
        .map(|item| {
            item.parse()
                .map_err(|error| D::Error::custom(format!("\"{item}\": {error}")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use ipnet::IpNet;
    use serde::de::value::StrDeserializer;

    use super::*;

    fn joined<T: FromStr<Err: Display>>(text: &str) -> Result<Vec<T>, String> {
        let text: StrDeserializer<'_, serde::de::value::Error> = StrDeserializer::new(text);
        list(text).map_err(|error| error.to_string())
    }

    fn json<T: FromStr<Err: Display>>(text: &str) -> Result<Vec<T>, serde_json::Error> {
        list(&mut serde_json::Deserializer::from_str(text))
    }

    #[test]
    fn items_are_separated_by_commas_or_make_a_list() {
        let networks = joined::<IpNet>(" 10.0.0.0/8, ::1/128,").unwrap();
        assert_eq!(
            networks,
            json::<IpNet>(r#"["10.0.0.0/8", "::1/128"]"#).unwrap()
        );
        assert_eq!(json::<u32>("[60, 300]").unwrap(), [60, 300]);
        assert!(joined::<u32>("").unwrap().is_empty());
        assert!(joined::<u32>("60,soon").unwrap_err().contains("\"soon\""));
    }
}
