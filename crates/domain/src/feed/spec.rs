//! What the owner of a feed can say: one document, stored as such.

use serde::{Deserialize, Serialize};

use super::FeedHeader;
use crate::outbound::{
    request::{Format, Method},
    signature::SignatureKind,
};

/// Everything about a feed that its owner can say, as it is stored. A field that a stored document
/// lacks has its default; one that this version does not know is ignored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedSpec {
    pub settings: FeedSettings,
    /// Values of secret ones are sealed.
    pub headers: Vec<FeedHeader>,
    pub body: FeedBody,
}

/// The settings that requests, answers and the stored document write alike. Whatever is added here
/// can be set and read by the API: nothing secret may be among them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedSettings {
    pub title: String,
    pub url: Option<String>,
    pub method: Method,
    pub format: Format,
    pub signature: SignatureKind,
    pub events: Vec<String>,
    pub condition: Option<String>,
    pub timeout_ms: i32,
    pub max_in_flight: i32,
    pub rate_limit_per_second: Option<i32>,
    /// Seconds after the previous try, one entry for each retry; `None` for the default schedule.
    pub retry_schedule: Option<Vec<u32>>,
    pub retry_client_errors: bool,
}

impl Default for FeedSettings {
    fn default() -> Self {
        Self {
            title: String::new(),
            url: None,
            method: Method::Post,
            format: Format::Json,
            signature: SignatureKind::V1,
            events: Vec::new(),
            condition: None,
            timeout_ms: 15_000,
            max_in_flight: 16,
            rate_limit_per_second: None,
            retry_schedule: None,
            retry_client_errors: true,
        }
    }
}

/// What is sent: everything, or the chosen fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum FeedBody {
    /// The envelope with all data.
    #[default]
    All,
    /// A flat object of these fields.
    Selected { fields: Vec<SelectedField> },
}

/// One key of a selected body and the template of its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectedField {
    pub key: String,
    pub value: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json, to_value};

    #[test]
    fn a_stored_document_reads_back_as_it_was() {
        let spec = FeedSpec {
            settings: FeedSettings {
                title: "Sales".into(),
                url: Some("https://a.example/".into()),
                method: Method::Get,
                format: Format::Form,
                signature: SignatureKind::Both,
                events: vec!["order.*".into()],
                condition: Some("data.order.total > 1".into()),
                timeout_ms: 1000,
                max_in_flight: 1,
                rate_limit_per_second: Some(2),
                retry_schedule: Some(vec![5]),
                retry_client_errors: false,
            },
            headers: vec![FeedHeader {
                name: "X-A".into(),
                value: "v".into(),
                secret: false,
                basic_auth: None,
            }],
            body: FeedBody::Selected { fields: Vec::new() },
        };
        assert_eq!(
            from_value::<FeedSpec>(to_value(&spec).unwrap()).unwrap(),
            spec
        );
    }

    #[test]
    fn older_and_newer_documents_can_be_read() {
        assert_eq!(
            from_value::<FeedSpec>(json!({})).unwrap(),
            FeedSpec::default()
        );
        let newer = json!({"settings": {"title": "Sales", "later": 1}, "more": {}});
        assert_eq!(
            from_value::<FeedSpec>(newer).unwrap().settings.title,
            "Sales"
        );
        assert!(from_value::<FeedSpec>(json!({"settings": {"method": "LATER"}})).is_err());
    }
}
