//! The first look at a template: where its expressions are, and that they keep to the small
//! language.

use super::{
    TemplateError, engine, filters,
    token::{Token, tokens, unquoted},
};

/// Operators that can make values grow (`~`, `+`) and filters, together, in one expression.
pub(super) const MAX_OPERATORS: usize = 32;

/// Tokens of one expression, and brackets in brackets. Compiling recurses over both, and must not
/// overflow the stack of a thread of 2 MiB (in a debug build that happens at about 1,600 tokens, or
/// 100 brackets).
pub(super) const MAX_TOKENS: usize = 500;
pub(super) const MAX_NESTING: usize = 16;

/// A piece of a template.
#[derive(Debug, PartialEq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    /// What is between `{{` and `}}`.
    Code(&'a str),
}

/// Cuts a template into texts and expressions. `{{-` and `-}}` take the white space before and
/// after with them.
pub(super) fn split(source: &str) -> Result<Vec<Piece<'_>>, TemplateError> {
    let mut pieces = Vec::new();
    let mut rest = source;
    while let Some((text, mark, after)) = next_mark(rest) {
        if mark != '{' {
            return Err(TemplateError::NotAvailable(
                "Statements {% %} and comments {# #} are not available, only {{ expressions }}.",
            ));
        }
        let end = end_of_code(after)?;
        let (code, after) = after.split_at_checked(end).unwrap_or((after, ""));
        let after = after.get(2..).unwrap_or_default();
        let (code, text) = code
            .strip_prefix('-')
            .map_or((code, text), |code| (code, text.trim_end()));
        let (code, after) = code
            .strip_suffix('-')
            .map_or((code, after), |code| (code, after.trim_start()));
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        pieces.push(Piece::Code(code));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

/// The text before the next `{{`, `{%` or `{#`, which of them it is, and what follows.
fn next_mark(source: &str) -> Option<(&str, char, &str)> {
    source.match_indices('{').find_map(|(at, _)| {
        let after = source.get(at + 1..)?;
        let mark = after
            .chars()
            .next()
            .filter(|c| matches!(c, '{' | '%' | '#'))?;
        Some((source.get(..at)?, mark, after.get(1..)?))
    })
}

/// Where the `}}` of an expression is: outside of texts, and not the end of a map in it.
fn end_of_code(code: &str) -> Result<usize, TemplateError> {
    let mut open = 0_usize;
    for token in tokens(code) {
        let (at, token) = token?;
        match token {
            Token::Sign('}')
                if open == 0 && code.get(at..).is_some_and(|rest| rest.starts_with("}}")) =>
            {
                return Ok(at);
            }
            Token::Sign('{' | '[' | '(') => open += 1,
            Token::Sign('}' | ']' | ')') => open = open.saturating_sub(1),
            _ => {}
        }
    }
    Err(TemplateError::Syntax("{{ is not closed by }}".into()))
}

/// Checks that an expression uses only what the language has. Names are checked later, when it is
/// compiled.
pub(super) fn check(code: &str) -> Result<(), TemplateError> {
    let tokens = tokens(code)
        .map(|token| Ok(token?.1))
        .collect::<Result<Vec<_>, TemplateError>>()?;
    if tokens.len() > MAX_TOKENS {
        return Err(TemplateError::TooComplex);
    }
    let (mut operators, mut nesting) = (0, 0_usize);
    for (at, token) in tokens.iter().enumerate() {
        let before = |n: usize| at.checked_sub(n).and_then(|at| tokens.get(at)).copied();
        match *token {
            Token::Sign('*') => {
                return Err(TemplateError::NotAvailable(
                    "Multiplication is not available.",
                ));
            }
            Token::Sign('~' | '+' | '|') => operators += 1,
            Token::Sign('(' | '[' | '{') => nesting += 1,
            Token::Sign(')' | ']' | '}') => nesting = nesting.saturating_sub(1),
            Token::Word(word) => {
                let is_called = tokens.get(at + 1) == Some(&Token::Sign('('));
                check_word(word, before(1), before(2), is_called)?;
                if before(1) == Some(Token::Sign('|')) && is_called {
                    filters::check_arguments(
                        word,
                        &arguments(tokens.get(at + 2..).unwrap_or_default()),
                    )?;
                }
            }
            _ => {}
        }
        if operators > MAX_OPERATORS || nesting > MAX_NESTING {
            return Err(TemplateError::TooComplex);
        }
    }
    Ok(())
}

/// The texts that a filter is called with, as far as they are written down: up to the first
/// argument that is computed.
fn arguments<'a>(tokens: &[Token<'a>]) -> Vec<&'a str> {
    let mut found = Vec::new();
    for pair in tokens.chunks(2) {
        let [Token::Text(text), Token::Sign(after @ (',' | ')'))] = pair else {
            break;
        };
        found.extend(unquoted(text));
        if *after == ')' || unquoted(text).is_none() {
            break;
        }
    }
    found
}

fn check_word(
    word: &str,
    before: Option<Token<'_>>,
    before_that: Option<Token<'_>>,
    is_called: bool,
) -> Result<(), TemplateError> {
    let is_test = before == Some(Token::Word("is"))
        || (before == Some(Token::Word("not")) && before_that == Some(Token::Word("is")));
    match before {
        Some(Token::Sign('.')) if is_called => Err(TemplateError::NotAvailable(
            "Methods cannot be called; use filters: value|upper.",
        )),
        Some(Token::Sign('.')) => Ok(()),
        Some(Token::Sign('|')) if !engine::has_filter(word) => {
            Err(TemplateError::UnknownFilter(word.to_owned()))
        }
        Some(Token::Sign('|')) => Ok(()),
        _ if is_test && word == "not" => Ok(()),
        _ if is_test && !engine::has_test(word) => Err(TemplateError::UnknownTest(word.to_owned())),
        _ if is_test => Ok(()),
        _ if matches!(word, "none" | "None" | "null") => Err(TemplateError::NotAvailable(
            "Compare with null by \"is none\" and \"is not none\".",
        )),
        _ if is_called && !matches!(word, "and" | "or" | "not" | "in" | "is" | "if" | "else") => {
            Err(TemplateError::NotAvailable(
                "Functions cannot be called; use filters: value|upper.",
            ))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece::*, *};

    #[test]
    fn templates_are_cut_where_expressions_begin_and_end() {
        for (source, pieces) in [
            ("", vec![]),
            ("plain { text } }} %}", vec![Text("plain { text } }} %}")]),
            ("{{ a }}", vec![Code(" a ")]),
            (
                "x {{a}}{{b}} y",
                vec![Text("x "), Code("a"), Code("b"), Text(" y")],
            ),
            ("{{ '}}' }}!", vec![Code(" '}}' "), Text("!")]),
            ("{{ \"\\\"}}\" }}!", vec![Code(" \"\\\"}}\" "), Text("!")]),
            ("{{ {'a': {'b': 1}} }}", vec![Code(" {'a': {'b': 1}} ")]),
            ("{{ {'a': 1}}}", vec![Code(" {'a': 1}")]),
            ("a {{- b -}} c", vec![Text("a"), Code(" b "), Text("c")]),
            ("{{{a}}}", vec![Code("{a}")]),
            ("é{{ 'ü' }}ß", vec![Text("é"), Code(" 'ü' "), Text("ß")]),
        ] {
            assert_eq!(split(source).unwrap(), pieces, "{source}");
        }
        for source in [
            "{{",
            "{{ a",
            "{{ a }",
            "{{ 'a }}",
            "{{ (a }}",
            "{% if a %}",
            "a {%",
            "{# c #}",
            "{{ a }}{% set b = 1 %}",
        ] {
            assert!(split(source).is_err(), "{source}");
        }
    }

    #[test]
    fn the_language_is_small() {
        let words = |code: &str| check(code).map_err(|error| error.to_string());
        for code in [
            "data.x|upper",
            "data.x is not none",
            "data.x is none",
            "not (data.a and (data.b or data.c))",
            "(data.a)",
            "a if (b) else (c)",
            "data.not",
            "data.is.x",
            "data.none",
            "'a * b|c()'",
            "data.x|default('(')",
            "data.items[0:5]",
            "x is not divisibleby(3)",
        ] {
            assert_eq!(words(code), Ok(()), "{code}");
        }
        for code in [
            "'a' * 9",
            "2 ** 9",
            "data.x|nope",
            "data.x|safe",
            "data.x | pprint",
            "data.x is nope",
            "data.x is not nope",
            "range(9)",
            "data.x.upper()",
            "data.x . upper ()",
            "debug()",
            "lipsum (5)",
            "data.x == none",
            "data.x == null",
            "[None]",
            "loop.cycle()",
        ] {
            assert!(words(code).is_err(), "{code}");
        }
        assert_eq!(check(&["data.a"; 33].join("~")), Ok(()));
        assert_eq!(
            check(&["data.a"; 34].join("~")),
            Err(TemplateError::TooComplex)
        );
        assert_eq!(
            check(&["data.a"; 34].join("|")),
            Err(TemplateError::UnknownFilter("data".into()))
        );
        assert_eq!(check(&["1"; 250].join("-")), Ok(()));
        assert_eq!(check(&["1"; 251].join("-")), Err(TemplateError::TooComplex));
        assert_eq!(
            check(&format!("{}1{}", "(".repeat(16), ")".repeat(16))),
            Ok(())
        );
        assert_eq!(
            check(&format!("{}1{}", "(".repeat(17), ")".repeat(17))),
            Err(TemplateError::TooComplex)
        );
    }
}
