use hookyard_checks::lengths::too_long;

use crate::planted::{first_places, plant};

fn function(name: &str, lines: usize) -> String {
    format!("fn {name}() {{\n{}}}\n", "    f();\n".repeat(lines - 2))
}

#[test]
fn a_function_of_61_lines() {
    let text = function("short", 60) + &function("long", 61);
    assert_eq!(
        first_places(&too_long(&plant(&[("lib.rs", &text)]))),
        ["src/lib.rs:61 long has 61: name its steps"]
    );
}

#[test]
fn methods_and_functions_in_functions_count_but_no_tests() {
    let long = function("long", 61);
    let text = format!("struct S; impl S {{\n{long}}}\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
    assert_eq!(
        first_places(&too_long(&plant(&[("lib.rs", &text)]))),
        ["src/lib.rs:2 long has 61: name its steps"]
    );
}

#[test]
fn a_file_of_301_lines() {
    let (fits, long) = ("\n".repeat(300), "\n".repeat(301));
    let files = [
        (
            "lib.rs",
            "mod fits; mod long; mod schema; #[cfg(test)] mod tests;",
        ),
        ("fits.rs", fits.as_str()),
        ("long.rs", long.as_str()),
        ("schema.rs", long.as_str()),
        ("tests.rs", long.as_str()),
    ];
    assert_eq!(
        first_places(&too_long(&plant(&files))),
        ["src/long.rs has 301: split it by noun or operation"]
    );
}
