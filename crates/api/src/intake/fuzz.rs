//! The intake's parsers under inputs that nobody thought of: no panic, no error that is ours,
//! nothing without bound. CONTRIBUTING.md tells how to run a million of each.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake},
};

use actix_web::{
    http::header::{CONTENT_TYPE, HeaderValue},
    test::TestRequest,
    web::Bytes,
};
use domain::{incoming::FieldMap, settings::Section};
use proptest::{prelude::*, sample::select};
use serde_json::{Map, Value, json};

use super::{
    body::parse,
    masked,
    payload::{CallPayload, Places, form_name},
};
use crate::{Code, Problem, settings::IntakeSettings};

const FORM: &str = "application/x-www-form-urlencoded";
const BOUNDARY: &str = "----b0undary";
const SECRET: &str = "s3cret-w0rd";

fn read(content_type: &[u8], body: Vec<u8>) -> Result<CallPayload, Problem> {
    let mut request = TestRequest::default();
    if let Ok(value) = HeaderValue::from_bytes(content_type) {
        request = request.insert_header((CONTENT_TYPE, value));
    }
    let (request, limits) = (request.to_http_request(), IntakeSettings::defaults());
    run(parse(&request, Bytes::from(body), &limits))
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a parser to its end. The body is in memory: a parser may take turns, but has nothing to
/// wait for.
fn run<T>(future: impl Future<Output = T>) -> T {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Arc::clone(&woken).into();
    let mut future = pin!(future);
    for _ in 0..100_000 {
        assert!(
            woken.0.swap(false, Ordering::Relaxed),
            "a parser waits for what never comes"
        );
        if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return result;
        }
    }
    panic!("a parser takes turns without end");
}

/// What must hold of every call, whatever it is.
fn holds(content_type: &[u8], body: Vec<u8>, map: &FieldMap) -> Result<(), TestCaseError> {
    let size = body.len();
    let sent = match read(content_type, body) {
        Ok(sent) => sent,
        Err(problem) => {
            prop_assert!(
                matches!(
                    problem.code,
                    Code::Malformed | Code::TooLarge | Code::UnsupportedMediaType
                ),
                "{problem:?}"
            );
            return Ok(());
        }
    };
    if let CallPayload::Form(pairs) = &sent {
        prop_assert!(
            pairs.len() <= size
                && pairs
                    .iter()
                    .map(|(name, value)| name.len() + value.len())
                    .sum::<usize>()
                    <= size
        );
    }
    let kept = sent.masked(map);
    prop_assert!(depth(&kept) <= masked::MAX_DEPTH + 1);
    // In JSON, one byte can become six.
    prop_assert!(
        kept.to_string().len() <= 6 * 2 * masked::MAX_BYTES,
        "{} bytes are kept",
        kept.to_string().len()
    );
    let limits = IntakeSettings::defaults();
    if let Err(invalid) = sent.person(map, limits.max_field_bytes) {
        prop_assert!((1..=6).contains(&invalid.0.len()));
    }
    Ok(())
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

fn field_map() -> impl Strategy<Value = FieldMap> {
    let pointer = prop_oneof![
        "/[a-c]{1,2}(/[a-c0-2]){0,3}",
        "(/(~0|~1|[a-z\\[\\]%]){0,4}){1,4}"
    ];
    prop::collection::btree_map(
        select(domain::incoming::FIELDS).prop_map(str::to_owned),
        pointer,
        0..4,
    )
}

fn content_type() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "application/json",
        FORM,
        "multipart/form-data; boundary=----b0undary",
        "application/json; charset=latin1",
    ];
    prop_oneof![
        8 => prop::sample::select(known.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        1 => "[a-z]{0,9}/[a-z-]{0,9}(; ?[a-z]{0,8}=\"?[a-z-]{0,80}\"?){0,3}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ]
}

fn form_body() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof![
        select(domain::incoming::FIELDS).prop_map(str::to_owned),
        "[a-c]{1,2}(\\[[a-c0-2]?\\]){0,4}",
        "[\\[\\]%&=+a]{0,9}",
        Just("[".repeat(300)),
    ];
    let value = prop_oneof![
        "(%[0-9A-Fa-f]{2}){0,30}",
        "(%|%[0-9a-z]|\\+|[a-z@.]|\\PC){0,20}",
        Just("%41".repeat(3000)),
        Just("%f0%9f%98".to_owned())
    ];
    let pair = (name, prop_oneof![Just("="), Just(""), Just("==")], value)
        .prop_map(|(name, sign, value)| format!("{name}{sign}{value}"));
    prop::collection::vec(pair, 0..12).prop_map(|pairs| pairs.join("&").into_bytes())
}

fn part() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        4 => "Content-Disposition: form-data; name=\"(email|user_pass|[a-z\\[\\]]{0,6})\"".prop_map(|line| line + "\r\n"),
        1 => "Content-Disposition: (form-data|attachment)?(; ?(name|filename\\*?)=\"?\\PC{0,8}\"?){0,3}".prop_map(|line| line + "\r\n"),
        1 => "[A-Za-z-]{0,9}:? ?\\PC{0,12}\r?\n",
        1 => Just(format!("X: {}\r\n", "y".repeat(9000))),
    ];
    let value = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        "\\PC{0,20}".prop_map(String::into_bytes),
        Just(vec![b'z'; 70_000])
    ];
    (
        prop::collection::vec(line, 0..3),
        value,
        prop_oneof![8 => Just("\r\n"), 1 => Just("\n"), 1 => Just("")],
    )
        .prop_map(|(lines, value, end)| {
            [
                format!("--{BOUNDARY}\r\n{}\r\n", lines.concat()).as_bytes(),
                &value,
                end.as_bytes(),
            ]
            .concat()
        })
}

fn multipart_body() -> impl Strategy<Value = Vec<u8>> {
    let end = prop_oneof![8 => Just(format!("--{BOUNDARY}--\r\n")), 1 => Just(format!("--{BOUNDARY}--")), 1 => Just(String::new()), 1 => "\\PC{0,30}"];
    let parts = prop_oneof![9 => prop::collection::vec(part(), 0..5).boxed(), 1 => part().prop_map(|part| vec![part; 70]).boxed()];
    (parts, end, 0usize..200).prop_map(|(parts, end, cut)| {
        let mut body = [parts.concat(), end.into_bytes()].concat();
        // Half of them lose their end.
        body.truncate(body.len().saturating_sub(cut.saturating_sub(100)));
        body
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just("\u{0}".repeat(600).into()),
    ];
    leaf.prop_recursive(6, 64, 5, |inner| {
        let key = prop_oneof![
            select(domain::incoming::FIELDS).prop_map(str::to_owned),
            "[a-c0-2]{0,2}",
            "\\PC{0,6}"
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..5)
                .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

fn json_body() -> impl Strategy<Value = Vec<u8>> {
    let around = prop_oneof![4 => Just((0, "")), 1 => (0usize..300, select(&["[", "{\"a\":", "{\"email\":["][..]))];
    (
        value(),
        around,
        prop_oneof![8 => Just(usize::MAX), 1 => 0usize..60],
    )
        .prop_map(|(value, (times, open), cut)| {
            let close: String = open
                .repeat(times)
                .chars()
                .rev()
                .filter_map(|c| match c {
                    '[' => Some(']'),
                    '{' => Some('}'),
                    _ => None,
                })
                .collect();
            let mut body = format!("{}{value}{close}", open.repeat(times)).into_bytes();
            body.truncate(cut);
            body
        })
}

/// A few names, each with a text, as a form and as JSON would carry them.
fn nested() -> impl Strategy<Value = Vec<(Vec<String>, String)>> {
    let path = prop::collection::vec("[a-z]{1,3}", 1..4);
    prop::collection::vec((path, "\\PC{0,12}"), 1..5)
}

/// `None` when one path leads through the text of another: JSON cannot say that.
fn as_json(pairs: &[(Vec<String>, String)]) -> Option<Map<String, Value>> {
    let mut root = json!({});
    for (path, text) in pairs {
        let place = path.iter().try_fold(&mut root, |value, name| {
            Some(value.as_object_mut()?.entry(name).or_insert(json!({})))
        })?;
        if place.is_string() || place.as_object().is_some_and(|members| !members.is_empty()) {
            return None;
        }
        *place = text.as_str().into();
    }
    root.as_object().cloned()
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(content_type in content_type(), body in prop::collection::vec(any::<u8>(), 0..300), map in field_map()) {
        holds(&content_type, body, &map)?;
    }

    #[test]
    fn forms_are_read_or_refused(body in form_body(), map in field_map()) {
        holds(FORM.as_bytes(), body, &map)?;
    }

    #[test]
    fn multipart_forms_are_read_or_refused(body in multipart_body(), map in field_map()) {
        holds(format!("multipart/form-data; boundary={BOUNDARY}").as_bytes(), body, &map)?;
    }

    #[test]
    fn json_is_read_or_refused(body in json_body(), map in field_map()) {
        holds(b"application/json", body, &map)?;
    }

    #[test]
    fn depth_is_bounded(depth in 1usize..400, text in "[a-z]{0,3}") {
        let body = format!("{}{text:?}{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        prop_assert_eq!(read(b"application/json", body.into_bytes()).is_ok(), depth < 128);
    }

    #[test]
    fn a_form_comes_back_as_it_was_written(pairs in prop::collection::vec(("\\PC{0,12}", ".{0,30}"), 0..9)) {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        prop_assert_eq!(read(FORM.as_bytes(), body.into_bytes()).unwrap(), CallPayload::Form(pairs));
    }

    #[test]
    fn a_multipart_form_comes_back_as_it_was_written(
        parts in prop::collection::vec(("[a-zA-Z0-9_.:é\\[\\] -]{0,12}", ".{0,30}|(\r\n|--|-){0,9}", any::<bool>()), 1..9),
    ) {
        let part = |(name, value, is_file): &(String, String, bool)| {
            let file = if *is_file { "; filename=\"a.png\"" } else { "" };
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n")
        };
        let body = format!("{}--{BOUNDARY}--\r\n", parts.iter().map(part).collect::<String>());
        let expected = parts.into_iter().filter(|(_, _, is_file)| !is_file).map(|(name, value, _)| (name, value)).collect();
        let read = read(format!("multipart/form-data; boundary={BOUNDARY}").as_bytes(), body.into_bytes());
        prop_assert_eq!(read.unwrap(), CallPayload::Form(expected));
    }

    #[test]
    fn a_field_map_finds_the_same_in_forms_and_json(pairs in nested(), at in any::<prop::sample::Index>()) {
        let Some(members) = as_json(&pairs) else { return Ok(()) };
        let pointer = |path: &[String]| path.iter().map(|name| format!("/{name}")).collect::<String>();
        let form = pairs.iter().map(|(path, text)| (form_name(&pointer(path)), text.clone())).collect();
        let (path, text) = at.get(&pairs);
        for (pointer, found) in [(pointer(path), Some(text)), (format!("{}/0", pointer(path)), None), ("/0".to_owned(), None)] {
            let map = FieldMap::from([("user_login".to_owned(), pointer.clone())]);
            for sent in [CallPayload::Form(Clone::clone(&form)), CallPayload::Json(members.clone())] {
                let fields = sent.read(&Places::of(&sent, &map), 100).unwrap();
                prop_assert_eq!(fields.user_login.as_ref(), found, "{} in {:?}", pointer, sent);
            }
        }
        // What is above a text is no text.
        if let Some((_, above @ [_, ..])) = path.split_last() {
            let map = FieldMap::from([("email".to_owned(), pointer(above))]);
            for sent in [CallPayload::Form(form), CallPayload::Json(members)] {
                let place = if matches!(sent, CallPayload::Form(_)) { form_name(&pointer(above)) } else { pointer(above) };
                let error = sent.person(&map, 100).unwrap_err().0.remove(0);
                prop_assert_eq!((error.pointer, error.code), (place, "invalid_type"));
            }
        }
    }

    #[test]
    fn a_password_is_never_kept(mut pairs in nested(), at in any::<prop::sample::Index>(), field in select(&["user_pass", "user_password"][..]), mapped in any::<bool>()) {
        let place = at.index(pairs.len());
        pairs[place] = (if mapped { pairs[place].0.clone() } else { vec![field.to_owned()] }, SECRET.to_owned());
        let pointer: String = pairs[place].0.iter().map(|name| format!("/{name}")).collect();
        let map = if mapped { FieldMap::from([(field.to_owned(), pointer)]) } else { FieldMap::new() };
        let form = pairs.iter().map(|(path, text)| (form_name(&path.iter().map(|name| format!("/{name}")).collect::<String>()), text.clone()));
        prop_assert!(!CallPayload::Form(form.collect()).masked(&map).to_string().contains(SECRET));
        if let Some(members) = as_json(&pairs) {
            prop_assert!(!CallPayload::Json(members).masked(&map).to_string().contains(SECRET));
        }
    }
}
