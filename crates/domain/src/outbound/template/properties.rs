//! Whatever anybody writes as a template: no panic, no output beyond its bound, no time beyond it,
//! and nothing of another event.
//!
//! `scripts/fuzz` tries a million of each.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use proptest::prelude::*;

use super::*;

/// What no template of the first event may ever show.
const SECRET: &str = "s3cret-of-another-event";
/// Far more than the slowest takes on a busy machine; without the bounds some would take minutes.
const DEADLINE: Duration = Duration::from_secs(10);

static OURS: LazyLock<Context> = LazyLock::new(|| context("ines@example.org"));
static OTHER: LazyLock<Context> = LazyLock::new(|| context(SECRET));

fn context(email: &str) -> Context {
    let long = "ab ".repeat(2_000);
    let list = (0..200)
        .map(|n| n.to_string())
        .collect::<Vec<_>>()
        .join(",");
    let json = format!(
        r#"{{"id":"evt_1","type":"order.paid","timestamp":"2026-03-14T08:05:12Z","data":{{
            "order":{{"total":7485,"currency":"EUR","note":null,"rate":1.5,"big":9007199254740993,"paid":true,"zone":"Europe/Lisbon"}},
            "customer":{{"email":"{email}","name":"Inês {{{{ data.order.total }}}}"}},
            "items":[{{"title":"Hat","qty":2}},{{"title":"Shoe","qty":1}}],"list":[{list}],"long":"{long}","at":"2026-03-14 23:05:12"}}}}"#
    );
    Context::new(ExactJson::parse(json.as_bytes()).unwrap())
}

/// Renders within the bounds; gives the text.
fn checked(source: &str) -> Option<Result<String, TemplateError>> {
    let started = Instant::now();
    let template = Template::parse(source).ok();
    let rendered = template.map(|template| {
        let ours = template
            .render(&Rendering::of(&OURS))
            .map(|json| json.to_text());
        // What another event brings in between leaves no trace.
        let _ = template.render(&Rendering::of(&OTHER));
        assert_eq!(
            template
                .render(&Rendering::of(&OURS))
                .map(|json| json.to_text()),
            ours,
            "{source}"
        );
        ours
    });
    assert!(
        started.elapsed() < DEADLINE,
        "{source} took {:?}",
        started.elapsed()
    );
    if let Some(Ok(text)) = &rendered {
        assert!(!text.contains(SECRET), "{source}");
        // Escapes can make a text twelve times as long as what it says; a lone path is as long as
        // the event has it.
        assert!(
            text.len() <= 12 * MAX_VALUE,
            "{source} is {} bytes long",
            text.len()
        );
        assert_eq!(
            ExactJson::parse(text.as_bytes())
                .map(|json| json.to_text())
                .as_ref(),
            Ok(text),
            "{source}"
        );
    }
    rendered
}

fn evaluated(source: &str) {
    let started = Instant::now();
    if let Ok(condition) = Condition::parse(source) {
        let ours = condition.evaluate(&OURS);
        let _ = condition.evaluate(&OTHER);
        assert_eq!(condition.evaluate(&OURS), ours, "{source}");
        condition.paths();
    }
    assert!(
        started.elapsed() < DEADLINE,
        "{source} took {:?}",
        started.elapsed()
    );
}

/// Pieces of the language in any order, with what does not belong to it.
fn soup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "{{", "}}", "{%", "{#", "-", "data", ".", "order", "items", "[", "]", "(", ")", "{", "}",
        "|", "'", "\"", "\\", "0", "1e9", "0x", "é", " ", "~", "+", "*", "/", "//", "%", "==", "<",
        ":", ",", "=", "not", "and", "or", "in", "is", "if", "else", "none", "true", "upper",
        "default", "join", "map", "date", "money", "loop", "self", "range", "id", "\u{0}", "\n",
        "🎉",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

/// Expressions of the grammar.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => prop::sample::select(vec![
            "id", "type", "timestamp", "data", "data.order", "data.order.total", "data.order.currency", "data.order.note", "data.order.rate",
            "data.order.big", "data.order.zone", "data.customer.email", "data.customer.name", "data.items", "data.items[0].qty", "data.items.1.title",
            "data.list", "data.long", "data.at", "data.missing.deep", "data['order']['total']",
        ]).prop_map(str::to_owned),
        1 => any::<i64>().prop_map(|n| n.unsigned_abs().to_string()),
        1 => "'[a-z{}% é]{0,6}'",
        1 => prop::sample::select(vec!["true", "false", "1.5", "''", "[]", "{}"]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 32, 3, |inner| {
        let filters: Vec<&str> = super::filters::FILTERS.keys().copied().collect();
        let operators = vec!["~", "+", "-", "/", "//", "%", "==", "!=", "<", ">=", "in", "not in", "and", "or"];
        let tests = vec!["none", "defined", "string", "number", "odd", "startingwith('a')", "divisibleby(3)", "in [1]", "mapping"];
        let arguments = vec!["attribute='qty'", "'upper'", "'%Y-%m-%d', 'Europe/Lisbon'", "'JPY', 2", "', '", "2"];
        prop_oneof![
            3 => (inner.clone(), prop::sample::select(filters.clone())).prop_map(|(value, filter)| format!("{value}|{filter}")),
            2 => (inner.clone(), prop::sample::select(filters.clone()), inner.clone()).prop_map(|(value, filter, other)| format!("{value}|{filter}({other})")),
            2 => (inner.clone(), prop::sample::select(filters.clone()), prop::sample::select(arguments)).prop_map(|(value, filter, other)| format!("{value}|{filter}({other})")),
            1 => (inner.clone(), prop::sample::select(filters), inner.clone(), inner.clone()).prop_map(|(value, filter, a, b)| format!("{value}|{filter}({a}, {b})")),
            3 => (inner.clone(), prop::sample::select(operators), inner.clone()).prop_map(|(a, operator, b)| format!("({a} {operator} {b})")),
            1 => (inner.clone(), prop::sample::select(tests)).prop_map(|(value, test)| format!("({value} is {test})")),
            1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, condition, b)| format!("({a} if {condition} else {b})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[{a}, {b}]")),
            1 => inner.clone().prop_map(|value| format!("{{'k': {value}}}")),
            1 => (inner.clone(), inner.clone()).prop_map(|(value, at)| format!("({value})[{at}]")),
            1 => (inner.clone(), any::<i8>(), any::<i8>()).prop_map(|(value, from, to)| format!("({value})[{from}:{to}]")),
            1 => inner.clone().prop_map(|value| format!("(not {value})")),
            1 => inner.prop_map(|value| format!("(-{value})")),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_refused_or_rendered(source in any::<String>()) {
        checked(&source);
        checked(&format!("{{{{ {source} }}}}"));
        evaluated(&source);
    }

    #[test]
    fn any_soup_of_the_language_is_refused_or_rendered(source in soup()) {
        checked(&source);
        checked(&format!("x{{{{ {source} }}}}"));
        evaluated(&source);
    }

    #[test]
    fn any_expression_is_rendered_within_its_bounds(code in expression()) {
        checked(&format!("{{{{ {code} }}}}"));
        checked(&format!("{{{{ {code} }}}}{{{{ {code} }}}}"));
        evaluated(&code);
    }

    #[test]
    fn money_of_any_amount_says_the_same_amount(amount in any::<i64>(), currency in prop::sample::select(vec!["EUR", "JPY", "KWD", "CLF", ""])) {
        let text = checked(&format!("{{{{ ({amount})|money('{currency}') }}}}")).unwrap().unwrap();
        let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '-').collect();
        prop_assert_eq!(digits.parse::<i128>().unwrap(), i128::from(amount));
    }
}

/// The generators reach what they are for: most expressions can be read, and many can be computed.
#[test]
fn the_grammar_makes_expressions_that_work() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let (mut read, mut computed) = (0, 0);
    for _ in 0..500 {
        let code = expression().new_tree(&mut runner).unwrap().current();
        let result = checked(&format!("{{{{ {code} }}}}"));
        read += usize::from(result.is_some());
        computed += usize::from(matches!(result, Some(Ok(_))));
    }
    assert!(
        read > 300 && computed > 150,
        "of 500: {read} read, {computed} computed"
    );
}
