//! The first look at a template: where its expressions are, and that they keep to the small
//! language.

use super::{
    error::TemplateError,
    filters::{self, FILTERS},
    limits::{MAX_NESTING, MAX_OPERATORS, MAX_TOKENS},
    predicates::PREDICATES,
    token::{ExpressionToken, tokens, unquoted},
};

/// A piece of a template.
#[derive(Debug, PartialEq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    /// What is between `{{` and `}}`.
    Expression(&'a str),
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
        let (code, after) = split_expression(after)?;
        let (code, text) = code
            .strip_prefix('-')
            .map_or((code, text), |code| (code, text.trim_end()));
        let (code, after) = code
            .strip_suffix('-')
            .map_or((code, after), |code| (code, after.trim_start()));
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        pieces.push(Piece::Expression(code));
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

/// An expression and what follows its `}}`, which stands outside of texts, and is not the end of a
/// map in the expression.
fn split_expression(code: &str) -> Result<(&str, &str), TemplateError> {
    let mut open = 0_usize;
    for token in tokens(code) {
        let (at, token) = token?;
        match token {
            ExpressionToken::Sign('}') if open == 0 => {
                if let Some((expression, rest)) = code.split_at_checked(at)
                    && let Some(rest) = rest.strip_prefix("}}")
                {
                    return Ok((expression, rest));
                }
            }
            ExpressionToken::Sign('{' | '[' | '(') => open += 1,
            ExpressionToken::Sign('}' | ']' | ')') => open = open.saturating_sub(1),
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
            ExpressionToken::Sign('*') => {
                return Err(TemplateError::NotAvailable(
                    "Multiplication is not available.",
                ));
            }
            ExpressionToken::Sign('~' | '+' | '|') => operators += 1,
            ExpressionToken::Sign('(' | '[' | '{') => nesting += 1,
            ExpressionToken::Sign(')' | ']' | '}') => nesting = nesting.saturating_sub(1),
            ExpressionToken::Word(word) => {
                let is_called = tokens.get(at + 1) == Some(&ExpressionToken::Sign('('));
                check_word(word, before(1), before(2), is_called)?;
                if before(1) == Some(ExpressionToken::Sign('|')) && is_called {
                    let written = tokens.get(at + 2..).map_or_else(Vec::new, arguments);
                    filters::check_arguments(word, &written)?;
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
fn arguments<'a>(tokens: &[ExpressionToken<'a>]) -> Vec<&'a str> {
    let mut found = Vec::new();
    for pair in tokens.chunks(2) {
        let [
            ExpressionToken::Text(text),
            ExpressionToken::Sign(after @ (',' | ')')),
        ] = pair
        else {
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
    before: Option<ExpressionToken<'_>>,
    before_that: Option<ExpressionToken<'_>>,
    is_called: bool,
) -> Result<(), TemplateError> {
    let is_test = before == Some(ExpressionToken::Word("is"))
        || (before == Some(ExpressionToken::Word("not"))
            && before_that == Some(ExpressionToken::Word("is")));
    match before {
        Some(ExpressionToken::Sign('.')) if is_called => Err(TemplateError::NotAvailable(
            "Methods cannot be called; use filters: value|upper.",
        )),
        Some(ExpressionToken::Sign('.')) => Ok(()),
        Some(ExpressionToken::Sign('|')) if !FILTERS.contains_key(word) => {
            Err(TemplateError::UnknownFilter(word.to_owned()))
        }
        Some(ExpressionToken::Sign('|')) => Ok(()),
        _ if is_test && word == "not" => Ok(()),
        _ if is_test && !PREDICATES.contains_key(word) => {
            Err(TemplateError::UnknownTest(word.to_owned()))
        }
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
            ("{{ a }}", vec![Expression(" a ")]),
            (
                "x {{a}}{{b}} y",
                vec![Text("x "), Expression("a"), Expression("b"), Text(" y")],
            ),
            ("{{ '}}' }}!", vec![Expression(" '}}' "), Text("!")]),
            (
                "{{ \"\\\"}}\" }}!",
                vec![Expression(" \"\\\"}}\" "), Text("!")],
            ),
            (
                "{{ {'a': {'b': 1}} }}",
                vec![Expression(" {'a': {'b': 1}} ")],
            ),
            ("{{ {'a': 1}}}", vec![Expression(" {'a': 1}")]),
            (
                "a {{- b -}} c",
                vec![Text("a"), Expression(" b "), Text("c")],
            ),
            ("{{{a}}}", vec![Expression("{a}")]),
            (
                "é{{ 'ü' }}ß",
                vec![Text("é"), Expression(" 'ü' "), Text("ß")],
            ),
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
