//! JSON bodies whose failures are problem documents: [`Json`] and [`OptionalJson`].

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderValue},
    web,
};
use domain::Invalid;
use futures_util::future::{FutureExt, LocalBoxFuture};
use serde::{
    Deserializer,
    de::{DeserializeOwned, IgnoredAny},
};

use super::{body, json_error};
use crate::{Code, Problem, State};

/// A JSON body. 415 for another media type, 413 when it is too large, 400 when it is not JSON, 422
/// (with a pointer) when it is not a `T`. Every input DTO carries `#[serde(deny_unknown_fields)]`.
/// utoipa finds an operation's request body by this very name.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

/// [`Json`] for operations that work without a body: an empty one is `T::default()`.
#[derive(Debug)]
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        async move {
            is_json(&req)?;
            let body = body_of(&req, payload).await?;
            parse(&body).map(Self)
        }
        .boxed_local()
    }
}

impl<T: DeserializeOwned + Default + 'static> FromRequest for OptionalJson<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        async move {
            let body = body_of(&req, payload).await?;
            if body.is_empty() {
                return Ok(Self(T::default()));
            }
            is_json(&req)?;
            parse(&body).map(Self)
        }
        .boxed_local()
    }
}

async fn body_of(req: &HttpRequest, payload: Payload) -> Result<web::Bytes, Problem> {
    let state = req
        .app_data::<web::Data<State>>()
        .ok_or_else(|| Problem::internal("the application has no state"))?;
    let limit = body::limit_of(req, &state.settings);
    body::read(req.headers(), payload, limit).await
}

fn is_json(req: &HttpRequest) -> Result<(), Problem> {
    let kind = req.content_type().to_ascii_lowercase();
    if kind != "application/json" && !(kind.starts_with("application/") && kind.ends_with("+json"))
    {
        return Err(
            Problem::new(Code::UnsupportedMediaType).detail("Send the body as application/json.")
        );
    }
    let is_encoded = |value: &HeaderValue| {
        let encoding = value.to_str().unwrap_or("").trim();
        !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity")
    };
    if req
        .headers()
        .get(header::CONTENT_ENCODING)
        .is_some_and(is_encoded)
    {
        return Err(Problem::new(Code::UnsupportedMediaType)
            .detail("Send the body without a Content-Encoding."));
    }
    Ok(())
}

/// The plain parser is fast; only when it fails does the slower one look for the place.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.is_empty() {
        return Err(Problem::new(Code::Malformed).detail("A JSON body is required."));
    }
    // serde would take a list for the fields of a struct, in their order.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    if let (true, Ok(value)) = (is_object, serde_json::from_slice(body)) {
        return Ok(value);
    }
    // Not every complaint about a value is marked as such: `null` for an enum counts as bad syntax.
    if let Err(error) = serde_json::from_slice::<IgnoredAny>(body) {
        return Err(
            Problem::new(Code::Malformed).detail(format!("The body is not valid JSON: {error}."))
        );
    }
    if !is_object {
        return Err(Invalid::one("", "invalid_type", "The body must be a JSON object.").into());
    }
    located(&mut serde_json::Deserializer::from_slice(body))
}

/// Reads a value that was put together from a body. 422 (with a pointer) when it is not a `T`.
pub(crate) fn from_value<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, Problem> {
    located(value)
}

fn located<'de, T, D>(input: D) -> Result<T, Problem>
where
    T: DeserializeOwned,
    D: Deserializer<'de, Error = serde_json::Error>,
{
    serde_path_to_error::deserialize(input).map_err(|error| {
        let pointer = json_error::pointer(error.path());
        let message = error.inner().to_string();
        json_error::field(&pointer, &message, json_error::Style::Pointer).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Input {
        name: String,
        #[serde(default)]
        parts: Vec<Part>,
        data: Option<Box<serde_json::value::RawValue>>,
        #[serde(default, deserialize_with = "crate::request::patch::given")]
        kind: Option<Kind>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Green,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Part {
        size: u8,
    }

    #[test]
    fn what_is_wrong_with_a_body_is_named_by_pointer_and_code() {
        for (body, pointer, code) in [
            (r#"{}"#, "/name", "required"),
            (r#"{"name":1}"#, "/name", "invalid_type"),
            (r#"{"name":"a","nmae":1}"#, "/nmae", "unknown_field"),
            (r#"{"name":"a","a/b~":1}"#, "/a~1b~0", "unknown_field"),
            (
                r#"{"name":"a","parts":[{"size":1},{"size":300}]}"#,
                "/parts/1/size",
                "invalid_value",
            ),
            (r#"{"name":"a","parts":[{}]}"#, "/parts/0/size", "required"),
            (
                r#"{"name":"a","data":{"z":1.10},"parts":[{"sise":1}]}"#,
                "/parts/0/sise",
                "unknown_field",
            ),
            (r#"{"name":"a","name":"b"}"#, "/name", "duplicate_field"),
            (r#"{"name":"a","kind":null}"#, "/kind", "invalid_type"),
            (r#"{"name":"a","kind":7}"#, "/kind", "invalid_type"),
            (r#"{"name":"a","kind":"gren"}"#, "/kind", "invalid_value"),
            (r#"["a"]"#, "", "invalid_type"),
            (r#""text""#, "", "invalid_type"),
        ] {
            let problem = parse::<Input>(body.as_bytes()).unwrap_err();
            assert_eq!(problem.code, Code::InvalidFields, "{body}");
            assert_eq!(
                (problem.errors[0].pointer.as_str(), problem.errors[0].code),
                (pointer, code),
                "{body}"
            );
            assert!(
                !problem.errors[0].detail.contains("line 1"),
                "{}",
                problem.errors[0].detail
            );
        }
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        for body in ["", "{", "{\"name\":}", "\u{feff}{}", &"[".repeat(500)] {
            assert_eq!(
                parse::<Input>(body.as_bytes()).unwrap_err().code,
                Code::Malformed,
                "{body}"
            );
        }
    }
}
