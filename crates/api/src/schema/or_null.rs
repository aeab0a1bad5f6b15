//! Values that may be left out, or be `null`.

use serde_json::Value;
use utoipa::openapi::schema::{Object, SchemaType, Type};

macro_rules! or_null {
    ($($name:ident)*) => { $(
        pub(crate) fn $name() -> Object {
            or_null(super::$name())
        }
    )* };
}

or_null! { user_status privacy course_type course_status role member_status }

/// The same schema, for `null` as well. A list of words has to name it.
pub(super) fn or_null(mut object: Object) -> Object {
    if let SchemaType::Type(only) = object.schema_type {
        object.schema_type = SchemaType::from_iter([only, Type::Null]);
    }
    if let Some(words) = &mut object.enum_values {
        words.push(Value::Null);
    }
    object
}
