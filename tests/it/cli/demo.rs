//! The README's first command.

use hookyard_tests::settings::Settings;

use super::{run, stderr, stdout};

/// The fields of the documented form.
const FORM: [&str; 5] = [
    "email=ines@example.org",
    "first_name=",
    "last_name=",
    "user_login=",
    "user_pass=",
];

#[test]
fn the_demo_shows_the_main_job_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &Settings::default(), &["demo", "--exit"]);
    let shown = stdout(&output);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{shown}\n{}",
        stderr(&output)
    );
    for part in FORM.iter().chain(&[
        "/hooks/in/",
        "\"status\": \"success\"",
        "nobody",
        "Ines Marlow",
        "order.paid",
    ]) {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let requests: Vec<_> = shown.split(&"-".repeat(80)).skip(1).collect();
    assert_eq!(requests.len(), 3, "{shown}");
    for request in &requests {
        assert!(
            request.contains("webhook-signature: v1,")
                && request.contains("hookyard-event: order.paid"),
            "{request}"
        );
    }
    let one = |begins: &str, holds: &str| {
        let found = requests
            .iter()
            .find(|request| request.trim_start().starts_with(begins));
        assert!(
            found.is_some_and(|request| request.contains(holds)),
            "{begins} with {holds}: {shown}"
        );
    };
    one("POST /all", "\"type\":\"order.paid\"");
    one("POST /form", "email=ines.marlow%40example.org");
    one("GET /get?shop=1&email=", "x-api-key: demo");
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "everything was temporary"
    );
}
