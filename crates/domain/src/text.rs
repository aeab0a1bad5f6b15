//! Free text that people type: names, titles, descriptions.

use crate::Invalid;

/// Cleans a person's name as forms send it: markup, control characters and outer space go; at most
/// `max` characters stay.
pub fn clean_name(raw: &str, max: usize) -> String {
    let mut inside_tag = false;
    let cleaned: String = raw
        .chars()
        .filter(|c| {
            match c {
                '<' => inside_tag = true,
                '>' if inside_tag => {
                    inside_tag = false;
                    return false;
                }
                _ => {}
            }
            !inside_tag && !c.is_control()
        })
        .collect();
    cleaned
        .trim()
        .chars()
        .take(max)
        .collect::<String>()
        .trim_end()
        .to_owned()
}

/// A title of 1 to 194 characters, trimmed.
///
/// # Errors
/// `required` when nothing is left, `too_long`, or `control_character`.
pub fn title(pointer: &str, raw: &str) -> Result<String, Invalid> {
    let text = line(pointer, raw, 194)?;
    if text.is_empty() {
        return Err(Invalid::one(pointer, "required", "Must not be empty."));
    }
    Ok(text)
}

/// One line of at most `max` characters, trimmed; may be empty.
///
/// # Errors
/// `too_long` or `control_character`.
pub fn line(pointer: &str, raw: &str, max: usize) -> Result<String, Invalid> {
    let text = raw.trim();
    if text.chars().count() > max {
        return Err(Invalid::one(
            pointer,
            "too_long",
            format!("Must be at most {max} characters long."),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(Invalid::one(
            pointer,
            "control_character",
            "Must not contain control characters.",
        ));
    }
    Ok(text.to_owned())
}

/// Text of several lines, at most `max` characters.
///
/// # Errors
/// `too_long` or `control_character` (NUL and the like; line breaks and tabs are fine).
pub fn paragraph(pointer: &str, raw: &str, max: usize) -> Result<String, Invalid> {
    if raw.chars().count() > max {
        return Err(Invalid::one(
            pointer,
            "too_long",
            format!("Must be at most {max} characters long."),
        ));
    }
    if raw
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        return Err(Invalid::one(
            pointer,
            "control_character",
            "Must not contain control characters.",
        ));
    }
    Ok(raw.trim().to_owned())
}

/// The form in which text is searched: lower case, single spaces.
pub fn searchable<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let joined = parts
        .into_iter()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    joined.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_markup_and_controls_but_keep_scripts_and_emoji() {
        assert_eq!(
            clean_name("  Inês\u{0} <b>Mar\tlow</b> ", 50),
            "Inês Marlow"
        );
        assert_eq!(clean_name("محمد 🎉", 50), "محمد 🎉");
        assert_eq!(clean_name("ééééé", 3), "ééé");
        assert_eq!(clean_name("a > b", 50), "a > b");
    }

    #[test]
    fn a_title_is_needed_and_bounded() {
        assert_eq!(title("/title", "  Lobby ").unwrap(), "Lobby");
        assert_eq!(title("/title", "  ").unwrap_err().0[0].code, "required");
        assert_eq!(
            title("/title", &"x".repeat(195)).unwrap_err().0[0].code,
            "too_long"
        );
        assert_eq!(
            title("/title", "a\nb").unwrap_err().0[0].code,
            "control_character"
        );
    }
}
