//! The paths that an expression names.

use super::{
    Path, ROOTS,
    token::{Token, tokens, unquoted},
};

/// Every path, as far as it is written down: `data.items[data.index].title` names `data.items` and
/// `data.index`.
pub(super) fn paths(code: &str) -> Vec<Path> {
    let tokens: Vec<_> = tokens(code)
        .map_while(|token| Some(token.ok()?.1))
        .collect();
    let begins = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        let is_keyword = tokens.get(at + 1) == Some(&Token::Sign('='))
            && tokens.get(at + 2) != Some(&Token::Sign('='));
        !is_keyword && !matches!(before, Some(Token::Sign('.' | '|') | Token::Word("is")))
    };
    let starts = tokens
        .iter()
        .enumerate()
        .filter_map(|(at, token)| match token {
            Token::Word(root) if ROOTS.contains(root) && begins(at) => {
                Some((*root, tokens.get(at + 1..)?))
            }
            _ => None,
        });
    starts.map(|(root, rest)| path(root, rest)).collect()
}

fn path(root: &str, mut rest: &[Token<'_>]) -> Path {
    let mut segments = vec![Box::from(root)];
    loop {
        rest = match rest {
            [Token::Sign('.'), Token::Word(word), rest @ ..] => {
                segments.push(Box::from(*word));
                rest
            }
            [Token::Sign('.'), Token::Number(digits), rest @ ..] => {
                segments.extend(digits.split('.').map(Box::from));
                rest
            }
            [
                Token::Sign('['),
                Token::Number(index),
                Token::Sign(']'),
                rest @ ..,
            ] => {
                segments.push(Box::from(*index));
                rest
            }
            [
                Token::Sign('['),
                Token::Text(text),
                Token::Sign(']'),
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
    Path::of(segments)
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
                paths(code).iter().map(Path::to_string).collect::<Vec<_>>(),
                found,
                "{code}"
            );
        }
    }
}
