use super::*;
use crate::outbound::{retry::AttemptErrorCode, template::TemplateError};

const ENVELOPE: &str = r#"{"id":"evt_1","type":"order.paid","timestamp":"1970-01-01T00:00:00Z","data":{"order":{"id":7,"total":19.90,"paid":true,"note":null},"tags":["a b"]}}"#;

fn envelope() -> Envelope {
    let data = br#"{"order":{"id":7,"total":19.90,"paid":true,"note":null},"tags":["a b"]}"#;
    Envelope::new("evt_1", "order.paid", chrono::DateTime::UNIX_EPOCH, data)
}

fn selected() -> BodyMode {
    BodyMode::selected([
        ("total", "{{ data.order.total }}"),
        ("text", "Order {{ data.order.id }}: {{ data.order.total }}"),
        ("missing", "{{ data.customer.email }}"),
        ("paid", "{{ data.order.paid }}"),
        ("a.b[c]", "{{ data.tags }}"),
        ("static", "x&y"),
    ])
    .unwrap()
}

fn text(method: Method, format: Format, body: &BodyMode) -> String {
    let payload = render_payload(method, format, body, &envelope()).unwrap();
    String::from_utf8(payload.bytes().to_vec()).unwrap()
}

#[test]
fn every_method_and_format_sends_what_is_documented() {
    let all = "id=evt_1&type=order.paid&timestamp=1970-01-01T00%3A00%3A00Z&data%5Border%5D%5Bid%5D=7&data%5Border%5D%5Btotal%5D=19.90\
               &data%5Border%5D%5Bpaid%5D=1&data%5Btags%5D%5B0%5D=a+b";
    let some =
        "total=19.90&text=Order+7%3A+19.90&missing=&paid=1&a.b%5Bc%5D%5B0%5D=a+b&static=x%26y";
    let some_json = r#"{"total":19.90,"text":"Order 7: 19.90","missing":null,"paid":true,"a.b[c]":["a b"],"static":"x&y"}"#;
    for method in Method::ALL.iter().copied() {
        let json = |text: &'static str, form: &'static str| {
            if method == Method::Get { form } else { text }
        };
        assert_eq!(
            text(method, Format::Json, &BodyMode::All),
            json(ENVELOPE, all),
            "{method}"
        );
        assert_eq!(text(method, Format::Form, &BodyMode::All), all, "{method}");
        assert_eq!(
            text(method, Format::Json, &selected()),
            json(some_json, some),
            "{method}"
        );
        assert_eq!(text(method, Format::Form, &selected()), some, "{method}");
    }
    let documented = include_str!("../../../../../../docs/requests.md");
    for bytes in [ENVELOPE, all, some, some_json] {
        assert!(
            documented.contains(bytes),
            "docs/requests.md does not show {bytes}"
        );
    }
}

/// What is copied keeps its digits, whatever a parser of numbers would make of them.
#[test]
fn numbers_and_empty_values_keep_their_bytes() {
    let values = r#"[19.99,19.90,1.0,-0,1e21,1E-7,9007199254740993,"",[],{},null,false,"é<&>/🎉"]"#;
    let envelope = Envelope::new(
        "e",
        "t",
        chrono::DateTime::UNIX_EPOCH,
        format!(r#"{{"v":{values}}}"#).as_bytes(),
    );
    let body = BodyMode::selected([
        ("v", "{{ data.v }}"),
        ("n", "{{ data.v.3 }}"),
        ("text", "{{ data.v[0] }}/{{ data.v.2 }}"),
    ])
    .unwrap();
    let of = |format| {
        render_payload(Method::Post, format, &body, &envelope)
            .unwrap()
            .bytes()
            .to_vec()
    };
    assert_eq!(
        String::from_utf8(of(Format::Json)).unwrap(),
        format!(r#"{{"v":{values},"n":-0,"text":"19.99/1.0"}}"#)
    );
    let form = "v%5B0%5D=19.99&v%5B1%5D=19.90&v%5B2%5D=1.0&v%5B3%5D=-0&v%5B4%5D=1e21&v%5B5%5D=1E-7&v%5B6%5D=9007199254740993\
                &v%5B7%5D=&v%5B11%5D=0&v%5B12%5D=%C3%A9%3C%26%3E%2F%F0%9F%8E%89&n=-0&text=19.99%2F1.0";
    assert_eq!(String::from_utf8(of(Format::Form)).unwrap(), form);
}

/// A key is one key, whatever is in it.
#[test]
fn keys_are_taken_literally() {
    let keys = ["a.b", "a[b]", "a b", "__proto__", "é", "+&=%", "\"q\""];
    let body = BodyMode::selected(keys.map(|key| (key, "1"))).unwrap();
    let json = r#"{"a.b":"1","a[b]":"1","a b":"1","__proto__":"1","é":"1","+&=%":"1","\"q\"":"1"}"#;
    assert_eq!(text(Method::Put, Format::Json, &body), json);
    let form = "a.b=1&a%5Bb%5D=1&a+b=1&__proto__=1&%C3%A9=1&%2B%26%3D%25=1&%22q%22=1";
    assert_eq!(text(Method::Get, Format::Json, &body), form);
}

#[test]
fn all_data_as_json_is_the_envelope_itself() {
    let envelope = envelope();
    let payload = render_payload(Method::Post, Format::Json, &BodyMode::All, &envelope).unwrap();
    assert!(
        Arc::ptr_eq(payload.bytes(), envelope.bytes()),
        "not a copy for each feed"
    );
    assert_eq!(payload.content_type(), Some("application/json"));
}

#[test]
fn what_cannot_be_sent_says_why() {
    let code = |method, body: &BodyMode, data: &[u8]| {
        let envelope = Envelope::new("e", "t", chrono::DateTime::UNIX_EPOCH, data);
        render_payload(method, Format::Form, body, &envelope)
            .unwrap_err()
            .code()
    };
    let subtract = BodyMode::selected([("x", "{{ data.a - 1 }}")]).unwrap();
    assert_eq!(
        code(Method::Post, &subtract, br#"{"a":"b"}"#),
        AttemptErrorCode::Render
    );
    assert_eq!(
        code(Method::Post, &BodyMode::All, b"{"),
        AttemptErrorCode::Render
    );
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_GET_URL));
    assert_eq!(
        code(Method::Get, &BodyMode::All, long.as_bytes()),
        AttemptErrorCode::TooLarge
    );
    let huge = format!("{{\"a\":\"{}\"}}", "\u{e9}".repeat(800_000));
    assert_eq!(
        code(Method::Post, &BodyMode::All, huge.as_bytes()),
        AttemptErrorCode::TooLarge
    );
    let copies: Vec<_> = (0..5).map(|i| format!("k{i}")).collect();
    let copies = BodyMode::selected(copies.iter().map(|key| (key.as_str(), "{{ data }}"))).unwrap();
    let envelope = Envelope::new(
        "e",
        "t",
        chrono::DateTime::UNIX_EPOCH,
        format!("\"{}\"", "x".repeat(1_000_000)).as_bytes(),
    );
    assert_eq!(
        render_payload(Method::Post, Format::Json, &copies, &envelope).unwrap_err(),
        RequestError::BodyTooLong
    );
}

#[test]
fn a_failing_field_is_named() {
    let body = BodyMode::selected([("ok", "1"), ("total", "{{ data.tags - 1 }}")]).unwrap();
    let error = render_payload(Method::Post, Format::Json, &body, &envelope()).unwrap_err();
    assert!(error.to_string().contains("\"total\""), "{error}");
}

/// All fields of one body share what they may cost: 40 that each cost a little too much of it are
/// refused, and soon.
#[test]
fn a_body_has_one_budget() {
    let words: Vec<_> = (0..2_000).map(|n| format!("\"word {n}\"")).collect();
    let text = "ab ".repeat(15_000);
    let data = format!(r#"{{"list":[{}],"text":"{text}"}}"#, words.join(","));
    let envelope = Envelope::new("e", "t", chrono::DateTime::UNIX_EPOCH, data.as_bytes());
    let rendered = |value: &str, fields: usize| {
        let keys: Vec<_> = (0..fields).map(|n| format!("k{n}")).collect();
        let body = BodyMode::selected(keys.iter().map(|key| (key.as_str(), value))).unwrap();
        render_payload(Method::Post, Format::Json, &body, &envelope).map(drop)
    };
    let sorted = "|sort|reverse".repeat(4);
    for value in [
        format!("{{{{ data.list{sorted}|first }}}}"),
        format!("{{{{ data.list{}|length }}}}", "|unique|list".repeat(4)),
        format!(
            "{{{{ data.text{}|length }}}}",
            "|replace('a', 'b')".repeat(3)
        ),
        format!("{{{{ (data.text|split(' ')|list){}|length }}}}", "|list"),
        format!(
            "{{{{ {}|length }}}}",
            "data.list|join(data.type)|upper|lower"
        ),
        format!("{{{{ ({}) == '' }}}}", ["data.text"; 5].join("~")),
        "{{ data.text in data.list and data.list == data.list }}".repeat(3),
        "x{{ data.list|tojson|length }}".repeat(3),
    ] {
        assert_eq!(rendered(&value, 1), Ok(()), "{value}");
        let started = std::time::Instant::now();
        let refusal = rendered(&value, 200).unwrap_err();
        let is_budget = matches!(
            refusal,
            RequestError::Template {
                error: TemplateError::TooMuchWork,
                ..
            }
        );
        assert!(is_budget, "{value}: {refusal}");
        // Far more than it takes; 200 of them took minutes.
        assert!(
            started.elapsed() < std::time::Duration::from_secs(5),
            "{value} took {:?}",
            started.elapsed()
        );
    }
}

/// What shops send is far within the budget.
#[test]
fn a_large_honest_body_is_within_its_budget() {
    let items: Vec<_> = (0..100)
        .map(|n| format!(r#"{{"title":"Hat {n}","qty":{n},"price":{n}}}"#))
        .collect();
    let data = format!(
        r#"{{"order":{{"total":7485,"currency":"EUR"}},"items":[{}]}}"#,
        items.join(",")
    );
    let envelope = Envelope::new("e", "t", chrono::DateTime::UNIX_EPOCH, data.as_bytes());
    let values = [
        "{{ data.items|map(attribute='title')|join(', ') }}",
        "{{ data.items|sort(attribute='price')|map(attribute='title')|first }}",
        "{{ data.order.total|money(data.order.currency) ~ ' ' ~ data.order.currency }}",
        "{{ data.items|sum(attribute='qty') }}",
    ];
    let fields: Vec<_> = (0..100)
        .map(|n| (format!("k{n}"), values[n % values.len()]))
        .collect();
    let body =
        BodyMode::selected(fields.iter().map(|(key, value)| (key.as_str(), *value))).unwrap();
    render_payload(Method::Post, Format::Json, &body, &envelope).unwrap();
}
