//! Who speaks for an event.

/// The source of the community's own events.
pub const COMMUNITY: &str = "community";
/// The source of events that come through `POST /v1/events` and name none.
pub const API: &str = "api";
/// The source of bus messages that name none.
pub const BUS: &str = "bus";
/// The source of what Hookyard says about itself.
pub const SYSTEM: &str = "hookyard";
/// The source of examples by which somebody tries a feed out.
pub const TEST: &str = "hookyard.test";

/// Sources that only Hookyard itself speaks for.
const RESERVED: &[&str] = &[COMMUNITY, SYSTEM, TEST];

/// Who hands an event in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Producer {
    /// A client of `POST /v1/events`.
    Api,
    /// Somebody with `hookyard events publish`, which stands in for a producer on the bus.
    Shell,
    /// Another program, over the bus.
    Bus,
    /// Hookyard's relay, which puts stored events on the bus and leaves nothing out.
    Relay,
}

impl Producer {
    /// The source of an event that names none; `None` when it has to name one.
    pub(super) const fn default_source(self) -> Option<&'static str> {
        match self {
            Self::Api => Some(API),
            Self::Shell | Self::Bus => Some(BUS),
            Self::Relay => None,
        }
    }

    /// Whether this producer may name the source. Hookyard's own are closed to all others, so that
    /// what they stand for is not claimed by mistake. (On the bus this is no proof: whoever may
    /// publish there can also set the mark of the relay.)
    pub(super) fn may_name(self, source: &str) -> bool {
        self == Self::Relay || !RESERVED.contains(&plain(source).as_str())
    }

    /// Whether fields that an event does not have are mistakes. On the bus they are not: producers
    /// there write for other readers, too.
    pub(super) const fn is_strict(self) -> bool {
        matches!(self, Self::Api | Self::Shell)
    }
}

/// The source as a reader takes it in: without case, outer space and what is not to be seen.
fn plain(source: &str) -> String {
    source
        .chars()
        .filter(|c| !c.is_whitespace() && !is_invisible(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Characters that take no room: joiners, marks of direction, variation selectors, tags, soft hyphens.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_looks_like_hookyard() {
        for source in [
            "hookyard",
            "Hookyard",
            " community ",
            "hook\u{200b}yard",
            "COMMUNITY\u{ad}",
        ] {
            assert!(!Producer::Api.may_name(source), "{source:?}");
            assert!(!Producer::Bus.may_name(source), "{source:?}");
        }
        for source in ["shop", "community shop", "my-hookyard"] {
            assert!(Producer::Api.may_name(source), "{source:?}");
        }
        assert!(Producer::Relay.may_name(COMMUNITY));
    }
}
