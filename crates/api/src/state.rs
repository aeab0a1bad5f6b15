//! What every request shares.

mod call_log;
mod call_rates;
mod key_cache;
mod passwords;
mod rate_limit;
mod renderers;

use std::{net::IpAddr, sync::Arc};

use domain::{Clock, outbound::guard::Guard, vault::Vault};
use governor::Quota;
use storage::{Db, custom_types::CustomTypes};

pub(crate) use call_log::CallLog;
pub(crate) use call_rates::CallRates;
pub(crate) use key_cache::KeyCache;
pub(crate) use passwords::Passwords;
pub(crate) use rate_limit::{RateLimit, source_key};
pub(crate) use renderers::Renderers;

use crate::settings::{ApiSettings, BadHashCost};

/// What handlers work with. Cheap to clone; one for the whole process.
#[derive(Clone)]
pub struct State {
    pub db: Db,
    pub vault: Vault,
    pub clock: Clock,
    /// Judges the URLs of feeds when they are saved.
    pub guard: Guard,
    pub settings: Arc<ApiSettings>,
    /// What events of custom types are checked against.
    pub(crate) custom_types: CustomTypes,
    pub(crate) keys: KeyCache,
    pub(crate) passwords: Passwords,
    pub(crate) renderers: Renderers,
    pub(crate) call_log: CallLog,
    pub(crate) call_rates: CallRates,
    /// How often one source may use what needs no API key.
    pub(crate) guests: RateLimit<IpAddr>,
    /// How often a mail for one address may be asked for.
    pub(crate) password_mails: RateLimit<String>,
}

impl State {
    /// The state of a process with these parts. Must run on a tokio runtime, which then carries the
    /// writer of the call log.
    ///
    /// # Errors
    /// [`BadHashCost`] for settings whose check has said so before.
    pub fn new(
        db: Db,
        vault: Vault,
        clock: Clock,
        guard: Guard,
        settings: ApiSettings,
    ) -> Result<Self, BadHashCost> {
        let auth = &settings.auth;
        Ok(Self {
            keys: KeyCache::new(auth.cache_seconds.duration()),
            passwords: Passwords::new(&auth.hash_cost()?),
            renderers: Renderers::new(),
            call_log: CallLog::start(db.clone()),
            call_rates: CallRates::new(&settings.intake),
            guests: RateLimit::new(Quota::per_minute(auth.password_requests_per_minute)),
            password_mails: RateLimit::new(Quota::per_hour(auth.password_mails_per_hour)),
            custom_types: CustomTypes::default(),
            settings: Arc::new(settings),
            db,
            vault,
            clock,
            guard,
        })
    }
}
