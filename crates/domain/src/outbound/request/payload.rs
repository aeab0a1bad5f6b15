//! The bytes that belong to a delivery: rendered once, sent by every attempt.

use std::sync::Arc;

use super::{
    BodyMode, Format, Method,
    envelope::Envelope,
    error::{MAX_GET_URL, MAX_PAYLOAD, RequestError},
};
use crate::{
    json::{ExactJson, write_string},
    outbound::{
        form::{Form, FormTooLong, to_form},
        template::{Rendering, Template},
    },
};

/// What a delivery carries: a JSON or form body, or a GET's query pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    method: Method,
    format: Format,
    bytes: Arc<[u8]>,
}

impl Payload {
    /// A payload that was rendered before, from where it was kept.
    pub fn stored(method: Method, format: Format, bytes: Arc<[u8]>) -> Self {
        Self {
            method,
            format,
            bytes,
        }
    }

    pub fn method(&self) -> Method {
        self.method
    }

    pub fn format(&self) -> Format {
        self.format
    }

    /// The body, or the query pairs of a GET.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// The `Content-Type` to send; none for GET.
    pub fn content_type(&self) -> Option<&'static str> {
        self.method.has_body().then_some(match self.format {
            Format::Json => "application/json",
            Format::Form => "application/x-www-form-urlencoded",
        })
    }
}

/// Renders what a feed sends of an event.
///
/// # Errors
/// [`RequestError`]: trying again would not help.
pub fn render_payload(
    method: Method,
    format: Format,
    body: &BodyMode,
    envelope: &Envelope,
) -> Result<Payload, RequestError> {
    let limit = if method.has_body() {
        MAX_PAYLOAD
    } else {
        MAX_GET_URL
    };
    let too_long = |_: FormTooLong| {
        if method.has_body() {
            RequestError::BodyTooLong
        } else {
            RequestError::UrlTooLong
        }
    };
    let is_json = format == Format::Json && method.has_body();
    let bytes = match body {
        BodyMode::All if is_json => envelope.bytes().clone(),
        BodyMode::All => to_form(envelope.context()?.json(), limit)
            .map_err(too_long)?
            .into_bytes()
            .into(),
        BodyMode::Selected(fields) if is_json => {
            selected_json(fields, &Rendering::of(envelope.context()?))?
                .into_bytes()
                .into()
        }
        BodyMode::Selected(fields) => {
            let mut form = Form::new(limit);
            let rendering = Rendering::of(envelope.context()?);
            for (key, template) in fields {
                let value = render(key, template, &rendering)?;
                // A chosen field is always there: what is missing is empty, not left out.
                let value = if *value == ExactJson::Null {
                    &ExactJson::String(String::new())
                } else {
                    &*value
                };
                form.add(key, value).map_err(too_long)?;
            }
            form.finish().into_bytes().into()
        }
    };
    if bytes.len() > limit {
        return Err(too_long(FormTooLong(limit)));
    }
    Ok(Payload {
        method,
        format,
        bytes,
    })
}

fn selected_json(
    fields: &[(String, Template)],
    rendering: &Rendering<'_>,
) -> Result<String, RequestError> {
    let mut body = String::from("{");
    for (index, (key, template)) in fields.iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        write_string(key, &mut body);
        body.push(':');
        render(key, template, rendering)?.write(&mut body);
        if body.len() > MAX_PAYLOAD {
            return Err(RequestError::BodyTooLong);
        }
    }
    body.push('}');
    Ok(body)
}

fn render<'c>(
    key: &str,
    template: &Template,
    rendering: &Rendering<'c>,
) -> Result<std::borrow::Cow<'c, ExactJson>, RequestError> {
    template
        .render(rendering)
        .map_err(|error| RequestError::Template {
            key: key.to_owned(),
            error,
        })
}

#[cfg(test)]
mod tests;
