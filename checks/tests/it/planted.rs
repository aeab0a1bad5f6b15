//! Small crates to check.

use std::path::Path;

use hookyard_checks::{Breach, Sources};

/// A crate of these files, by their paths below `src`.
pub(crate) fn plant(files: &[(&str, &str)]) -> Sources {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join("src").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    Sources::load(folder.path(), Path::new("src/lib.rs")).unwrap()
}

/// What is broken, without the lines that say how.
pub(crate) fn first_places(breaches: &[Breach]) -> Vec<&str> {
    breaches
        .iter()
        .map(|breach| breach.places[0].as_str())
        .collect()
}
