//! API keys and what they may do.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How every API key begins.
pub const PREFIX: &str = "hyk_";

macro_rules! scopes {
    ($($variant:ident = $text:literal),* $(,)?) => {
        /// One right of an API key.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Scope { $(#[serde(rename = $text)] $variant,)* }

        impl Scope {
            /// Every scope there is.
            pub const ALL: &[Scope] = &[$(Scope::$variant),*];

            /// As it is written in requests and answers.
            pub const fn as_str(self) -> &'static str {
                match self { $(Scope::$variant => $text,)* }
            }
        }
    };
}

scopes! {
    CommunityRead = "community:read",
    CommunityWrite = "community:write",
    IncomingWebhooksRead = "incoming-webhooks:read",
    IncomingWebhooksWrite = "incoming-webhooks:write",
    FeedsRead = "feeds:read",
    FeedsWrite = "feeds:write",
    FeedsSecrets = "feeds:secrets",
    EventsRead = "events:read",
    EventsPublish = "events:publish",
    DeliveriesRead = "deliveries:read",
    DeliveriesManage = "deliveries:manage",
    KeysManage = "keys:manage",
    Admin = "admin",
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no scope.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is not a scope")]
pub struct UnknownScope(String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Self::ALL
            .iter()
            .copied()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

/// Whether a key with `held` may do what needs `wanted`: `admin` may do everything, and `x:write`
/// may read `x`.
pub fn allows(held: &[Scope], wanted: Scope) -> bool {
    held.iter().any(|scope| {
        *scope == wanted
            || matches!(
                (scope, wanted),
                (Scope::Admin, _)
                    | (Scope::CommunityWrite, Scope::CommunityRead)
                    | (Scope::IncomingWebhooksWrite, Scope::IncomingWebhooksRead)
                    | (Scope::FeedsWrite, Scope::FeedsRead)
                    | (Scope::DeliveriesManage, Scope::DeliveriesRead)
            )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_includes_reading_but_never_secrets() {
        assert!(allows(&[Scope::FeedsWrite], Scope::FeedsRead));
        assert!(!allows(&[Scope::FeedsWrite], Scope::FeedsSecrets));
        assert!(!allows(&[Scope::FeedsRead], Scope::FeedsWrite));
        assert!(!allows(&[Scope::EventsPublish], Scope::EventsRead));
        assert!(
            Scope::ALL
                .iter()
                .all(|wanted| allows(&[Scope::Admin], *wanted))
        );
        assert!(Scope::ALL.iter().all(|wanted| !allows(&[], *wanted)));
    }

    #[test]
    fn every_scope_reads_back() {
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse::<Scope>().unwrap(), *scope);
        }
        assert!("feeds:everything".parse::<Scope>().is_err());
    }
}
