//! An answer of the API.

use bytes::Bytes;
use reqwest::{Response, header::HeaderMap};
use serde_json::Value;

/// Status, headers and body.
#[derive(Debug, Clone)]
pub struct Answer {
    what: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub(super) async fn read(what: String, response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response
            .bytes()
            .await
            .unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let answer = Self {
            what,
            status,
            headers,
            body,
        };
        assert!(
            answer
                .header("x-request-id")
                .is_some_and(|id| !id.is_empty()),
            "no X-Request-Id: {answer:?}"
        );
        if status >= 400 && !answer.what.contains(" /health/") {
            answer.check_problem();
        }
        answer
    }

    /// The answer itself, if it has this status.
    ///
    /// # Panics
    /// When it has another.
    #[track_caller]
    pub fn ok(self, status: u16) -> Self {
        assert_eq!(
            self.status,
            status,
            "{}: {}",
            self.what,
            String::from_utf8_lossy(&self.body)
        );
        self
    }

    /// The problem document, if the answer has this status and code.
    ///
    /// # Panics
    /// When it has others.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        let answer = self.ok(status);
        let problem = answer.check_problem();
        assert_eq!(problem["code"], code, "{}: {problem}", answer.what);
        problem
    }

    /// The pointers of a 422's field errors, with their codes.
    ///
    /// # Panics
    /// When the answer is something else.
    #[track_caller]
    pub fn invalid(self) -> Vec<(String, String)> {
        let problem = self.problem(422, "invalid_fields");
        let errors = problem["errors"]
            .as_array()
            .unwrap_or_else(|| panic!("no errors: {problem}"));
        let text = |error: &Value, key: &str| {
            error[key]
                .as_str()
                .unwrap_or_else(|| panic!("no {key}: {error}"))
                .to_owned()
        };
        errors
            .iter()
            .map(|error| (text(error, "pointer"), text(error, "code")))
            .collect()
    }

    /// The body.
    ///
    /// # Panics
    /// When it is not JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let parsed = serde_json::from_slice(&self.body);
        parsed.unwrap_or_else(|error| {
            panic!("{}: {} {error}: {:?}", self.what, self.status, self.body)
        })
    }

    /// The `data` of a list.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn list(&self) -> Vec<Value> {
        let json = self.json();
        json["data"]
            .as_array()
            .cloned()
            .unwrap_or_else(|| panic!("{}: no list: {json}", self.what))
    }

    /// A header that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The `ETag`.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn etag(&self) -> String {
        self.header("etag")
            .unwrap_or_else(|| panic!("{}: no ETag", self.what))
            .to_owned()
    }

    #[track_caller]
    fn check_problem(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{}: {:?}",
            self.what,
            self.body
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{}: {problem}", self.what);
        assert_eq!(
            problem["request_id"].as_str(),
            self.header("x-request-id"),
            "{}: {problem}",
            self.what
        );
        for key in ["type", "title", "code"] {
            assert!(
                problem[key].as_str().is_some_and(|text| !text.is_empty()),
                "{}: no {key}: {problem}",
                self.what
            );
        }
        problem
    }
}
