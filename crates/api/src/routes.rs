//! Every route of the API on one page. Order matters only where a fixed word and an id compete for the same place.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::health;

pub(crate) mod spaces;

/// Everything under `/v1`.
pub(crate) fn v1(config: &mut ServiceConfig<'_>) {
    config
        .service(spaces::list::list_spaces)
        .service(spaces::create::create_space)
        .service(spaces::read::get_space)
        .service(spaces::update::update_space)
        .service(spaces::delete::delete_space);
}

/// Everything else.
pub(crate) fn outside(config: &mut ServiceConfig<'_>) {
    config.service(health::live).service(health::ready);
}
