use hookyard_checks::documents::missing_files;

use crate::planted::first_places;

#[test]
fn a_file_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir_all(folder.path().join("crates/api")).unwrap();
    write("crates/api/routes.rs", "");
    write(
        "MAP.md",
        "`crates/api/routes.rs`, `crates/api`, `order.paid`, `a/b`, `crates/NAME…`\n`Json` and `crates/api/rooms.rs`",
    );
    let found = missing_files(folder.path(), &["MAP.md"]).unwrap();
    assert_eq!(first_places(&found), ["MAP.md:2 names crates/api/rooms.rs"]);
}
