//! What an operator can say about the API.

mod auth;
mod hash_cost;
mod intake;
mod origin;
mod public_url;
mod server;

pub use auth::AuthSettings;
pub use hash_cost::{BadHashCost, HashCost};
pub use intake::IntakeSettings;
pub use origin::{BadOrigin, CorsOrigin};
pub use public_url::{BadPublicUrl, PublicUrl};
pub use server::ServerSettings;

/// How the API is served.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// How URLs that point to this API begin: `server.public_url`, or the address that is listened
    /// on.
    pub public_url: PublicUrl,
    pub server: ServerSettings,
    pub intake: IntakeSettings,
    pub auth: AuthSettings,
    /// Whether mails can be sent: whoever asks for them is told if not.
    pub has_mail_server: bool,
}

impl ApiSettings {
    /// Bytes that the body of a request on this route may have.
    pub(crate) fn max_body_bytes(&self, route: &str) -> usize {
        if route == "/v1/events/batch" {
            self.server.max_events_bytes
        } else if route.starts_with("/hooks/") || route == "/v1/incoming-webhooks/{id}/preview" {
            self.intake.max_body_bytes
        } else {
            self.server.max_body_bytes
        }
    }
}

#[cfg(test)]
impl ApiSettings {
    /// What `config/default.toml` says.
    pub(crate) fn defaults() -> Self {
        use domain::settings::Section;

        Self {
            public_url: "http://127.0.0.1:8080".parse().unwrap(),
            server: ServerSettings::defaults(),
            intake: IntakeSettings::defaults(),
            auth: AuthSettings::defaults(),
            has_mail_server: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_may_be_as_long_as_its_route_allows() {
        let settings = ApiSettings::defaults();
        for (route, expected) in [
            ("/v1/events/batch", settings.server.max_events_bytes),
            ("/v1/events", settings.server.max_body_bytes),
            ("/hooks/in/{token}", settings.intake.max_body_bytes),
            (
                "/v1/incoming-webhooks/{id}/preview",
                settings.intake.max_body_bytes,
            ),
            ("/v1/incoming-webhooks/{id}", settings.server.max_body_bytes),
        ] {
            assert_eq!(settings.max_body_bytes(route), expected, "{route}");
        }
    }
}
