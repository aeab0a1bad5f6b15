//! How the verification of an incoming webhook is kept: its settings as they are, its secret sealed
//! beside them.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    id::IncomingWebhookId,
    incoming::verification::{Scheme, Verification},
    vault::{CannotDecrypt, Vault},
};
use serde::Deserialize;
use serde_json::{Value, json};
use storage::incoming_webhooks::IncomingWebhook;

use crate::Problem;

const SEALED: &str = "sealed_secret";

fn context(id: IncomingWebhookId) -> String {
    format!("incoming webhook verification {id}")
}

/// As it is kept in the row of this webhook, and of no other.
pub(crate) fn seal(vault: &Vault, id: IncomingWebhookId, verification: &Verification) -> Value {
    let scheme = verification.scheme();
    let sealed = || {
        STANDARD
            .encode(vault.seal(&context(id), verification.expose().as_bytes()))
            .into()
    };
    with(scheme, scheme.secret_field().map(|_| (SEALED, sealed())))
}

/// What calls of this webhook have to prove.
///
/// # Errors
/// 500 for what cannot be read: then nobody is believed.
pub(crate) fn open(vault: &Vault, webhook: &IncomingWebhook) -> Result<Verification, Problem> {
    let scheme = scheme(webhook)?;
    let secret = match webhook.verification.0.get(SEALED).and_then(Value::as_str) {
        Some(sealed) => vault.open_text(
            &context(webhook.id),
            &STANDARD.decode(sealed).map_err(|_| CannotDecrypt)?,
        )?,
        None => String::new(),
    };
    Verification::restore(scheme, secret).ok_or_else(|| CannotDecrypt.into())
}

/// What may be shown of it.
///
/// # Errors
/// 500 for what cannot be read.
pub(crate) fn shown(webhook: &IncomingWebhook) -> Result<Value, Problem> {
    let scheme = scheme(webhook)?;
    Ok(with(
        &scheme,
        scheme.secret_field().map(|field| (field, Value::Null)),
    ))
}

fn with(scheme: &Scheme, more: Option<(&str, Value)>) -> Value {
    let mut settings = json!(scheme);
    if let (Value::Object(members), Some((name, value))) = (&mut settings, more) {
        members.insert(name.to_owned(), value);
    }
    settings
}

/// The way of proving alone, for which no secret is needed.
///
/// # Errors
/// 500 for what cannot be read.
pub(crate) fn scheme(webhook: &IncomingWebhook) -> Result<Scheme, Problem> {
    Scheme::deserialize(&webhook.verification.0).map_err(Problem::internal)
}
