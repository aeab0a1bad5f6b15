//! The paths that an expression names.

use super::{
    ROOTS,
    token::{ExpressionToken, tokens, unquoted},
};
use crate::json::FieldPath;

/// Every path, as far as it is written down: `data.items[data.index].title` names `data.items` and
/// `data.index`.
pub(super) fn paths(code: &str) -> Vec<FieldPath> {
    let tokens: Vec<_> = tokens(code)
        .map_while(|token| Some(token.ok()?.1))
        .collect();
    let begins = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        let is_keyword = tokens.get(at + 1) == Some(&ExpressionToken::Sign('='))
            && tokens.get(at + 2) != Some(&ExpressionToken::Sign('='));
        !is_keyword
            && !matches!(
                before,
                Some(ExpressionToken::Sign('.' | '|') | ExpressionToken::Word("is"))
            )
    };
    let starts = tokens
        .iter()
        .enumerate()
        .filter_map(|(at, token)| match token {
            ExpressionToken::Word(root) if ROOTS.contains(root) && begins(at) => {
                Some((*root, tokens.get(at + 1..)?))
            }
            _ => None,
        });
    starts.map(|(root, rest)| path(root, rest)).collect()
}

fn path(root: &str, mut rest: &[ExpressionToken<'_>]) -> FieldPath {
    let mut segments = vec![Box::from(root)];
    loop {
        rest = match rest {
            [
                ExpressionToken::Sign('.'),
                ExpressionToken::Word(word),
                rest @ ..,
            ] => {
                segments.push(Box::from(*word));
                rest
            }
            [
                ExpressionToken::Sign('.'),
                ExpressionToken::Number(digits),
                rest @ ..,
            ] => {
                segments.extend(digits.split('.').map(Box::from));
                rest
            }
            [
                ExpressionToken::Sign('['),
                ExpressionToken::Number(index),
                ExpressionToken::Sign(']'),
                rest @ ..,
            ] => {
                segments.push(Box::from(*index));
                rest
            }
            [
                ExpressionToken::Sign('['),
                ExpressionToken::Text(text),
                ExpressionToken::Sign(']'),
                rest @ ..,
            ] => match unquoted(text) {
                Some(name) => {
                    segments.push(Box::from(name));
                    rest
                }
                None => break,
            },
            _ => break,
        };
    }
    FieldPath::of(segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_wherever_they_stand() {
        for (code, found) in [
            ("data.a", &["data.a"][..]),
            ("data.a == data.b and not id", &["data.a", "data.b", "id"]),
            ("data.a|default(data.b.c)|upper", &["data.a", "data.b.c"]),
            ("data.items.0.title", &["data.items.0.title"]),
            (
                "data.items[0]['unit price'].x",
                &["data.items.0[\"unit price\"].x"],
            ),
            (
                "data.items[data.index].title",
                &["data.items", "data.index"],
            ),
            ("data.items[1:3]", &["data.items"]),
            ("data['a\\'b'].c", &["data"]),
            ("{'k': data.a, 'data': 'data.b'}", &["data.a"]),
            ("data.id.type", &["data.id.type"]),
            ("data.x|d(data=1)", &["data.x"]),
            ("data == 1", &["data"]),
            ("'data.x' in type", &["type"]),
            ("1 + 2", &[]),
        ] {
            assert_eq!(
                paths(code)
                    .iter()
                    .map(FieldPath::to_string)
                    .collect::<Vec<_>>(),
                found,
                "{code}"
            );
        }
    }
}
