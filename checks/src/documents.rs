//! Documents that name files: each of them must be there.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};

use crate::Breach;

/// Every path in backquotes that begins with a folder of the workspace, in these documents.
pub fn missing_files(root: &Path, documents: &[&str]) -> Result<Vec<Breach>> {
    let mut breaches = Vec::new();
    for document in documents {
        let text = fs::read_to_string(root.join(document)).context((*document).to_owned())?;
        for (number, line) in text.lines().enumerate() {
            // Between the first and the second quote, the third and the fourth, …
            for path in line.split('`').skip(1).step_by(2) {
                if is_path(root, path) && !root.join(path).exists() {
                    breaches.push(Breach {
                        rule: "a file that a document names is there",
                        places: vec![format!("{document}:{} names {path}", number + 1)],
                    });
                }
            }
        }
    }
    Ok(breaches)
}

fn is_path(root: &Path, text: &str) -> bool {
    text.split_once('/').is_some_and(|(folder, _)| {
        !folder.is_empty()
            && folder.chars().all(|c| c.is_ascii_lowercase())
            && root.join(folder).is_dir()
    }) && text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
}
