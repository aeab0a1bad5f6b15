use hookyard_checks::circles::circles;

use crate::planted::{first_places, plant};

#[track_caller]
fn assert_circles(files: &[(&str, &str)], expected: &[&str]) {
    let found = circles(&plant(files));
    assert_eq!(first_places(&found), expected, "{found:#?}");
}

#[test]
fn two_siblings_that_import_each_other() {
    let files = [
        ("lib.rs", "mod lane; mod crew;"),
        ("lane.rs", "use crate::crew::Crew; pub struct Lane(Crew);"),
        (
            "crew.rs",
            "use super::lane::Lane; pub struct Crew(Box<Lane>);",
        ),
    ];
    assert_circles(&files, &["lane → crew → lane"]);
    let places = &circles(&plant(&files))[0].places;
    assert_eq!(
        places[1..],
        [
            "src/lane.rs:1 → src/crew.rs  (crate::crew::Crew)",
            "src/crew.rs:1 → src/lane.rs  (super::lane::Lane)"
        ]
    );
}

#[test]
fn three_siblings_in_a_ring() {
    assert_circles(
        &[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b::B; pub struct A(B);"),
            ("b.rs", "use crate::c::C; pub struct B(C);"),
            (
                "c.rs",
                "pub fn c() -> Box<crate::a::A> { todo!() } pub struct C;",
            ),
        ],
        &["b → c → a → b"],
    );
}

#[test]
fn a_circle_behind_a_re_export_of_the_parent() {
    assert_circles(
        &[
            ("lib.rs", "mod mail;"),
            (
                "mail.rs",
                "mod letter; mod post; pub use letter::Letter; pub use self::post::*;",
            ),
            (
                "mail/letter.rs",
                "use super::Post; pub struct Letter(Option<Box<Post>>);",
            ),
            (
                "mail/post.rs",
                "use crate::mail::Letter; pub struct Post(Letter);",
            ),
        ],
        &["post → letter → post"],
    );
}

#[test]
fn a_circle_behind_a_new_name() {
    assert_circles(
        &[
            ("lib.rs", "mod a; mod b; pub(crate) use a::Thing as Other;"),
            ("a.rs", "pub struct Thing; pub fn f() { crate::b::g(); }"),
            (
                "b.rs",
                "use crate::Other as Third; pub fn g() -> Option<Third> { None }",
            ),
        ],
        &["b → a → b"],
    );
}

#[test]
fn a_circle_through_an_imported_module() {
    assert_circles(
        &[
            ("lib.rs", "mod engine; mod scan;"),
            (
                "engine.rs",
                "use super::scan; pub fn run() { scan::check(); }",
            ),
            (
                "scan.rs",
                "pub fn check() { use super::{engine}; engine::run(); }",
            ),
        ],
        &["scan → engine → scan"],
    );
}

#[test]
fn a_circle_that_only_a_macro_s_arguments_close() {
    assert_circles(
        &[
            ("lib.rs", "mod a; mod b;"),
            (
                "a.rs",
                "pub const A: u8 = 1; pub fn f() { println!(\"{}\", crate::b::B); }",
            ),
            ("b.rs", "pub const B: u8 = crate::a::A;"),
        ],
        &["b → a → b"],
    );
}

#[test]
fn a_circle_through_what_a_macro_makes() {
    assert_circles(
        &[
            ("lib.rs", "mod id; mod b;"),
            (
                "id.rs",
                "macro_rules! id { ($n:ident) => { pub struct $n; } } id!(FeedId); use crate::b::B; fn f(_: B) {}",
            ),
            ("b.rs", "use crate::id::FeedId; pub struct B(FeedId);"),
        ],
        &["id → b → id"],
    );
}

#[test]
fn folders_that_need_each_other_though_no_two_files_do() {
    assert_circles(
        &[
            ("lib.rs", "mod feed; mod outbound;"),
            ("feed.rs", "mod check; mod spec;"),
            (
                "feed/check.rs",
                "use crate::outbound::request::Request; fn f(_: Request) {}",
            ),
            ("feed/spec.rs", "pub struct Spec;"),
            ("outbound.rs", "mod sending; pub mod request;"),
            ("outbound/request.rs", "pub struct Request;"),
            (
                "outbound/sending.rs",
                "use crate::feed::spec::Spec; fn f(_: Spec) {}",
            ),
        ],
        &["outbound → feed → outbound"],
    );
}

#[test]
fn a_range_is_no_field_but_a_field_is_no_path() {
    assert_circles(
        &[
            ("lib.rs", "mod a; mod b;"),
            (
                "a.rs",
                "pub struct A; pub fn f() -> A { A { ..crate::b::make() } }",
            ),
            ("b.rs", "pub fn make() -> crate::a::A { todo!() }"),
        ],
        &["b → a → b"],
    );
}

#[test]
fn parent_and_child_may_need_each_other() {
    assert_circles(
        &[
            ("lib.rs", "mod mail; pub struct Error;"),
            (
                "mail.rs",
                "mod post; pub use post::Post; pub struct Letter; fn f() { post::g(); }",
            ),
            (
                "mail/post.rs",
                "use super::Letter; use crate::Error; pub struct Post(Letter, Error); pub fn g() {}",
            ),
        ],
        &[],
    );
}

#[test]
fn one_direction_is_no_circle() {
    assert_circles(
        &[
            (
                "lib.rs",
                "mod a; mod b; mod c; pub use a::A; pub use b::*; pub use c::C;",
            ),
            (
                "a.rs",
                "use crate::{B, c::C}; use std::fmt::Debug; pub struct A(B, C);",
            ),
            ("b.rs", "use crate::C; pub struct B(C);"),
            (
                "c.rs",
                "//! See crate::a::A.\n/// [`crate::b::B`]\npub struct C;",
            ),
        ],
        &[],
    );
}

#[test]
fn tests_may_use_whatever_they_test() {
    assert_circles(
        &[
            ("lib.rs", "mod a; mod b; #[cfg(test)] mod tests;"),
            ("a.rs", "use crate::b::B; pub struct A(B);"),
            (
                "b.rs",
                "pub struct B; #[cfg(test)] mod tests { use crate::a::A; fn f(_: A) {} } impl B { #[cfg(test)] fn g(_: crate::a::A) {} }",
            ),
        ],
        &[],
    );
}

#[test]
fn names_of_other_crates_are_theirs() {
    assert_circles(
        &[
            ("lib.rs", "mod url; mod b;"),
            (
                "url.rs",
                "use ::b::Thing; pub struct Url(crate::b::B, Thing);",
            ),
            ("b.rs", "pub struct B; pub fn f() -> ::url::Url { todo!() }"),
        ],
        &[],
    );
}
