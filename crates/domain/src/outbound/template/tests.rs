use super::*;

fn context() -> Context {
    let json = r#"{"id":"evt_1","type":"order.paid","timestamp":"2026-03-14T08:05:12Z","data":{
        "order":{"id":7,"total":19.90,"cents":7485,"big":9007199254740993,"huge":1e21,"neg":-0,"paid":true,"note":null,"empty":"","zero":0},
        "customer":{"first":"Inês","last":null,"email":"ines@example.org","a.b":"dotted","unit price":5},
        "items":[{"title":"Hat","qty":2,"price":4.5},{"title":"Shoe","qty":1,"price":70}],
        "evil":"{{ data.order.id }}{% if 1 %}<b>&amp;\"'",
        "keys":"k","items_text":"a,b"}}"#;
    Context::new(ExactJson::parse(json.as_bytes()).unwrap())
}

fn render(source: &str) -> Result<String, TemplateError> {
    let context = context();
    Template::parse(source)?
        .render(&Rendering::of(&context))
        .map(|json| json.to_text())
}

#[test]
fn a_lone_path_keeps_type_and_digits() {
    for (source, json) in [
        ("{{ id }}", r#""evt_1""#),
        ("{{type}}", r#""order.paid""#),
        ("{{ data.order.total }}", "19.90"),
        ("{{ data.order.big }}", "9007199254740993"),
        ("{{ data.order.huge }}", "1e21"),
        ("{{ data.order.neg }}", "-0"),
        ("{{ data.order.paid }}", "true"),
        ("{{ data.order.note }}", "null"),
        ("{{ data.order.empty }}", r#""""#),
        ("{{ data.items.1.title }}", r#""Shoe""#),
        (
            "{{ data.items[0] }}",
            r#"{"title":"Hat","qty":2,"price":4.5}"#,
        ),
        ("{{ data.customer['a.b'] }}", r#""dotted""#),
        ("{{- data.order.id -}}", "7"),
    ] {
        assert_eq!(render(source).as_deref(), Ok(json), "{source}");
    }
}

#[test]
fn a_missing_path_is_null_alone_and_empty_in_text() {
    for path in [
        "data.x",
        "data.order.note",
        "data.order.note.x",
        "data.x.y.z",
        "data.items.9.title",
        "data.order.id.x",
        "data.__proto__",
    ] {
        assert_eq!(
            render(&format!("{{{{ {path} }}}}")).as_deref(),
            Ok("null"),
            "{path}"
        );
        assert_eq!(
            render(&format!("<{{{{ {path} }}}}>")).as_deref(),
            Ok(r#""<>""#),
            "{path}"
        );
        assert_eq!(
            render(&format!("{{{{ {path}|upper }}}}")).as_deref(),
            Ok("null"),
            "{path}"
        );
    }
}

#[test]
fn text_around_makes_a_string() {
    for (source, text) in [
        ("", ""),
        ("constant", "constant"),
        ("Total: {{ data.order.total }} EUR", "Total: 19.90 EUR"),
        (" {{ data.order.id }}", " 7"),
        ("{{ data.order.id }}{{ data.order.paid }}", "7true"),
        (
            "#{{ data.order.id }} {{ data.customer.first|upper }} {{ data.customer.last }}",
            "#7 INÊS ",
        ),
        (
            "{{ data.items[1] }}!",
            r#"{"title":"Shoe","qty":1,"price":70}!"#,
        ),
        ("a { b } c }}", "a { b } c }}"),
    ] {
        assert_eq!(
            render(source),
            Ok(ExactJson::String(text.into()).to_text()),
            "{source}"
        );
    }
}

#[test]
fn expressions_compute_and_keep_their_type() {
    for (source, json) in [
        ("{{ data.order.cents / 100 }}", "74.85"),
        ("{{ 4900 / 100 }}", "49"),
        ("{{ 4950 / 100 }}", "49.5"),
        ("{{ 0 - 7485 / 100 }}", "-74.85"),
        ("{{ data.order.cents // 100 }}", "74"),
        ("{{ data.order.big + 1 }}", "9007199254740994"),
        ("{{ data.order.cents > 100 }}", "true"),
        ("{{ 'paid' if data.order.paid else 'open' }}", r#""paid""#),
        (
            "{{ data.customer.first ~ ' ' ~ data.customer.last }}",
            r#""Inês ""#,
        ),
        ("{{ data.customer.first + '!' }}", r#""Inês!""#),
        (
            "{{ data.items|map(attribute='title')|join(', ') }}",
            r#""Hat, Shoe""#,
        ),
        (
            "{{ data.items|map(attribute='title')|map('upper') }}",
            r#"["HAT","SHOE"]"#,
        ),
        ("{{ data.items|sum(attribute='qty') }}", "3"),
        ("{{ data.items|sum(attribute='price') }}", "74.5"),
        ("{{ data.items|length }}", "2"),
        (
            "{{ data.items|selectattr('qty', 'gt', 1)|map(attribute='title')|first }}",
            r#""Hat""#,
        ),
        (
            "{{ data.items[:1] }}",
            r#"[{"title":"Hat","qty":2,"price":4.5}]"#,
        ),
        ("{{ data.customer.first[:2] }}", r#""In""#),
        ("{{ data.order.note|default('none') }}", r#""none""#),
        ("{{ data.order.empty|default('x') }}", r#""x""#),
        ("{{ data.order.zero|default('x') }}", "0"),
        ("{{ data.nothing.at.all|d(5) }}", "5"),
        (
            "{{ {'name': data.customer.first, 'n': [1, data.order.note]} }}",
            r#"{"name":"Inês","n":[1,null]}"#,
        ),
        (
            "{{ data.items[0]|tojson }}",
            r#""{\"title\":\"Hat\",\"qty\":2,\"price\":4.5}""#,
        ),
        ("{{ data.items_text|split(',') }}", r#"["a","b"]"#),
        (
            "{{ data.customer.email|replace('@', ' at ') }}",
            r#""ines at example.org""#,
        ),
        ("{{ 1.005|round(2) }}", "1"),
        ("{{ '12'|int + 1 }}", "13"),
        ("{{ true }}", "true"),
        ("{{ 'text' }}", r#""text""#),
        ("{{ data.order.cents|string|length }}", "4"),
        ("{{ [3, 1, 2]|sort|reverse|list }}", "[3,2,1]"),
        ("{{ data.order.note is none }}", "true"),
    ] {
        assert_eq!(render(source).as_deref(), Ok(json), "{source}");
    }
}

#[test]
fn what_the_event_brings_is_never_read_as_a_template() {
    let evil = r#""{{ data.order.id }}{% if 1 %}<b>&amp;\"'""#;
    assert_eq!(render("{{ data.evil }}").as_deref(), Ok(evil));
    assert_eq!(render("{{ data.evil ~ '' }}").as_deref(), Ok(evil));
    assert_eq!(render("{{ data.evil }}{{ '' }}").as_deref(), Ok(evil));
    assert_eq!(
        render("{{ data.evil|upper|lower }}").as_deref(),
        Ok(evil),
        "nothing is escaped"
    );
}

#[test]
fn mistakes_are_found_when_the_template_is_saved() {
    let parse = |source: &str| Template::parse(source).unwrap_err();
    assert_eq!(
        parse("{{ order.id }}"),
        TemplateError::UnknownName("order".into())
    );
    assert_eq!(
        parse("{{ datas.id|upper }}"),
        TemplateError::UnknownName("datas".into())
    );
    assert_eq!(
        parse("{{ data.x|nope }}"),
        TemplateError::UnknownFilter("nope".into())
    );
    assert_eq!(
        parse("{{ data.x is nope }}"),
        TemplateError::UnknownTest("nope".into())
    );
    assert_eq!(parse(&"x".repeat(MAX_SOURCE + 1)), TemplateError::TooLong);
    for source in [
        "{{ }}",
        "{{}}",
        "{{ data. }}",
        "{{ data..x }}",
        "{{ data.x",
        "{{ 'a }}",
        "{{ data.x y }}",
        "{{ data.x | }}",
        "{{ data.x = 1 }}",
        "{{ 1 + }}",
        "{{ ) }}",
        "{{ data[ }}",
        "{{ data.x; data.y }}",
        "{{ ${x} }}",
        "{{ `id` }}",
        "{{ ü }}",
    ] {
        assert!(
            matches!(parse(source), TemplateError::Syntax(_)),
            "{source}: {:?}",
            parse(source)
        );
    }
    for source in [
        "{% include 'x' %}",
        "{% set a = 1 %}",
        "{% for a in data %}{% endfor %}",
        "{% macro a() %}{% endmacro %}",
        "{# c #}",
        "{% raw %}{% endraw %}",
        "{{ range(9) }}",
        "{{ debug() }}",
        "{{ dict() }}",
        "{{ namespace() }}",
        "{{ data.x.keys() }}",
        "{{ 'a' * 9 }}",
        "{{ self.x() }}",
    ] {
        assert!(
            matches!(parse(source), TemplateError::NotAvailable(_)),
            "{source}: {:?}",
            parse(source)
        );
    }
    for source in [
        "{{ loop.index }}",
        "{{ self }}",
        "{{ super }}",
        "{{ range }}",
        "{{ caller }}",
    ] {
        assert!(
            matches!(
                parse(source),
                TemplateError::UnknownName(_) | TemplateError::Syntax(_)
            ),
            "{source}: {:?}",
            parse(source)
        );
    }
}

#[test]
fn what_cannot_be_computed_fails_without_quoting_the_event() {
    for source in [
        "{{ data.customer.email - 1 }}",
        "{{ 1 / 0 }}",
        "{{ 1 // 0 }}",
        "{{ data.customer.email|sum }}",
        "{{ data.items|map('nope') }}",
        "{{ data.items|select('nope')|list }}",
        "{{ -data.customer.email }}",
        "{{ data.customer.email|round }}",
        "{{ data.items|join(1, 2, 3) }}",
        "{{ data.customer|sort(nope=1) }}",
        "{{ {1: 2} }}",
    ] {
        let error = render(source).unwrap_err();
        assert!(
            matches!(error, TemplateError::Failed { .. }),
            "{source}: {error}"
        );
        assert!(!error.to_string().contains("ines@"), "{error}");
    }
    // In text too, and an undefined filter argument is no panic.
    assert!(matches!(
        render("x {{ data.customer.email - 1 }}"),
        Err(TemplateError::Failed { .. })
    ));
    assert!(render("{{ data.customer.email|replace(data.x, data.y) }}").is_err());
}

/// The shapes that nest the deepest, at every length: an error or a value, never a stack overflow.
#[test]
fn deep_and_long_expressions_are_refused_or_work() {
    let context = context();
    for count in [1, 10, 16, 17, 50, 120, 160, 240, 249, 400, 1000, 1300] {
        for (open, middle, close) in [
            ("(", "1", ")"),
            ("[", "", "]"),
            ("{'a':", "1", "}"),
            ("data[", "0", "]"),
            ("1|d(", "1", ")"),
            ("not ", "1", ""),
            ("- ", "1", ""),
            ("", "data", ".a"),
            ("", "data", "[0]"),
            ("", "1", " and 1"),
            ("", "1", " < 1"),
            ("", "1", " - 1"),
            ("", "1", "|abs"),
            ("", "1", " is number"),
            ("", "1", " if 1 else 1"),
            ("1 if ", "1", " else 1"),
            ("1 - ", "1", ""),
            ("1 and ", "1", ""),
            ("1,", "1", ""),
        ] {
            let source = format!(
                "{{{{ {}{middle}{} }}}}",
                open.repeat(count),
                close.repeat(count)
            );
            match Template::parse(&source)
                .and_then(|template| template.render(&Rendering::of(&context)).map(|_| ()))
            {
                Ok(()) => {}
                Err(error) => assert!(
                    !matches!(error, TemplateError::UnknownName(_)),
                    "{source}: {error}"
                ),
            }
            assert!(
                count < 500
                    || Template::parse(&source).is_err()
                    || !open.is_empty()
                    || close == ".a"
                    || close == "[0]",
                "{source}"
            );
        }
    }
}

/// An event as large as they may be.
fn large() -> Context {
    let text = "a".repeat(MAX_VALUE);
    let list = vec!["1"; 10_000].join(",");
    let json = format!(
        r#"{{"id":"e","data":{{"text":"{text}","longer":"{text}a","list":[{list}],"more":[{list},1],"all":[{}]}}}}"#,
        vec![format!("\"{text}\""); 12].join(",")
    );
    Context::new(ExactJson::parse(json.as_bytes()).unwrap())
}

#[test]
fn work_and_size_are_bounded() {
    let context = large();
    let render = |source: &str| {
        Template::parse(source)
            .unwrap()
            .render(&Rendering::of(&context))
            .map(|json| json.to_text().len())
    };
    assert_eq!(
        render("{{ data.text ~ '' }}").err(),
        Some(TemplateError::ValueTooLong),
        "one byte for the value itself"
    );
    assert_eq!(render("{{ data.text[1:] }}"), Ok(MAX_VALUE + 1));
    assert_eq!(
        render("{{ data.longer }}"),
        Ok(MAX_VALUE + 3),
        "a lone path copies anything"
    );
    assert_eq!(
        render("x{{ data.text }}").err(),
        Some(TemplateError::ValueTooLong)
    );
    assert_eq!(render("{{ data.list|length }}"), Ok(5));
    for source in [
        "{{ data.longer|length }}".to_owned(),
        "{{ data.more|length }}".to_owned(),
        "{{ data.text ~ data.text }}".to_owned(),
        "{{ data.text|replace('', data.text) }}".to_owned(),
        "{{ data.text|replace('a', data.text)|length }}".to_owned(),
        "{{ data.list|join(data.text)|length }}".to_owned(),
        "{{ data.list|map('replace', 1, data.text)|list|length }}".to_owned(),
        "{{ data.all|tojson|length }}".to_owned(),
        "{{ data|tojson|length }}".to_owned(),
        format!("{{{{ data.all{}|length }}}}", "|map('upper')".repeat(16)),
        format!("{{{{ data.text{}|length }}}}", "|upper".repeat(31)),
        format!("{{{{ {} }}}}", ["data.text"; 32].join("~")),
        format!("{{{{ [{}] }}}}", ["data.list"; 100].join(",")),
    ] {
        let result = render(&source);
        assert!(result.is_err(), "{source}: {result:?}");
    }
}

#[test]
fn no_text_makes_the_reader_panic() {
    // Every short string over the characters that matter, and every prefix of a full template.
    let alphabet = ['{', '}', '%', '\'', '\\', '-', 'd', '.', '|', '(', '1', 'é'];
    let context = context();
    let mut texts = vec![String::new()];
    for _ in 0..4 {
        texts = texts
            .iter()
            .flat_map(|text| alphabet.iter().map(move |c| format!("{text}{c}")))
            .collect();
        for text in &texts {
            for source in [text.clone(), format!("{{{{{text}}}}}")] {
                if let Ok(template) = Template::parse(&source) {
                    let _ = template.render(&Rendering::of(&context));
                }
            }
        }
    }
    let full = "é {{- data.items|map(attribute=\"title\")|join(', ') ~ 'ü\\'' if data.x is not none else [1, {'a': 0x1f}] -}} 🎉";
    for end in full.char_indices().map(|(at, _)| at) {
        let _ = Template::parse(&full[..end]);
        let _ = Template::parse(&full[end..]);
    }
    assert!(Template::parse(full).is_ok());
}
