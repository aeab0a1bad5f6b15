//! Typed ids: a UUIDv7 that is written as a TypeID (<https://github.com/jetify-com/typeid>, spec
//! v0.3), such as `user_01jq3c…`. Ids of one kind sort by the time of their creation.

use std::{
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use type_safe_id::{DynamicType, TypeSafeId};
use uuid::Uuid;

use crate::Instant;

/// What an id identifies, and so how it begins.
pub trait IdKind {
    /// The TypeID prefix, without the underscore.
    const PREFIX: &'static str;
}

/// The id of one `K`.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

/// The text is not an id of the wanted kind.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not an id that begins with \"{0}_\"")]
pub struct NotAnId(pub &'static str);

impl<K: IdKind> Id<K> {
    /// A new id, later than every id that this process made before.
    pub fn generate() -> Self {
        Self::from_uuid(Uuid::now_v7())
    }
}

impl<K> Id<K> {
    /// What is less than every id that was made at this instant or later, and greater than the
    /// older ones.
    pub fn first_at(at: Instant) -> Self {
        // No id is older than 1970, so anything before it has the same answer.
        let millis = at.timestamp_millis().max(0).unsigned_abs();
        Self::from_uuid(Uuid::from_u128(u128::from(millis) << 80))
    }

    /// The id with these 128 bits.
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The 128 bits, as they are stored.
    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl<K: IdKind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = DynamicType::new(K::PREFIX).map_err(|_| fmt::Error)?;
        fmt::Display::fmt(&TypeSafeId::from_type_and_uuid(prefix, self.0), f)
    }
}

impl<K: IdKind> FromStr for Id<K> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let id: TypeSafeId<DynamicType> = text.parse().map_err(|_| NotAnId(K::PREFIX))?;
        if id.type_prefix() == K::PREFIX {
            Ok(Self::from_uuid(id.uuid()))
        } else {
            Err(NotAnId(K::PREFIX))
        }
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K: IdKind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<K: IdKind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, K: IdKind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

macro_rules! kinds {
    ($($alias:ident, $kind:ident, $prefix:literal, $what:literal;)*) => { $(
        #[doc = concat!("The kind of [`", stringify!($alias), "`].")]
        #[derive(Debug)]
        pub enum $kind {}
        impl IdKind for $kind { const PREFIX: &'static str = $prefix; }
        #[doc = concat!("The id of ", $what, ", written `", $prefix, "_…`.")]
        pub type $alias = Id<$kind>;
    )* };
}

kinds! {
    UserId, UserKind, "user", "a user";
    SpaceId, SpaceKind, "space", "a space";
    CourseId, CourseKind, "course", "a course";
    MembershipId, MembershipKind, "mbr", "a membership (never shown, it orders lists)";
    EnrollmentId, EnrollmentKind, "enr", "an enrollment (never shown, it orders lists)";
    IncomingWebhookId, IncomingWebhookKind, "inwh", "an incoming webhook";
    CallId, CallKind, "call", "a call of an incoming webhook";
    FeedId, FeedKind, "feed", "a feed";
    EventId, EventKind, "evt", "an event";
    DeliveryId, DeliveryKind, "dlv", "a delivery";
    AttemptId, AttemptKind, "att", "an attempt";
    ReplayId, ReplayKind, "rpl", "a replay";
    MailId, MailIdKind, "mail", "a mail (shown in logs only)";
    ApiKeyId, ApiKeyKind, "key", "an API key";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specification_s_example_reads_and_writes() {
        let uuid: Uuid = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        let id = UserId::from_uuid(uuid);
        assert_eq!(id.to_string(), "user_01h455vb4pex5vsknk084sn02q");
        assert_eq!("user_01h455vb4pex5vsknk084sn02q".parse(), Ok(id));
    }

    #[test]
    fn another_kind_and_broken_text_are_refused() {
        for text in [
            "space_01h455vb4pex5vsknk084sn02q",
            "01h455vb4pex5vsknk084sn02q",
            "user_",
            "",
            "user_81h455vb4pex5vsknk084sn02q",
        ] {
            assert_eq!(text.parse::<UserId>(), Err(NotAnId("user")), "{text}");
        }
    }

    #[test]
    fn later_ids_are_greater() {
        let ids: Vec<_> = (0..1000).map(|_| EventId::generate()).collect();
        assert!(ids.is_sorted());
        let now = crate::Clock::system().now();
        assert!(EventId::first_at(now - chrono::TimeDelta::hours(1)) < ids[0]);
        assert!(EventId::first_at(now + chrono::TimeDelta::hours(1)) > ids[999]);
        assert!(EventId::first_at(Instant::UNIX_EPOCH - chrono::TimeDelta::hours(1)) < ids[0]);
    }
}
