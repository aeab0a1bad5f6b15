//! Changes of the community, and the events that they cause. Management routes and the intake both come through here, each
//! inside of its own transaction, so that a change and its events commit together:
//!
//! ```text
//! let mut changes = Changes::new(By::Api, now);
//! join_space(&mut tx, &mut changes, &user, &space).await?;
//! let any = changes.save(&mut tx).await?;
//! tx.commit().await?;
//! if any { state.db.signals().ring_outbox() }
//! ```

mod changes;
mod courses;
mod logins;
mod spaces;
mod users;

pub(crate) use changes::{By, Changes};
pub(crate) use courses::{complete, enroll, set_enrollment, unenroll};
pub(crate) use spaces::{join_space, leave_space, set_membership};
pub(crate) use users::{NewUser, create_user, find_or_create_user, update_user};
