//! Every route of the API on one page. Order matters only where a fixed word and an id compete for
//! the same place.

use domain::community::slug;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::health;

pub(crate) mod api_keys;
pub(crate) mod calls;
pub(crate) mod courses;
pub(crate) mod deliveries;
pub(crate) mod event_types;
pub(crate) mod events;
pub(crate) mod feeds;
pub(crate) mod hooks;
pub(crate) mod incoming_webhooks;
pub(crate) mod password;
pub(crate) mod spaces;
pub(crate) mod users;

/// Everything under `/v1`.
pub(crate) fn v1(config: &mut ServiceConfig<'_>) {
    community(config);
    webhooks(config);
}

fn webhooks(config: &mut ServiceConfig<'_>) {
    config
        .service(incoming_webhooks::list::list_incoming_webhooks)
        .service(incoming_webhooks::create::create_incoming_webhook)
        .service(incoming_webhooks::read::get_incoming_webhook)
        .service(incoming_webhooks::update::update_incoming_webhook)
        .service(incoming_webhooks::delete::delete_incoming_webhook)
        .service(incoming_webhooks::rotate::rotate_incoming_webhook)
        .service(incoming_webhooks::preview::preview_incoming_webhook)
        .service(incoming_webhooks::calls::list_incoming_webhook_calls)
        .service(calls::read::get_call)
        .service(feeds::list::list_feeds)
        .service(feeds::create::create_feed)
        .service(feeds::preview::preview_feed)
        .service(feeds::read::get_feed)
        .service(feeds::update::update_feed)
        .service(feeds::delete::delete_feed)
        .service(feeds::switch::enable_feed)
        .service(feeds::switch::disable_feed)
        .service(feeds::trial::try_feed)
        .service(feeds::secret::get_feed_secret)
        .service(feeds::rotate::rotate_feed_secret)
        .service(feeds::deliveries::list_feed_deliveries)
        .service(event_types::list::list_event_types)
        .service(event_types::create::create_event_type)
        .service(event_types::read::get_event_type)
        .service(event_types::update::update_event_type)
        .service(event_types::delete::delete_event_type)
        .service(event_types::fields::get_event_type_fields)
        .service(events::list::list_events)
        .service(events::create::publish_event)
        .service(events::batch::publish_events)
        .service(events::read::get_event)
        .service(deliveries::list::list_deliveries)
        .service(deliveries::read::get_delivery);
}

fn community(config: &mut ServiceConfig<'_>) {
    config
        .service(users::list::list_users)
        .service(users::create::create_user)
        .service(users::read::get_user)
        .service(users::update::update_user)
        .service(users::delete::delete_user)
        .service(users::memberships::list_user_memberships)
        .service(users::enrollments::list_user_enrollments)
        .service(spaces::list::list_spaces)
        .service(spaces::create::create_space)
        .service(spaces::read::get_space)
        .service(spaces::update::update_space)
        .service(spaces::delete::delete_space)
        .service(spaces::members::list::list_space_members)
        .service(spaces::members::put::put_space_member)
        .service(spaces::members::remove::remove_space_member)
        .service(courses::list::list_courses)
        .service(courses::create::create_course)
        .service(courses::read::get_course)
        .service(courses::update::update_course)
        .service(courses::delete::delete_course)
        .service(courses::students::list::list_course_students)
        .service(courses::students::put::put_course_student)
        .service(courses::students::remove::remove_course_student)
        .service(courses::students::complete::complete_course)
        .service(api_keys::list::list_api_keys)
        .service(api_keys::create::create_api_key)
        .service(api_keys::read::get_api_key)
        .service(api_keys::delete::delete_api_key)
        .service(password::forgot::forgot_password)
        .service(password::reset::reset_password);
}

/// Everything else.
pub(crate) fn outside(config: &mut ServiceConfig<'_>) {
    config
        .service(hooks::receive::receive_call)
        .service(health::live)
        .service(health::ready);
}

/// How many resources of one title are told apart by a number.
const MAX_NUMBER: u32 = 1000;

/// The slugs to try: the chosen one alone, or the derived one and its numbered forms.
fn slug_candidates(chosen: Option<String>, derived: &str) -> impl Iterator<Item = String> {
    let numbers = if chosen.is_some() { 0 } else { MAX_NUMBER };
    chosen
        .into_iter()
        .chain((1..=numbers).map(move |n| slug::numbered(derived, n)))
}
