//! What a call would do, by the rules and the look-ups of a call, without writing anything.

use domain::{
    FieldError,
    community::UserStatus,
    id::{UserId, UserKind},
};
use serde::Serialize;
use storage::incoming_webhooks::IncomingWebhook;

use super::{
    payload::CallPayload,
    plan::{Plan, read_snapshot},
};
use crate::{
    Code, Problem, State,
    community::{Logins, NewUser},
    problem::FieldProblem,
    schema,
    views::ChangeView,
};

/// What a call would answer and change.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = CallPreview)]
pub(crate) struct Preview {
    /// The HTTP status that it would get.
    #[schema(example = 200)]
    status: u16,
    /// `success`, or the code of the problem that it would get.
    #[schema(example = "success")]
    outcome: &'static str,
    /// The fields that are wrong.
    #[schema(value_type = Vec<FieldProblem>)]
    errors: Vec<FieldError>,
    /// The e-mail address, as the call would read it.
    #[schema(required, example = "ines@example.org")]
    email: Option<String>,
    #[schema(required)]
    first_name: Option<String>,
    #[schema(required)]
    last_name: Option<String>,
    /// The user who is there already.
    #[schema(schema_with = schema::optional_id::<UserKind>, required)]
    user_id: Option<UserId>,
    user_created: bool,
    /// The user's login; for a new user one that is available now.
    #[schema(required, example = "ines_marlow")]
    username: Option<String>,
    /// Whether a password for a new user was sent.
    password_set: bool,
    welcome_email: bool,
    changes: Vec<ChangeView>,
}

/// Previews a call.
///
/// # Errors
/// Only those of ours: whatever is wrong with the payload is part of the answer.
pub(crate) async fn preview(
    state: &State,
    webhook: &IncomingWebhook,
    payload: &CallPayload,
) -> Result<Preview, Problem> {
    let wanted = webhook.spec.get()?;
    let person = match payload.person(&wanted.field_map, state.settings.intake.max_field_bytes) {
        Ok(person) => person,
        Err(invalid) => {
            return Ok(Preview {
                errors: invalid.0,
                ..refused(Code::InvalidFields)
            });
        }
    };
    let mut conn = state.db.read().await?;
    let snapshot = read_snapshot(&mut conn, wanted, person.email.folded()).await?;
    let blocked = snapshot
        .user
        .as_ref()
        .is_some_and(|user| user.status == UserStatus::Blocked);
    let answer = if blocked {
        refused(Code::UserBlocked)
    } else {
        success()
    };
    let known = Preview {
        email: Some(person.email.as_str().to_owned()),
        first_name: Some(person.first_name.clone()),
        last_name: Some(person.last_name.clone()),
        user_id: snapshot.user.as_ref().map(|user| user.id),
        username: snapshot.user.as_ref().map(|user| user.username.clone()),
        ..answer
    };
    if blocked {
        return Ok(known);
    }
    let changes = Plan::new(wanted, &snapshot).shown();
    if snapshot.user.is_some() {
        return Ok(Preview { changes, ..known });
    }
    let username = Logins::of(&NewUser::from(&person))
        .next_free(&mut conn)
        .await?;
    let (password_set, welcome_email) = (person.password.is_some(), wanted.send_welcome_email);
    Ok(Preview {
        user_created: true,
        username,
        password_set,
        welcome_email,
        changes,
        ..known
    })
}

fn success() -> Preview {
    answer(200, "success")
}

fn refused(code: Code) -> Preview {
    answer(code.status().as_u16(), code.as_str())
}

fn answer(status: u16, outcome: &'static str) -> Preview {
    Preview {
        status,
        outcome,
        errors: Vec::new(),
        email: None,
        first_name: None,
        last_name: None,
        user_id: None,
        user_created: false,
        username: None,
        password_set: false,
        welcome_email: false,
        changes: Vec::new(),
    }
}
