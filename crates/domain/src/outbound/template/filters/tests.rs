use crate::{
    json::ExactJson,
    outbound::template::{Context, Rendering, Template, TemplateError},
};

fn render(source: &str) -> Result<String, TemplateError> {
    let json = r#"{"id":"e","type":"t","timestamp":"2026-03-14T08:05:12Z","data":{
        "order":{"total_amount":7485,"currency":"EUR","note":null,"zero":0,"text":"7485","float":74.85,"big":170141183460469231731687303715884105727},
        "name":"inês marlow","brace":"{{ data.order.total_amount }}","empty":"","zero_text":"0",
        "paid_at":"2026-03-14T23:05:12Z","legacy":"2026-07-14 23:05:12","day":"2026-03-14","unix":1773475512,"none":"0000-00-00 00:00:00",
        "zone":"Europe/Lisbon","bad_zone":"Mars/Olympus","format":"%!"}}"#;
    Template::parse(source)?
        .render(&Rendering::of(&Context::new(
            ExactJson::parse(json.as_bytes()).unwrap(),
        )))
        .map(|json| json.to_text())
}

#[track_caller]
fn texts(cases: &[(&str, &str)]) {
    for (source, text) in cases {
        assert_eq!(
            render(&format!("{{{{ {source} }}}}")),
            Ok(format!("\"{text}\"")),
            "{source}"
        );
    }
}

#[test]
fn every_filter_is_documented() {
    let documented = include_str!("../../../../../../docs/requests.md");
    let is_named = |name: &str| {
        [format!("`{name}`"), format!("`{name}(")]
            .iter()
            .any(|n| documented.contains(n))
    };
    let missing: Vec<_> = super::FILTERS
        .keys()
        .filter(|name| !is_named(name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Money is text without drift, padded or not, in the decimals of its currency.
#[test]
fn money_is_decimal_text_of_its_currency() {
    texts(&[
        (
            "data.order.total_amount|money(data.order.currency)",
            "74.85",
        ),
        ("4900|money('EUR')", "49.00"),
        ("4950|money('EUR')", "49.50"),
        ("5|money('EUR')", "0.05"),
        ("0|money('EUR')", "0.00"),
        ("-7485|money('EUR')", "-74.85"),
        ("-5|money('USD')", "-0.05"),
        ("7485|money('JPY')", "7485"),
        ("-7485|money('jpy')", "-7485"),
        ("7485|money('KWD')", "7.485"),
        ("7|money('BHD')", "0.007"),
        ("7485|money('CLF')", "0.7485"),
        ("7485|money", "74.85"),
        ("7485|money(data.order.note)", "74.85"),
        ("7485|money('XXX')", "74.85"),
        ("data.order.text|money('EUR')", "74.85"),
        ("748500|money('JPY', 2)", "7485"),
        ("748550|money('JPY', 2)", "7486"),
        ("748549|money('JPY', 2)", "7485"),
        ("-748550|money('JPY', 2)", "-7486"),
        ("7485|money('KWD', 2)", "74.850"),
        ("9007199254740993|money('EUR')", "90071992547409.93"),
        ("4900|money_short('EUR')", "49"),
        ("4950|money_short('EUR')", "49.5"),
        ("7485|money_short('EUR')", "74.85"),
        ("100|money_short('JPY')", "100"),
        ("-4900|money_short('EUR')", "-49"),
        ("0|money_short('EUR')", "0"),
    ]);
    assert_eq!(
        render("{{ data.order.note|money('EUR') }}").as_deref(),
        Ok("null")
    );
    for source in [
        "data.order.float|money('EUR')",
        "'a'|money('EUR')",
        "1|money('EUR', 99)",
        "data.order.big|money('EUR', 0)",
        "[]|money",
    ] {
        assert!(
            matches!(
                render(&format!("{{{{ {source} }}}}")),
                Err(TemplateError::Failed { .. })
            ),
            "{source}"
        );
    }
}

/// A zone that an event names and that there is not is UTC; one that is written down is
/// refused on saving.
#[test]
fn dates_are_written_in_a_time_zone() {
    texts(&[
        ("data.paid_at|date", "2026-03-14"),
        (
            "data.paid_at|date('%d.%m.%Y %H:%M', 'Europe/Lisbon')",
            "14.03.2026 23:05",
        ),
        ("data.paid_at|date('%Y-%m-%d', 'Asia/Tokyo')", "2026-03-15"),
        (
            "data.legacy|date('%Y-%m-%d %H:%M', data.zone)",
            "2026-07-15 00:05",
        ),
        (
            "data.legacy|date('%Y-%m-%d %H:%M', data.bad_zone)",
            "2026-07-14 23:05",
        ),
        (
            "data.legacy|date('%Y-%m-%d %H:%M', data.order.note)",
            "2026-07-14 23:05",
        ),
        ("data.day|date('%d/%m/%y')", "14/03/26"),
        (
            "data.unix|date('%FT%T%:z', 'Europe/Lisbon')",
            "2026-03-14T08:05:12+00:00",
        ),
        ("data.none|date('%Y')", "0000-00-00 00:00:00"),
        ("data.name|date('%Y')", "inês marlow"),
        ("data.empty|date('%Y')", ""),
    ]);
    assert_eq!(
        render("{{ data.order.note|date('%Y') }}").as_deref(),
        Ok("null")
    );
    for source in [
        "data.paid_at|date('%Y', 'Europe/Lisbonn')",
        "data.paid_at|date('%Y', '')",
        "data.paid_at|date('%!')",
        "data.paid_at|date(\"%Q\")",
    ] {
        assert!(
            matches!(
                Template::parse(&format!("{{{{ {source} }}}}")),
                Err(TemplateError::InvalidArgument(_))
            ),
            "{source}"
        );
    }
    assert!(render("{{ data.paid_at|date(data.format) }}").is_err());
}

#[test]
fn text_is_formed_under_the_names_that_shop_keepers_know() {
    texts(&[
        ("data.name|ucfirst", "Inês marlow"),
        ("data.name|ucwords", "Inês Marlow"),
        ("'éa  bC'|ucwords", "Éa  BC"),
        ("data.name|title_case", "Inês Marlow"),
        ("data.name|strtoupper", "INÊS MARLOW"),
        ("'ÀB'|strtolower", "àb"),
        ("'order_shipped'|headline", "Order Shipped"),
        (
            "'order-was  shippedToday'|headline",
            "Order Was Shipped Today",
        ),
        ("''|headline", ""),
        ("data.name|concat_first('Hello ')", "Hello inês marlow"),
        (
            "data.name|concat_last('!')|prepend('-')|append('-')",
            "-inês marlow!-",
        ),
        ("data.order.total_amount|concat_last(' ct')", "7485 ct"),
        ("'  a '|trim|upper", "A"),
    ]);
    assert_eq!(
        render("{{ data.order|json|length > 10 }}").as_deref(),
        Ok("true")
    );
    for filter in [
        "ucfirst",
        "ucwords",
        "headline",
        "title_case",
        "strtolower",
        "concat_first('x')",
        "money_short('EUR')",
    ] {
        assert_eq!(
            render(&format!("{{{{ data.order.note|{filter} }}}}")).as_deref(),
            Ok("null"),
            "null passes through {filter}"
        );
    }
}

/// A missing value is empty, its default stands in for it, and zero is a value.
#[test]
fn a_default_stands_in_for_nothing_but_not_for_zero() {
    for (source, json) in [
        ("{{ data.missing }}", "null"),
        ("{{ data.missing|default('none') }}", "\"none\""),
        ("{{ data.empty|default('none') }}", "\"none\""),
        ("{{ data.order.note|default('none') }}", "\"none\""),
        ("{{ data.order.zero|default('none') }}", "0"),
        ("{{ data.zero_text|default('none') }}", "\"0\""),
        (
            "<{{ data.zero_text }}{{ data.order.zero }}{{ data.missing }}>",
            "\"<00>\"",
        ),
    ] {
        assert_eq!(render(source).as_deref(), Ok(json), "{source}");
    }
}

/// What a customer typed is never read as a template, whatever passes it on.
#[test]
fn what_customers_type_is_never_expanded_again() {
    let typed = "\"{{ data.order.total_amount }}\"";
    for source in [
        "{{ data.brace }}",
        "{{ data.brace|trim }}",
        "{{ data.brace }}{{ data.empty }}",
        "{{ data.missing|default(data.brace) }}",
        "{{ data.empty|concat_last(data.brace) }}",
    ] {
        assert_eq!(render(source).as_deref(), Ok(typed), "{source}");
    }
}
