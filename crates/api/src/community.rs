//! Changes of the community, and the events that they cause. Management routes and the intake both come through here, each
//! inside of its own transaction, so that a change and its events commit together:
//!
//! ```text
//! let mut changes = Changes::new(By::Api, now);
//! set_membership(&mut tx, &mut changes, (&user, &space), None, None).await?;
//! changes.save(&mut tx).await?;
//! tx.commit().await?;
//! ```

mod changes;
mod courses;
mod logins;
mod spaces;
mod users;

pub(crate) use changes::{By, Changes};
pub(crate) use courses::{carry_out_in_courses, complete, set_enrollment, unenroll};
pub(crate) use logins::Logins;
pub(crate) use spaces::{carry_out_in_spaces, leave_space, set_membership};
pub(crate) use users::{NewUser, admit, create_new_user, create_user, update_user};
