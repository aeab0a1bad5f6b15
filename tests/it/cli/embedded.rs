//! The embedded store: one process, and files that are its owner's alone.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use hookyard_tests::{App, Process, Profile};

use super::stderr;

#[tokio::test]
async fn a_store_has_one_process_even_after_a_kill() {
    let mut app = App::start(Profile::Embedded).await;
    for command in ["serve", "api", "worker"] {
        let refused = app.run(&[command]);
        assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
        let said = stderr(&refused);
        assert!(said.contains("another process works on"), "{said}");
        assert!(said.contains("hookyard.db"), "{said}");
    }
    app.kill9(Process::Api);
    app.restart(Process::Api).await;
    app.api.live().await.ok(200);
}

fn modes(folder: &Path) -> Vec<(String, u32)> {
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let mut modes = vec![("data".to_owned(), mode(folder))];
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        modes.push((
            entry.file_name().into_string().unwrap(),
            mode(&entry.path()),
        ));
    }
    modes
}

fn assert_closed(folder: &Path) {
    let modes = modes(folder);
    for name in [
        "hookyard.db",
        "hookyard.db-wal",
        "hookyard.db-shm",
        "master.key",
    ] {
        assert!(modes.iter().any(|(found, _)| found == name), "{modes:?}");
    }
    assert!(modes.iter().all(|(_, mode)| mode & 0o077 == 0), "{modes:?}");
}

#[tokio::test]
async fn its_files_are_the_owners_alone_and_open_ones_are_closed_at_start() {
    let mut app = App::start(Profile::Embedded).await;
    let folder = app.home().join("data");
    assert_closed(&folder);
    app.kill9(Process::Api);
    for (name, _) in modes(&folder) {
        let path = if name == "data" {
            folder.clone()
        } else {
            folder.join(name)
        };
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    }
    app.restart(Process::Api).await;
    assert_closed(&folder);
    let log = app.log(Process::Api).join("\n");
    assert!(log.contains("others could read this"), "{log}");
}
