//! What makes a feed acceptable, and what makes it complete.

mod body;
mod events;
mod limits;

pub use limits::{MAX_IN_FLIGHT, TIMEOUT_MS};

use super::{FeedSpec, header};
use crate::{
    Invalid,
    outbound::{guard::Guard, template::Condition},
    text,
};

impl FeedSpec {
    /// Checks everything that is there, and puts aliases of event types in their canonical form.
    /// With `complete` (the feed is or becomes enabled) what an enabled feed needs must be there
    /// too.
    ///
    /// # Errors
    /// All problems at once.
    pub fn check(
        mut self,
        complete: bool,
        guard: &Guard,
        custom_types: &[&str],
    ) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let settings = &mut self.settings;
        if let Some(title) = invalid.take(text::title("/title", &settings.title)) {
            settings.title = title;
        }
        check_url(&mut settings.url, complete, guard, &mut invalid);
        header::check(&self.headers, &mut invalid);
        body::check(&mut self.body, complete, &mut invalid);
        events::check(&mut settings.events, complete, custom_types, &mut invalid);
        limits::check(settings, &mut invalid);
        if let Some(condition) = &settings.condition
            && let Err(error) = Condition::parse(condition)
        {
            invalid.push("/condition", "invalid_expression", error.to_string());
        }
        invalid.or(self)
    }
}

fn check_url(url: &mut Option<String>, complete: bool, guard: &Guard, invalid: &mut Invalid) {
    match url.as_deref() {
        None if complete => invalid.push("/url", "required", "An enabled feed needs a URL."),
        None => {}
        Some(given) => match guard.judge_url(given) {
            // As it will be requested: an IDN as punycode, so that what looks like another host is
            // seen.
            Ok(judged) => *url = Some(judged.into()),
            Err(refusal) => invalid.push("/url", refusal.code(), refusal.to_string()),
        },
    }
}

#[cfg(test)]
mod tests;
