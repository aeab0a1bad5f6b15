//! Writing JSON, compact.

use super::ExactJson;

impl ExactJson {
    /// The value as compact JSON text: UTF-8, no escapes but the necessary ones, numbers as they
    /// came.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// Appends the value as compact JSON text.
    pub fn write(&self, out: &mut String) {
        match self {
            ExactJson::Null => out.push_str("null"),
            ExactJson::Bool(true) => out.push_str("true"),
            ExactJson::Bool(false) => out.push_str("false"),
            ExactJson::Number(text) => out.push_str(text),
            ExactJson::String(text) => write_string(text, out),
            ExactJson::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            ExactJson::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_string(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// Appends `text` as a JSON string with its quotes.
pub(crate) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_survives_writing_and_reading() {
        let all: String = (0..=0x2fff).filter_map(char::from_u32).collect();
        let json = ExactJson::Object(vec![(all.clone(), ExactJson::String(all))]);
        assert_eq!(ExactJson::parse(json.to_text().as_bytes()).unwrap(), json);
        assert!(serde_json::from_str::<serde_json::Value>(&json.to_text()).is_ok());
    }
}
