//! Rules about the sources that the compiler does not hold: no circles between files or folders, no
//! long files or functions, one meaning for each type name, and documents that name files which are
//! there.
//!
//! The sources are parsed, not compiled. `#[cfg(test)]` code and test files are left out: they may
//! use whatever they test.

pub mod circles;
pub mod documents;
mod imports;
pub mod lengths;
mod mentions;
pub mod names;
mod resolve;
mod source;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

pub use source::Sources;

/// A rule that the sources break, and where.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    pub rule: &'static str,
    pub places: Vec<String>,
}

/// They tell where things are.
const DOCUMENTS: &[&str] = &[
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "README.md",
    "migrations/README.md",
];

/// Checks all crates of the workspace at `root`.
pub fn check(root: &Path) -> Result<Vec<Breach>> {
    let product = load(root, &crate_roots(root)?)?;
    let others = load(
        root,
        &[
            PathBuf::from("checks/src/lib.rs"),
            PathBuf::from("tests/support/lib.rs"),
        ],
    )?;
    let mut breaches = names::defined_twice(&product);
    for sources in product.iter().chain(&others) {
        breaches.extend(names::shadowing(sources));
        breaches.extend(circles::circles(sources));
        breaches.extend(lengths::too_long(sources));
    }
    breaches.extend(documents::missing_files(root, DOCUMENTS)?);
    breaches.sort();
    Ok(breaches)
}

fn load(root: &Path, roots: &[PathBuf]) -> Result<Vec<Sources>> {
    roots
        .iter()
        .map(|file| Sources::load(root, file).with_context(|| file.display().to_string()))
        .collect()
}

/// `crates/*/src/lib.rs` and `main.rs`, relative to the workspace.
fn crate_roots(root: &Path) -> Result<Vec<PathBuf>> {
    let mut roots = Vec::new();
    for entry in std::fs::read_dir(root.join("crates"))? {
        let source = PathBuf::from("crates").join(entry?.file_name()).join("src");
        roots.extend(
            ["lib.rs", "main.rs"]
                .map(|name| source.join(name))
                .into_iter()
                .filter(|file| root.join(file).is_file()),
        );
    }
    roots.sort();
    Ok(roots)
}
