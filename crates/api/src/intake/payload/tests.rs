use super::*;
use serde_json::json;

fn form(pairs: &[(&str, &str)]) -> CallPayload {
    CallPayload::Form(
        pairs
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect(),
    )
}

fn json_of(value: Value) -> CallPayload {
    match value {
        Value::Object(members) => CallPayload::Json(members),
        _ => unreachable!("tests send objects"),
    }
}

fn map(pairs: &[(&str, &str)]) -> FieldMap {
    pairs
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

fn problems(sent: &CallPayload, map: &FieldMap) -> Vec<(String, &'static str)> {
    sent.person(map, 100)
        .unwrap_err()
        .0
        .into_iter()
        .map(|e| (e.pointer, e.code))
        .collect()
}

#[test]
fn forms_and_json_say_the_same() {
    let by_form = form(&[
        ("email", "old@b.org"),
        ("email", "a@b.org"),
        ("user_login", "7"),
        ("x", "y"),
    ]);
    let by_json =
        json_of(json!({"email": "a@b.org", "user_login": 7, "first_name": null, "x": [1]}));
    for sent in [by_form, by_json] {
        let fields = sent
            .read(&Places::of(&sent, &FieldMap::new()), 100)
            .unwrap();
        assert_eq!(
            (
                fields.email.as_deref(),
                fields.user_login.as_deref(),
                fields.first_name
            ),
            (Some("a@b.org"), Some("7"), None)
        );
    }
}

#[test]
fn several_values_are_refused_and_sizes_bounded() {
    let none = FieldMap::new();
    assert_eq!(
        problems(&form(&[("email[]", "a@b.org")]), &none),
        [("email".into(), "invalid_type")]
    );
    assert_eq!(
        problems(&json_of(json!({"email": ["a@b.org"]})), &none),
        [("/email".into(), "invalid_type")]
    );
    assert_eq!(
        problems(&json_of(json!({"user_pass": 1e30})), &none),
        [("/user_pass".into(), "invalid_type")]
    );
    assert_eq!(
        problems(&form(&[("last_name", &"x".repeat(101))]), &none),
        [("last_name".into(), "too_long")]
    );
    assert!(
        form(&[
            ("unknown", &"x".repeat(101)),
            ("emails[]", "x"),
            ("email", "a@b.org")
        ])
        .person(&none, 100)
        .is_ok()
    );
}

#[test]
fn a_field_map_reads_nested_json_and_bracket_names() {
    let map = map(&[
        ("email", "/customer/email"),
        ("first_name", "/items/1/a~1b"),
    ]);
    let by_json = json_of(
        json!({"email": "no@b.org", "customer": {"email": "a@b.org"}, "items": [0, {"a/b": "Ines"}]}),
    );
    let by_form = form(&[
        ("email", "no@b.org"),
        ("customer[email]", "a@b.org"),
        ("items[1][a/b]", "Ines"),
    ]);
    for sent in [by_json, by_form] {
        let fields = sent.read(&Places::of(&sent, &map), 100).unwrap();
        assert_eq!(
            (fields.email.as_deref(), fields.first_name.as_deref()),
            (Some("a@b.org"), Some("Ines"))
        );
    }
    assert_eq!(
        problems(&json_of(json!({"email": "no@b.org"})), &map),
        [("/customer/email".into(), "required")]
    );
    assert_eq!(
        problems(&form(&[("email", "no@b.org")]), &map),
        [("customer[email]".into(), "required")]
    );
}
/// One wrapping object has them all; exact names come before others.
#[test]
fn documented_names_are_found_in_any_case_and_in_one_wrapping_object() {
    let inner = r#"{"Email":"a@b.org","user_login":7}"#;
    for sent in [
        json_of(json!({"EMAIL": "no@b.org", "email": "a@b.org", "User_Login": "7"})),
        json_of(
            json!({"id": 1, "Data": {"Email": "a@b.org", "user_login": 7}, "first_name": "Other"}),
        ),
        json_of(json!({"data": {"id": 1}, "payload": {"email": "a@b.org", "user_login": "7"}})),
        form(&[("Email", "a@b.org"), ("USER_LOGIN", "7")]),
        form(&[
            ("body[email]", "a@b.org"),
            ("body[User_Login]", "7"),
            ("first_name", "Other"),
        ]),
        form(&[("payload", inner), ("first_name", "Other")]),
    ] {
        let person = sent.person(&FieldMap::new(), 100).unwrap();
        assert_eq!(
            (
                person.email.as_str(),
                person.user_login.as_deref(),
                person.first_name.as_str()
            ),
            ("a@b.org", Some("7"), ""),
            "{sent:?}"
        );
    }
    let mapped = map(&[("email", "/raw/user/mail")]);
    let sent = form(&[
        ("raw", r#"{"user":{"mail":"a@b.org"}}"#),
        ("email", "no@b.org"),
    ]);
    assert_eq!(sent.person(&mapped, 100).unwrap().email.as_str(), "a@b.org");
    // Errors name the place.
    let sent = json_of(json!({"data": {"Email": "x"}}));
    assert_eq!(
        problems(&sent, &FieldMap::new()),
        [("/data/Email".into(), "invalid_email")]
    );
}

#[test]
fn an_address_that_was_not_looked_for_is_hinted_at() {
    for (sent, hint) in [
        (
            json_of(json!({"a": [{"to": "a@b.org"}]})),
            "/a/0/to looks like one",
        ),
        (
            form(&[("x", "y"), ("your-mail[0]", "a@b.org")]),
            "your-mail[0] looks like one: name it as /your-mail/0",
        ),
    ] {
        let error = sent.person(&FieldMap::new(), 100).unwrap_err().0.remove(0);
        assert!(
            error.code == "required" && error.detail.contains(hint),
            "{error:?}"
        );
    }
}
