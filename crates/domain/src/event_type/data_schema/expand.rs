//! A schema with its references put in: what is compiled has none, so nothing in it can lead back
//! to itself, however a reference is spelled. Its size is what an event can cost.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::patterns;
use crate::Invalid;

/// Most bytes of a schema, as it is written and with its references put in.
const MAX_BYTES: usize = 64 * 1024;
const MAX_EXPANDED: usize = 256 * 1024;
/// Schemas in one another.
const MAX_DEPTH: usize = 32;
/// Schemas with the references put in.
const MAX_SCHEMAS: usize = 2_000;
/// Regular expressions, counted likewise: each takes memory once compiled.
const MAX_PATTERNS: usize = 50;
/// The one dialect.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

const OBJECTS_OF_SCHEMAS: &[&str] = &["dependentSchemas", "patternProperties", "properties"];
const LISTS_OF_SCHEMAS: &[&str] = &["allOf", "anyOf", "oneOf", "prefixItems"];
const SCHEMAS: &[&str] = &[
    "additionalProperties",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
];
/// What says something of a value by itself. All other keywords are notes, and are left out.
const ASSERTIONS: &[&str] = &[
    "const",
    "dependentRequired",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "required",
    "type",
    "uniqueItems",
];
/// What would change the meaning of references, cost without bound, or belongs to older drafts,
/// where it meant something: with what to write instead.
const REFUSED: &[(&str, &str)] = &[
    ("$dynamicRef", "use $ref with #/…"),
    ("$recursiveRef", "use $ref with #/…"),
    ("$anchor", "use $ref with #/…"),
    ("$dynamicAnchor", "use $ref with #/…"),
    ("$recursiveAnchor", "use $ref with #/…"),
    ("additionalItems", "use prefixItems and items"),
    ("dependencies", "use dependentRequired or dependentSchemas"),
    ("unevaluatedItems", "use items: false"),
    ("unevaluatedProperties", "use additionalProperties: false"),
];

/// A schema that holds for the same values, without references and notes.
///
/// # Errors
/// `not_an_object`, `too_large`, `too_deep`, `too_complex`, `unsupported_draft`,
/// `remote_reference`, `unknown_reference`, `recursive_reference`, `not_supported` or
/// `invalid_schema`; pointers begin with `pointer`, where the schema stands.
pub(super) fn expand(schema: &Value, pointer: &str) -> Result<Value, Invalid> {
    let Value::Object(root) = schema else {
        let detail = "Must be a JSON object.";
        return Err(Invalid::one(pointer, "not_an_object", detail));
    };
    if schema.to_string().len() > MAX_BYTES {
        let detail = "Must be at most 64 KiB.";
        return Err(Invalid::one(pointer, "too_large", detail));
    }
    let dialect = root.get("$schema").and_then(Value::as_str);
    if dialect.is_some_and(|dialect| dialect.trim_end_matches('#') != DIALECT) {
        let detail = format!("Only {DIALECT} is available; leave $schema out, or send that.");
        let at = format!("{pointer}/$schema");
        return Err(Invalid::one(at, "unsupported_draft", detail));
    }
    let mut expansion = Expansion {
        root: schema,
        schemas_left: MAX_SCHEMAS,
        bytes_left: MAX_EXPANDED,
        patterns_left: MAX_PATTERNS,
        within: Vec::new(),
    };
    expansion.schema(schema, pointer)
}

struct Expansion<'a> {
    root: &'a Value,
    schemas_left: usize,
    bytes_left: usize,
    patterns_left: usize,
    /// The schemas that led here.
    within: Vec<&'a Value>,
}

impl<'a> Expansion<'a> {
    fn schema(&mut self, schema: &'a Value, at: &str) -> Result<Value, Invalid> {
        if self.within.len() > MAX_DEPTH {
            let detail = format!("Schemas may be nested at most {MAX_DEPTH} levels deep.");
            return Err(Invalid::one(at, "too_deep", detail));
        }
        take(&mut self.schemas_left, 1, at)?;
        let Value::Object(keywords) = schema else {
            return Ok(schema.clone());
        };
        self.within.push(schema);
        let mut expanded = Map::new();
        for (keyword, value) in keywords {
            let at = format!("{at}/{}", escaped(keyword));
            self.refuse(keyword, value, &at)?;
            if keyword != "$ref"
                && let Some(value) = self.keyword(keyword, value, &at)?
            {
                expanded.insert(keyword.clone(), value);
            }
        }
        if let Some(target) = keywords.get("$ref") {
            let target = self.follow(target, &format!("{at}/$ref"))?;
            let all = expanded
                .entry("allOf")
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(all) = all {
                all.push(target);
            }
        }
        self.within.pop();
        Ok(Value::Object(expanded))
    }

    fn refuse(&self, keyword: &str, value: &Value, at: &str) -> Result<(), Invalid> {
        let is_root = self.within.len() == 1;
        let instead = match keyword {
            "$id" | "$schema" if !is_root => {
                Some("leave it out; there is one schema, of one draft")
            }
            "id" if value.is_string() => Some("leave it out, or call it $id"),
            "items" if value.is_array() => Some("use prefixItems"),
            "format" if value == "regex" => Some("events bring no regular expressions"),
            _ => REFUSED
                .iter()
                .find(|(name, _)| *name == keyword)
                .map(|(_, instead)| *instead),
        };
        match instead {
            Some(instead) => {
                let detail = format!("Not available here: {instead}.");
                Err(Invalid::one(at, "not_supported", detail))
            }
            None => Ok(()),
        }
    }

    /// A keyword with its schemas expanded; `None` for a note. `at` is where it stands.
    fn keyword(
        &mut self,
        keyword: &str,
        value: &'a Value,
        at: &str,
    ) -> Result<Option<Value>, Invalid> {
        let expanded = match value {
            Value::Object(map) if OBJECTS_OF_SCHEMAS.contains(&keyword) => {
                let entry = |(key, inner): (&String, &'a Value)| {
                    let at = format!("{at}/{}", escaped(key));
                    take(&mut self.bytes_left, key.len(), &at)?;
                    if keyword == "patternProperties" {
                        self.pattern(key, &at)?;
                    }
                    Ok((key.clone(), self.schema(inner, &at)?))
                };
                map.iter()
                    .map(entry)
                    .collect::<Result<Map<_, _>, Invalid>>()?
                    .into()
            }
            Value::Array(list) if LISTS_OF_SCHEMAS.contains(&keyword) => {
                let entry = |(index, inner)| self.schema(inner, &format!("{at}/{index}"));
                let list: Result<Vec<_>, Invalid> = list.iter().enumerate().map(entry).collect();
                list?.into()
            }
            _ if SCHEMAS.contains(&keyword) => self.schema(value, at)?,
            _ if ASSERTIONS.contains(&keyword) => {
                take(&mut self.bytes_left, value.to_string().len(), at)?;
                if let (Value::String(pattern), "pattern") = (value, keyword) {
                    self.pattern(pattern, at)?;
                }
                value.clone()
            }
            _ => return Ok(None),
        };
        Ok(Some(expanded))
    }

    fn pattern(&mut self, pattern: &str, at: &str) -> Result<(), Invalid> {
        take(&mut self.patterns_left, 1, at)?;
        patterns::check(pattern).map_err(|detail| Invalid::one(at, "invalid_schema", detail))
    }

    fn follow(&mut self, target: &'a Value, at: &str) -> Result<Value, Invalid> {
        let wrong = |code, detail| Err(Invalid::one(at, code, detail));
        let Some(pointer) = target
            .as_str()
            .and_then(|target| target.strip_prefix('#'))
            .filter(|pointer| pointer.is_empty() || pointer.starts_with('/'))
        else {
            return wrong(
                "remote_reference",
                "Only references into this schema are followed: #/…",
            );
        };
        let found = percent_decode_str(pointer)
            .decode_utf8()
            .ok()
            .and_then(|pointer| self.root.pointer(&pointer));
        let Some(schema) = found else {
            return wrong("unknown_reference", "Nothing in this schema is there.");
        };
        // The very value, whatever led to it.
        if self.within.iter().any(|outer| std::ptr::eq(*outer, schema)) {
            return wrong("recursive_reference", "A schema may not contain itself.");
        }
        self.schema(schema, at)
    }
}

fn take(left: &mut usize, amount: usize, at: &str) -> Result<(), Invalid> {
    *left = left.checked_sub(amount).ok_or_else(|| {
        let detail = format!(
            "With its references followed, a schema may have at most {MAX_SCHEMAS} parts, {MAX_PATTERNS} regular expressions and 256 KiB."
        );
        Invalid::one(at, "too_complex", detail)
    })?;
    Ok(())
}

/// A key as a part of a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
