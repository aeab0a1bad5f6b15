use hookyard_checks::names::{defined_twice, shadowing};

use crate::planted::{first_places, plant};

#[test]
fn a_name_with_two_meanings() {
    let api = plant(&[("lib.rs", "struct Outcome; struct Call;")]);
    let worker = plant(&[
        ("lib.rs", "mod settle; enum Sent {}"),
        ("settle.rs", "\npub(crate) enum Outcome {}"),
    ]);
    let found = defined_twice(&[api, worker]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(
        found[0].places,
        ["Outcome in src/lib.rs:1", "Outcome in src/settle.rs:2"]
    );
}

#[test]
fn a_name_in_tests_is_free() {
    let sources = plant(&[(
        "lib.rs",
        "struct World; #[cfg(test)] mod tests { struct World; }",
    )]);
    assert_eq!(defined_twice(&[sources]), []);
}

#[test]
fn a_name_of_the_standard_library() {
    let sources = plant(&[("lib.rs", "pub struct Command; pub struct Commands;")]);
    assert_eq!(
        first_places(&shadowing(&sources)),
        ["Command in src/lib.rs:1"]
    );
}
