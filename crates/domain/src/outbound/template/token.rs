//! The tokens of an expression, as far as its checks need them.

use super::error::TemplateError;

/// One token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ExpressionToken<'a> {
    Word(&'a str),
    Number(&'a str),
    /// With its quotes.
    Text(&'a str),
    Sign(char),
}

/// The tokens of an expression with their offsets, as minijinja's lexer sees them. Numbers and
/// texts need no more than their ends.
pub(super) fn tokens(
    code: &str,
) -> impl Iterator<Item = Result<(usize, ExpressionToken<'_>), TemplateError>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = code.get(at..)?;
        let start = at + (rest.len() - rest.trim_ascii_start().len());
        let rest = code.get(start..)?;
        let first = rest.chars().next()?;
        let (token, len) = match first {
            '\'' | '"' => match end_of_text(rest, first) {
                Some(len) => (ExpressionToken::Text(rest.get(..len)?), len),
                None => {
                    at = code.len();
                    return Some(Err(TemplateError::Syntax(format!(
                        "a text is not closed by {first}"
                    ))));
                }
            },
            c if c.is_ascii_digit() => {
                let len = end_of_number(rest);
                (ExpressionToken::Number(rest.get(..len)?), len)
            }
            c if is_word(c) => {
                let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                (ExpressionToken::Word(rest.get(..len)?), len)
            }
            c => (ExpressionToken::Sign(c), c.len_utf8()),
        };
        at = start + len;
        Some(Ok((start, token)))
    })
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn end_of_text(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().skip(1).find_map(|(at, c)| {
        let ends = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(at + 1)
    })
}

/// Digits with letters, and a point when a digit follows: `0x1f`, `1e5`, `2.50`, but only the first
/// of `0.title`.
fn end_of_number(text: &str) -> usize {
    let end = |text: &str| text.find(|c| !is_word(c)).unwrap_or(text.len());
    let whole = end(text);
    match text.get(whole..).and_then(|rest| rest.strip_prefix('.')) {
        Some(fraction) if fraction.starts_with(|c: char| c.is_ascii_digit()) => {
            whole + 1 + end(fraction)
        }
        _ => whole,
    }
}

/// What a quoted text says; `None` when it has escapes.
pub(super) fn unquoted(text: &str) -> Option<&str> {
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    (!inner.contains('\\')).then_some(inner)
}
