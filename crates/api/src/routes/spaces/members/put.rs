use actix_web::{put, web::Data};
use domain::{
    community::{MemberStatus, Role},
    id::{SpaceId, UserId},
};
use serde::Deserialize;
use storage::{spaces, users};

use crate::{
    Problem, State,
    answer::Resource,
    community::{self, By, Changes},
    request::{Caller, IfMatch, OptionalJson, PathId, optimistic, scope},
    schema,
    views::MemberView,
};

/// A user's place in a space. Omitted fields stay as they are; a new member starts as an active
/// `member`.
#[derive(Deserialize, Default, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "moderator"}))]
pub(crate) struct PutMember {
    #[schema(schema_with = schema::or_null::role, required = false)]
    role: Option<Role>,
    #[schema(schema_with = schema::or_null::member_status, required = false)]
    status: Option<MemberStatus>,
}

/// Adds a member, or changes one.
#[utoipa::path(
    tag = "spaces",
    request_body(content = PutMember),
    responses((status = 200, description = "The member.", body = MemberView)),
)]
#[put("/spaces/{id}/members/{user_id}")]
pub(crate) async fn put_space_member(
    _: Caller<scope::CommunityWrite>,
    ids: PathId<(SpaceId, UserId)>,
    state: Data<State>,
    body: OptionalJson<PutMember>,
) -> Result<Resource<MemberView>, Problem> {
    let (space_id, user_id) = *ids;
    let view = optimistic(&IfMatch::default(), async || {
        let mut changes = Changes::new(By::Api, state.clock.now());
        let mut tx = state.db.begin().await?;
        let space = spaces::find(&mut tx, space_id).await?;
        let user = users::find(&mut tx, user_id).await?;
        community::admit(&user)?;
        let membership = community::set_membership(
            &mut tx,
            &mut changes,
            (&user, &space),
            body.0.role,
            body.0.status,
        )
        .await?;
        changes.save(&mut tx).await?;
        tx.commit().await?;
        Ok(MemberView::new(&membership, user))
    })
    .await?;
    Ok(Resource::hashed(view))
}
