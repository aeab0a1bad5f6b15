//! The operations of an OpenAPI document.

use reqwest::Method;
use serde_json::Value;

/// A method of a path.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub method: Method,
    /// With parameters in braces.
    pub path: String,
    /// Every method of the path, sorted.
    pub siblings: Vec<String>,
    /// The example of the JSON body, when the operation takes one.
    pub example: Option<Value>,
    /// Whether it takes a body of any kind.
    pub takes_body: bool,
    /// Whether the document says that it needs an API key.
    secured: bool,
    parameters: Vec<(String, String)>,
    statuses: Vec<String>,
}

impl Operation {
    /// `GET /v1/users/{id}`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether it belongs to the management API.
    pub(super) fn managed(&self) -> bool {
        self.path.starts_with("/v1/") && !self.for_guests()
    }

    /// Whether it is one of the few below `/v1` that need no API key.
    pub(super) fn for_guests(&self) -> bool {
        ["/v1/password/forgot", "/v1/password/reset"].contains(&self.path.as_str())
    }

    /// Whether the document says that it needs an API key.
    pub(super) fn secured(&self) -> bool {
        self.secured
    }

    /// Whether it is the first of its path, for what concerns paths.
    pub(super) fn leads(&self) -> bool {
        self.siblings
            .first()
            .is_some_and(|first| *first == self.method.as_str())
    }

    /// Whether its path ends with a parameter: a single resource.
    pub(super) fn single(&self) -> bool {
        self.path.ends_with('}')
    }

    /// Whether a parameter is documented; `place` is `query`, `header` or `path`.
    pub(super) fn documents(&self, place: &str, name: &str) -> bool {
        self.parameters
            .iter()
            .any(|parameter| (parameter.0.as_str(), parameter.1.as_str()) == (place, name))
    }

    /// Whether a status is documented.
    pub(super) fn answers(&self, status: u16) -> bool {
        self.statuses
            .iter()
            .any(|known| *known == status.to_string())
    }
}

/// Every operation, in the order of the document.
pub(super) fn operations(document: &Value) -> Vec<Operation> {
    const METHODS: [&str; 5] = ["delete", "get", "patch", "post", "put"];
    let paths = document["paths"].as_object().expect("a document has paths");
    let mut found = Vec::new();
    for (path, item) in paths {
        let there: Vec<_> = METHODS
            .into_iter()
            .filter(|method| item.get(*method).is_some())
            .collect();
        let siblings: Vec<_> = there.iter().map(|method| method.to_uppercase()).collect();
        found.extend(
            there
                .iter()
                .map(|method| operation(document, path, method, siblings.clone(), &item[*method])),
        );
    }
    found
}

fn operation(
    document: &Value,
    path: &str,
    method: &str,
    siblings: Vec<String>,
    told: &Value,
) -> Operation {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let parameters = told["parameters"].as_array().into_iter().flatten();
    let body = &told["requestBody"]["content"];
    Operation {
        method: Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method"),
        path: path.to_owned(),
        siblings,
        example: body
            .get("application/json")
            .map(|media| example(document, media)),
        takes_body: body.is_object(),
        secured: told["security"]
            .as_array()
            .is_some_and(|schemes| !schemes.is_empty()),
        parameters: parameters
            .map(|parameter| (text(&parameter["in"]), text(&parameter["name"])))
            .collect(),
        statuses: told["responses"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(status, _)| status.clone())
            .collect(),
    }
}

/// The example beside the body, or that of its schema.
fn example(document: &Value, media: &Value) -> Value {
    let schema = &media["schema"];
    let name = schema["$ref"]
        .as_str()
        .and_then(|reference| reference.rsplit('/').next())
        .unwrap_or_default();
    let named = &document["components"]["schemas"][name];
    let found = [
        &media["example"],
        &schema["example"],
        &named["example"],
        &named["examples"][0],
    ];
    found
        .into_iter()
        .find(|value| !value.is_null())
        .cloned()
        .unwrap_or(Value::Null)
}
