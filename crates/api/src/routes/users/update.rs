use actix_web::{patch, web::Data};
use domain::{
    Invalid,
    community::{UserStatus, login},
    id::UserId,
};
use serde::Deserialize;
use storage::{
    password_tokens,
    users::{self, User},
};

use super::{email, name};
use crate::{
    Problem, State,
    answer::Resource,
    community::{self, By, Changes},
    request::{Caller, IfMatch, Json, Patch, PathId, optimistic, patch, scope},
    schema,
    views::UserView,
};

/// Changes to a user. Omitted fields stay as they are.
#[derive(Deserialize, Clone, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"first_name": "Inês", "last_name": null}))]
pub(crate) struct UpdateUser {
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false, format = "email", max_length = 254)]
    email: Option<String>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(nullable = false, min_length = 3, max_length = 60)]
    username: Option<String>,
    /// `null` clears it.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100)]
    first_name: Patch<String>,
    /// `null` clears it.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100)]
    last_name: Patch<String>,
    #[serde(default, deserialize_with = "patch::given")]
    #[schema(schema_with = schema::user_status, required = false)]
    status: Option<UserStatus>,
}

/// Changes a user.
#[utoipa::path(tag = "users", responses((status = 200, description = "The changed user.", body = UserView)))]
#[patch("/users/{id}")]
pub(crate) async fn update_user(
    _: Caller<scope::CommunityWrite>,
    id: PathId<UserId>,
    state: Data<State>,
    if_match: IfMatch,
    body: Json<UpdateUser>,
) -> Result<Resource<UserView>, Problem> {
    let user = optimistic(&if_match, async || {
        let mut changes = Changes::new(By::Api, state.clock.now());
        let mut tx = state.db.begin().await?;
        let mut user = users::find(&mut tx, *id).await?;
        if_match.check_version(user.version)?;
        let before = user.clone();
        body.0.clone().apply(&mut user)?;
        if user != before {
            community::update_user(&mut tx, &mut changes, &mut user).await?;
        }
        if user.email_folded != before.email_folded {
            // Whoever reads the old address is not to set the password any more.
            password_tokens::clear(&mut tx, user.id).await?;
        }
        changes.save(&mut tx).await?;
        tx.commit().await?;
        Ok(user)
    })
    .await?;
    let version = user.version;
    Ok(Resource::versioned(user.into(), version))
}

impl UpdateUser {
    fn apply(self, user: &mut User) -> Result<(), Invalid> {
        let mut invalid = Invalid::default();
        if let Some(email) = self
            .email
            .and_then(|raw| invalid.take(email("/email", &raw)))
        {
            user.email = email.as_str().to_owned();
            user.email_folded = email.folded().to_owned();
        }
        // A login that was generated may break the rules for chosen ones; sending it back unchanged
        // is fine.
        if let Some(raw) = self.username.filter(|raw| *raw != user.username)
            && let Some(username) = invalid.take(login::chosen("/username", &raw))
        {
            user.username = username;
        }
        for (pointer, change, field) in [
            ("/first_name", self.first_name, &mut user.first_name),
            ("/last_name", self.last_name, &mut user.last_name),
        ] {
            match invalid.take(change.try_map(|raw| name(pointer, &raw))) {
                Some(Patch::Value(name)) => *field = name,
                Some(Patch::Null) => field.clear(),
                Some(Patch::Absent) | None => {}
            }
        }
        user.status = self.status.unwrap_or(user.status);
        invalid.or(())
    }
}
