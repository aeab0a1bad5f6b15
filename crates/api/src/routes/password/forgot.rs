use actix_web::{HttpResponse, post, web::Data};
use domain::{Email, Invalid};
use serde::{Deserialize, Serialize};
use storage::mails::{self, Mail};

use crate::{
    Problem, State,
    request::{Guest, Json},
};

/// The address of somebody who forgot their password, or never had one.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ines@example.org"}))]
pub(crate) struct ForgotPassword {
    #[schema(format = "email", max_length = 254)]
    email: String,
}

/// The same whether or not a user has the address.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Accepted {
    #[schema(example = "If a user has this address, a mail with a link is on its way.")]
    message: &'static str,
}

/// Mails a link for setting a password, if a user has this address. Needs no API key.
#[utoipa::path(tag = "password", responses((status = 202, description = "Accepted, whether or not a user has the address.", body = Accepted)))]
#[post("/password/forgot")]
pub(crate) async fn forgot_password(
    _: Guest,
    state: Data<State>,
    body: Json<ForgotPassword>,
) -> Result<HttpResponse, Problem> {
    let email = Email::parse(&body.0.email)
        .map_err(|error| Invalid::one("/email", "invalid_email", error.to_string()))?;
    state
        .password_mails
        .check(email.folded().to_owned())
        .await?;
    // One row, known or not: the mailer finds out who has the address. So neither answer nor time
    // tells.
    mails::insert(
        &mut state.db.write().await?,
        &Mail::password_reset(&email, state.clock.now()),
    )
    .await?;
    Ok(HttpResponse::Accepted().json(Accepted {
        message: "If a user has this address, a mail with a link is on its way.",
    }))
}
