//! What a schema may cost: how large, deep and branched it is when its references are followed.

use serde_json::Value;

use crate::Invalid;

/// Most bytes of a schema.
const MAX_BYTES: usize = 64 * 1024;
/// Schemas in one another.
const MAX_DEPTH: usize = 32;
/// Schemas that may be tried on one value, which bounds what an event costs: each `$ref` counts
/// what it leads to.
const MAX_SCHEMAS: usize = 2_000;

const OBJECTS_OF_SCHEMAS: &[&str] = &[
    "$defs",
    "definitions",
    "dependencies",
    "dependentSchemas",
    "patternProperties",
    "properties",
];
const LISTS_OF_SCHEMAS: &[&str] = &["allOf", "anyOf", "items", "oneOf", "prefixItems"];
const SCHEMAS: &[&str] = &[
    "additionalItems",
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Other ways to lead to a schema than `$ref`.
const NOT_FOLLOWED: &[&str] = &["$dynamicRef", "$recursiveRef"];

/// Checks that a schema keeps to the limits; `pointer` is where it stands.
///
/// # Errors
/// `not_an_object`, `too_large`, `too_deep`, `too_complex`, `remote_reference`,
/// `unknown_reference`, `recursive_reference` or `not_supported`.
pub(super) fn check(schema: &Value, pointer: &str) -> Result<(), Invalid> {
    if !schema.is_object() {
        return Err(Invalid::one(
            pointer,
            "not_an_object",
            "Must be a JSON object.",
        ));
    }
    if schema.to_string().len() > MAX_BYTES {
        return Err(Invalid::one(
            pointer,
            "too_large",
            "Must be at most 64 KiB.",
        ));
    }
    let mut walk = SchemaWalk {
        root: schema,
        left: MAX_SCHEMAS,
        following: Vec::new(),
    };
    walk.schema(schema, 0, pointer)
}

struct SchemaWalk<'a> {
    root: &'a Value,
    /// How many schemas may still be looked at.
    left: usize,
    /// The references that led here.
    following: Vec<&'a str>,
}

impl<'a> SchemaWalk<'a> {
    fn schema(&mut self, schema: &'a Value, depth: usize, at: &str) -> Result<(), Invalid> {
        if depth > MAX_DEPTH {
            return Err(Invalid::one(
                at,
                "too_deep",
                format!("Schemas may be nested at most {MAX_DEPTH} levels deep."),
            ));
        }
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            let detail = format!(
                "With its references followed, a schema may have at most {MAX_SCHEMAS} parts."
            );
            Invalid::one(at, "too_complex", detail)
        })?;
        let Value::Object(keywords) = schema else {
            return Ok(());
        };
        for (keyword, value) in keywords {
            self.keyword(keyword, value, depth, &format!("{at}/{}", escaped(keyword)))?;
        }
        Ok(())
    }

    /// Goes into the schemas that a keyword holds; `at` is where the keyword stands.
    fn keyword(
        &mut self,
        keyword: &str,
        value: &'a Value,
        depth: usize,
        at: &str,
    ) -> Result<(), Invalid> {
        match value {
            Value::String(target) if keyword == "$ref" => self.follow(target, depth, at),
            // An inner $id would change what references mean.
            Value::String(_)
                if NOT_FOLLOWED.contains(&keyword) || (keyword == "$id" && depth > 0) =>
            {
                let detail = "Not available here; use $ref with #/…";
                Err(Invalid::one(at, "not_supported", detail))
            }
            Value::Object(map) if OBJECTS_OF_SCHEMAS.contains(&keyword) => {
                map.iter().try_for_each(|(key, inner)| {
                    self.schema(inner, depth + 1, &format!("{at}/{}", escaped(key)))
                })
            }
            Value::Array(list) if LISTS_OF_SCHEMAS.contains(&keyword) => {
                list.iter().enumerate().try_for_each(|(index, inner)| {
                    self.schema(inner, depth + 1, &format!("{at}/{index}"))
                })
            }
            _ if SCHEMAS.contains(&keyword) => self.schema(value, depth + 1, at),
            _ => Ok(()),
        }
    }

    fn follow(&mut self, target: &'a str, depth: usize, at: &str) -> Result<(), Invalid> {
        let Some(pointer) = target
            .strip_prefix('#')
            .filter(|pointer| pointer.is_empty() || pointer.starts_with('/'))
        else {
            return Err(Invalid::one(
                at,
                "remote_reference",
                "Only references into this schema are followed: #/…",
            ));
        };
        if pointer.is_empty() || self.following.contains(&pointer) {
            return Err(Invalid::one(
                at,
                "recursive_reference",
                "A schema may not contain itself.",
            ));
        }
        let Some(schema) = self.root.pointer(pointer) else {
            return Err(Invalid::one(
                at,
                "unknown_reference",
                "Nothing in this schema is there.",
            ));
        };
        self.following.push(pointer);
        self.schema(schema, depth + 1, at)?;
        self.following.pop();
        Ok(())
    }
}

/// A key as a part of a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
