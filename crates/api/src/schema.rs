//! How values of the domain look in the OpenAPI document: for `#[schema(schema_with = …)]`.

pub(crate) mod or_null;
pub(crate) mod settings;
mod verification;

pub(crate) use verification::VerificationSchema;

use domain::{
    api_key::Scope,
    community::{
        Action, CourseStatus, CourseType, MemberStatus, Privacy, Role, TargetKind, UserStatus,
    },
    delivery::DeliveryState,
    feed::FeedState,
    id::{Id, IdKind},
    outbound::{
        request::{Format, Method},
        retry::AttemptErrorCode,
        signature::SignatureKind,
    },
};
use utoipa::{
    ToSchema,
    openapi::{
        ObjectBuilder, Ref,
        schema::{Array, ArrayBuilder, KnownFormat, Object, SchemaFormat, SchemaType, Type},
    },
};
use uuid::Uuid;

/// The id of a `K`.
pub(crate) fn id<K: IdKind>() -> Object {
    let example =
        Id::<K>::from_uuid(Uuid::from_u128(0x0195_c6c4_f7a2_7a11_a6d0_1123_57d2_d42a)).to_string();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!(
            "^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$",
            K::PREFIX
        )))
        .examples([example])
        .build()
}

/// The id of a `K`, or `null`.
pub(crate) fn optional_id<K: IdKind>() -> Object {
    let mut schema = id::<K>();
    schema.schema_type = SchemaType::from_iter([Type::String, Type::Null]);
    schema
}

/// A list of ids of `K`s.
pub(crate) fn ids<K: IdKind>() -> Array {
    ArrayBuilder::new().items(id::<K>()).build()
}

/// A list of `T`s, each of which is described once for all lists.
pub(crate) fn entries<T: ToSchema>() -> Array {
    let entry = Ref::from_schema_name(T::name());
    ArrayBuilder::new().items(entry).build()
}

/// A point in time.
pub(crate) fn instant() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .examples(["2026-03-14T08:05:12Z"])
        .build()
}

/// A point in time, or `null`.
pub(crate) fn optional_instant() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .examples(["2026-03-14T08:05:12Z"])
        .build()
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $type:ty;)*) => { $(
        $(#[$doc])*
        pub(crate) fn $name() -> Object {
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(<$type>::ALL.iter().map(|word| word.as_str()))).build()
        }
    )* };
}

words! {
    user_status: UserStatus;
    privacy: Privacy;
    course_type: CourseType;
    course_status: CourseStatus;
    role: Role;
    member_status: MemberStatus;
    scope: Scope;
    method: Method;
    format: Format;
    signature: SignatureKind;
    feed_state: FeedState;
    delivery_state: DeliveryState;
    attempt_error: AttemptErrorCode;
    target_kind: TargetKind;
    action: Action;
}

/// A list of at least one scope.
pub(crate) fn some_scopes() -> Array {
    ArrayBuilder::new()
        .items(scope())
        .min_items(Some(1))
        .build()
}

/// A list of scopes.
pub(crate) fn scopes() -> Array {
    ArrayBuilder::new().items(scope()).build()
}
