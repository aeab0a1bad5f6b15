//! What holds for all schemas: an object without fields of its own says that it may hold anything.
//! Without that, generated clients take it for one that is always empty.

use utoipa::openapi::{
    OpenApi, RefOr,
    schema::{AdditionalProperties, ArrayItems, Object, Schema, SchemaType, Type},
};

pub(super) fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    components.schemas.values_mut().for_each(open);
}

fn open(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            if is_free(object) {
                let anything = AdditionalProperties::FreeForm(true);
                object.additional_properties = Some(Box::new(anything));
            }
            object.properties.values_mut().for_each(open);
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                open(items);
            }
        }
        Schema::OneOf(parts) => parts.items.iter_mut().for_each(open),
        Schema::AllOf(parts) => parts.items.iter_mut().for_each(open),
        Schema::AnyOf(parts) => parts.items.iter_mut().for_each(open),
        _ => {}
    }
}

fn is_free(object: &Object) -> bool {
    let is_object = match &object.schema_type {
        SchemaType::Type(kind) => *kind == Type::Object,
        SchemaType::Array(kinds) => kinds.contains(&Type::Object),
        SchemaType::AnyValue => false,
    };
    is_object && object.properties.is_empty() && object.additional_properties.is_none()
}
