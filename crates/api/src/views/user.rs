//! Users.

use domain::{
    Instant,
    community::UserStatus,
    id::{UserId, UserKind},
};
use serde::Serialize;
use storage::users::User;

use crate::schema;

/// A user.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView {
    #[schema(schema_with = schema::id::<UserKind>)]
    pub id: UserId,
    pub email: String,
    pub username: String,
    pub first_name: String,
    pub last_name: String,
    /// First and last name, else the username.
    pub display_name: String,
    #[schema(schema_with = schema::user_status)]
    pub status: UserStatus,
    /// Whether the user ever set a password.
    pub has_password: bool,
    #[schema(schema_with = schema::instant)]
    pub created_at: Instant,
    #[schema(schema_with = schema::instant)]
    pub updated_at: Instant,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let User {
            id,
            email,
            email_folded: _,
            username,
            username_folded: _,
            first_name,
            last_name,
            display_name,
            status,
            password_hash,
            search: _,
            version: _,
            created_at,
            updated_at,
        } = user;
        Self {
            id,
            email,
            username,
            first_name,
            last_name,
            display_name,
            status,
            has_password: password_hash.is_some(),
            created_at,
            updated_at,
        }
    }
}
