//! What clients see of rows: exactly the fields that are documented.

mod api_key;
mod call;
mod change;
mod course;
mod delivery;
mod event;
mod event_type;
mod feed;
mod feed_entry;
mod feed_preview;
mod incoming_webhook;
mod member;
mod space;
mod user;
mod warning;

pub(crate) use api_key::{ApiKeyView, NewApiKeyView};
pub(crate) use call::CallView;
pub(crate) use change::ChangeView;
pub(crate) use course::CourseView;
pub(crate) use delivery::DeliveryView;
pub(crate) use event::EventView;
pub(crate) use event_type::{EventFieldView, EventTypeView};
pub(crate) use feed::FeedView;
pub(crate) use feed_entry::FeedEntryView;
pub(crate) use feed_preview::{FeedPreviewView, Shown};
pub(crate) use incoming_webhook::{IncomingWebhookView, token_context};
pub(crate) use member::{EnrollmentView, MemberView, MembershipView, StudentView};
pub(crate) use space::SpaceView;
pub(crate) use user::UserView;
pub(crate) use warning::WarningView;
