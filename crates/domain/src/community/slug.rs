//! Slugs: the unique, readable key of a space or a course.

use crate::Invalid;

const MAX: usize = 100;

/// Derives a slug from a title: ASCII letters and digits in lower case, everything else becomes
/// single hyphens. A title without any of them gives `fallback`.
pub fn derive(title: &str, fallback: &str) -> String {
    let mut slug = String::new();
    for c in title.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
        if slug.len() == MAX {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        fallback.to_owned()
    } else {
        slug.to_owned()
    }
}

/// The `n`-th try for a slug that is taken: `lobby`, `lobby-2`, `lobby-3` …
pub fn numbered(slug: &str, n: u32) -> String {
    if n <= 1 {
        slug.to_owned()
    } else {
        format!("{slug}-{n}")
    }
}

/// A slug that a client chose.
///
/// # Errors
/// `invalid_slug` unless it is 1 to 100 of `a-z`, `0-9` and inner hyphens.
pub fn parse(pointer: &str, raw: &str) -> Result<String, Invalid> {
    let raw = raw.trim();
    let good = !raw.is_empty()
        && raw.len() <= MAX
        && raw
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !raw.starts_with('-')
        && !raw.ends_with('-');
    if good {
        Ok(raw.to_owned())
    } else {
        Err(Invalid::one(
            pointer,
            "invalid_slug",
            "Use 1 to 100 characters: a-z, 0-9, and hyphens between them.",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_slugs() {
        assert_eq!(
            derive("Rust 101: the  Basics!", "course"),
            "rust-101-the-basics"
        );
        assert_eq!(derive("大丈夫", "course"), "course");
        assert_eq!(derive(&"é-x ".repeat(200), "space").len(), 99);
        assert_eq!(numbered("lobby", 1), "lobby");
        assert_eq!(numbered("lobby", 3), "lobby-3");
    }

    #[test]
    fn chosen_slugs_are_checked() {
        assert!(parse("/slug", "rust-101").is_ok());
        for bad in ["", "-a", "a-", "Ä", "A", "a b", &"x".repeat(101)] {
            assert!(parse("/slug", bad).is_err(), "{bad}");
        }
    }
}
