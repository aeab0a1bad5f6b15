use actix_web::{post, web::Data};
use domain::{
    Invalid,
    community::{UserStatus, login},
};
use serde::Deserialize;

use super::{email, name};
use crate::{
    Problem, State,
    answer::Created,
    community::{self, By, Changes, NewUser},
    request::{Caller, Json, patch, scope},
    schema,
    views::UserView,
};

/// A new user.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ines@example.org", "first_name": "Ines", "last_name": "Marlow"}))]
pub(crate) struct CreateUser {
    #[schema(format = "email", max_length = 254)]
    email: String,
    /// Made from the address and name by default.
    #[schema(min_length = 3, max_length = 60)]
    #[serde(default, deserialize_with = "patch::optional_text")]
    username: Option<String>,
    #[schema(max_length = 100)]
    first_name: Option<String>,
    #[schema(max_length = 100)]
    last_name: Option<String>,
    /// `active` by default.
    #[schema(schema_with = schema::or_null::user_status, required = false)]
    status: Option<UserStatus>,
}

/// Creates a user.
#[utoipa::path(tag = "users", responses((status = 201, description = "The new user.", body = UserView)))]
#[post("/users")]
pub(crate) async fn create_user(
    _: Caller<scope::CommunityWrite>,
    state: Data<State>,
    body: Json<CreateUser>,
) -> Result<Created<UserView>, Problem> {
    let new = body.0.check()?;
    let mut changes = Changes::new(By::Api, state.clock.now());
    let mut tx = state.db.begin().await?;
    let user = community::create_user(&mut tx, &mut changes, new).await?;
    changes.save(&mut tx).await?;
    tx.commit().await?;
    let (location, version) = (format!("/v1/users/{}", user.id), user.version);
    Ok(Created::versioned(user.into(), version, location))
}

impl CreateUser {
    fn check(self) -> Result<NewUser, Invalid> {
        let mut invalid = Invalid::default();
        let email = invalid.take(email("/email", &self.email));
        let username = self
            .username
            .and_then(|raw| invalid.take(login::chosen("/username", &raw)));
        // Whoever has no name has an empty one.
        let mut part = |pointer, raw: Option<String>| {
            raw.and_then(|raw| invalid.take(name(pointer, &raw)))
                .unwrap_or_default()
        };
        let (first_name, last_name) = (
            part("/first_name", self.first_name),
            part("/last_name", self.last_name),
        );
        let status = self.status.unwrap_or(UserStatus::Active);
        match email {
            Some(email) => invalid.or(NewUser {
                email,
                first_name,
                last_name,
                username,
                status,
                password_hash: None,
            }),
            None => Err(invalid),
        }
    }
}
