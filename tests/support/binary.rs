//! The program under test.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The `hookyard` binary: `HOOKYARD_BIN` if it is set, else built from the workspace, once.
///
/// # Panics
/// When it cannot be built.
pub fn path() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os("HOOKYARD_BIN") {
        Some(path) => PathBuf::from(path),
        None => build(),
    })
}

fn build() -> PathBuf {
    let build = escargot::CargoBuild::new()
        .manifest_path(workspace().join("Cargo.toml"))
        .package("hookyard")
        .bin("hookyard");
    let build = if cfg!(debug_assertions) {
        build
    } else {
        build.release()
    };
    // What cargo tells of the tests' own package would make build scripts run again (ring's follows
    // it), and half of the program.
    let about_tests = std::env::vars_os().map(|(name, _)| name).filter(|name| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
    });
    let build = about_tests.fold(build, escargot::CargoBuild::env_remove);
    let built = build
        .run()
        .unwrap_or_else(|error| panic!("hookyard does not build: {error}"));
    built.path().to_owned()
}

/// The folder of the workspace.
///
/// # Panics
/// Never: the tests are a folder in it.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are a folder of the workspace")
}

/// A command of the binary that sees nothing of this process's own configuration, in `folder`.
pub fn command(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(path());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("HOOKYARD") {
            command.env_remove(name);
        }
    }
    command.args(arguments).current_dir(folder);
    command
}
