use actix_web::{HttpResponse, post, web::Data};
use domain::{
    Invalid,
    community::{UserStatus, password},
    secret::{SecretHash, Token},
};
use serde::Deserialize;
use storage::{Conn, Error, password_tokens, users};

use crate::{
    Problem, State,
    community::{By, Changes, update_user},
    request::{Guest, Json, until_undisturbed},
};

/// The token of a mailed link, and the password to set.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "kB3m9mXoT2u5rXqvQd0G5c4w0cJ8y1bZ", "password": "correct horse battery staple"}))]
pub(crate) struct ResetPassword {
    #[schema(max_length = 512)]
    token: String,
    /// 8 to 4096 bytes, used exactly as sent.
    #[schema(min_length = 8, max_length = 4096)]
    password: String,
}

/// Sets the password of the user to whom the link was mailed, and invalidates all of the user's
/// links. Needs no API key.
#[utoipa::path(tag = "password", responses((status = 204, description = "The password is set.")))]
#[post("/password/reset")]
pub(crate) async fn reset_password(
    _: Guest,
    state: Data<State>,
    body: Json<ResetPassword>,
) -> Result<HttpResponse, Problem> {
    let ResetPassword { token, password } = body.0;
    let hash = Token::from_text(token).hash();
    let mut invalid = Invalid::default();
    let password = invalid.take(password::chosen("/password", password));
    if owner(&state, &mut state.db.read().await?, &hash)
        .await?
        .is_none()
    {
        invalid.0.extend(invalid_token().0);
    }
    invalid.or(())?;
    let Some(password) = password else {
        return Err(Problem::internal("a password was neither good nor bad"));
    };
    // Hashing takes long, so it comes before the transaction, and only for whoever has a token.
    let password_hash = state
        .passwords
        .hash(password)
        .await
        .map_err(Problem::internal)?;
    until_undisturbed(async || set(&state, &hash, &password_hash).await).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Unknown, expired, used, and of a user who is blocked: all the same to whoever tries tokens.
fn invalid_token() -> Invalid {
    Invalid::one(
        "/token",
        "invalid_token",
        "The link is not valid, or no longer; ask for a new one.",
    )
}

/// The user whose token this is and who may use it.
async fn owner(
    state: &State,
    conn: &mut Conn,
    hash: &SecretHash,
) -> storage::Result<Option<users::User>> {
    let Some(id) = password_tokens::user_of(conn, hash, state.clock.now()).await? else {
        return Ok(None);
    };
    match users::find(conn, id).await {
        Ok(user) => Ok(Some(user).filter(|user| user.status != UserStatus::Blocked)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The user's row is the lock: of several who come with a token at once, one changes it first, and
/// the others find the token gone.
async fn set(state: &State, hash: &SecretHash, password_hash: &str) -> Result<(), Problem> {
    let mut changes = Changes::new(By::Api, state.clock.now());
    let mut tx = state.db.begin().await?;
    let Some(mut user) = owner(state, &mut tx, hash).await? else {
        return Err(invalid_token().into());
    };
    user.password_hash = Some(password_hash.to_owned());
    update_user(&mut tx, &mut changes, &mut user).await?;
    if !password_tokens::use_up(&mut tx, hash, user.id).await? {
        return Err(invalid_token().into());
    }
    changes.save(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}
