//! Whether the folders of the embedded store are there, or can be made.

use std::{fs, io, path::Path};

use domain::settings::SettingProblem;

use super::Config;

/// The folders that the program would make with this configuration, and cannot.
pub(super) fn problems(config: &Config) -> Vec<SettingProblem> {
    let url = config.database_url();
    let Some(file) = url.file() else {
        return Vec::new();
    };
    let mut folders = vec![];
    if config.database.url.is_none() || config.secrets.master_key.is_none() {
        folders.push(("data_dir", config.data_dir.as_path()));
    }
    if config.database.url.is_some()
        && let Some(folder) = file.parent()
    {
        folders.push(("database.url", folder));
    }
    folders
        .into_iter()
        .filter_map(|(key, folder)| {
            let error = try_to_make(folder).err()?;
            Some(SettingProblem {
                key: key.to_owned(),
                allowed: format!("must be a folder that can be made: {error}"),
            })
        })
        .collect()
}

/// Tries it in the nearest folder that exists, and leaves nothing behind.
fn try_to_make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let here = |path: &Path| path.as_os_str().is_empty();
    let Some(parent) = folder.ancestors().find(|path| here(path) || path.exists()) else {
        return Ok(());
    };
    let probe = parent.join(format!(".hookyard-{}", std::process::id()));
    fs::create_dir(&probe)?;
    fs::remove_dir(&probe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_there_or_can_be_made() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(try_to_make(home.path()).is_ok());
        assert!(try_to_make(&home.path().join("a/b")).is_ok());
        assert_eq!(
            fs::read_dir(home.path()).unwrap().count(),
            1,
            "nothing is left behind"
        );
        for bad in [
            file.as_path(),
            &file.join("a"),
            Path::new("/proc/x"),
            Path::new("/proc/x/y"),
        ] {
            assert!(try_to_make(bad).is_err(), "{}", bad.display());
        }
        assert!(try_to_make(Path::new("no-such-folder-here")).is_ok());
    }
}
