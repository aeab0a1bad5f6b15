//! Settings in the OpenAPI document. They are written down once, as the input of a change; what
//! creates a resource and what shows it follow from that.

use super::or_null::or_null as or_null_object;
use serde::Serialize;
use serde_json::Value;
use utoipa::{
    PartialSchema,
    openapi::{
        ObjectBuilder, RefOr,
        schema::{Object, OneOfBuilder, Schema, SchemaType, Type},
    },
};

/// The input of a change: every field may be left out, and those that can be cleared may be null.
pub(crate) fn of_change<I: PartialSchema>() -> Object {
    let mut object = object(I::schema());
    object.required = Vec::new();
    for field in object.properties.values_mut() {
        without_example(field);
    }
    object
}

/// The input that creates a resource: it has what is `required`, and null is taken for the default
/// where the rule says so.
pub(crate) fn of_new<I: PartialSchema>(
    required: &[&str],
    takes_null: impl Fn(&str) -> bool,
) -> Object {
    let mut object = of_change::<I>();
    for (name, field) in &mut object.properties {
        if takes_null(name) {
            or_null(field);
        }
    }
    object.required = required.iter().map(|name| (*name).to_owned()).collect();
    object
}

/// An answer: the `facts` of a resource and the settings of an `S`, which are described in the
/// input `I`. All of them are always there.
pub(crate) fn of_answer<F: PartialSchema, I: PartialSchema, S: Serialize + Default>()
-> RefOr<Schema> {
    let (mut answer, mut input) = (object(F::schema()), object(I::schema()));
    for name in names(&S::default()) {
        if let Some(mut field) = input.properties.shift_remove(&name) {
            without_limits(&mut field);
            answer.required.push(name.clone());
            answer.properties.insert(name, field);
        }
    }
    RefOr::T(Schema::Object(answer))
}

/// The settings of an `S` that the input `I` lacks.
#[cfg(test)]
pub(crate) fn undescribed<I: PartialSchema, S: Serialize + Default>() -> Vec<String> {
    let input = object(I::schema());
    let mut names = names(&S::default());
    names.retain(|name| !input.properties.contains_key(name));
    names
}

/// The schema with what is said about it as a whole.
pub(crate) fn described(mut object: Object, text: &str, example: Value) -> RefOr<Schema> {
    object.description = Some(text.to_owned());
    object.example = Some(example);
    RefOr::T(Schema::Object(object))
}

fn names(settings: &impl Serialize) -> Vec<String> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(fields)) => fields.into_iter().map(|(name, _)| name).collect(),
        _ => Vec::new(),
    }
}

fn object(schema: RefOr<Schema>) -> Object {
    match schema {
        RefOr::T(Schema::Object(object)) => object,
        // A derived struct has fields; the document's test would miss them.
        _ => Object::default(),
    }
}

fn or_null(field: &mut RefOr<Schema>) {
    match field {
        RefOr::T(Schema::Object(object)) => *object = or_null_object(std::mem::take(object)),
        RefOr::T(Schema::Array(array)) => add_null(&mut array.schema_type),
        RefOr::Ref(_) => {
            let null = ObjectBuilder::new().schema_type(Type::Null);
            let either = OneOfBuilder::new().item(field.clone()).item(null).build();
            *field = RefOr::T(Schema::OneOf(either));
        }
        RefOr::T(_) => {}
    }
}

fn add_null(kind: &mut SchemaType) {
    if let SchemaType::Type(only) = kind {
        *kind = SchemaType::from_iter([only.clone(), Type::Null]);
    }
}

fn without_example(field: &mut RefOr<Schema>) {
    match field {
        RefOr::T(Schema::Object(object)) => object.example = None,
        RefOr::T(Schema::Array(array)) => array.example = None,
        _ => {}
    }
}

/// What is stored keeps the limits anyway.
fn without_limits(field: &mut RefOr<Schema>) {
    match field {
        RefOr::T(Schema::Object(object)) => {
            (object.minimum, object.maximum) = (None, None);
            (object.min_length, object.max_length) = (None, None);
            object.property_names = None;
        }
        RefOr::T(Schema::Array(array)) => (array.min_items, array.max_items) = (None, None),
        _ => {}
    }
}
