//! Where the texts come from: built in, or read from the operator's folder.

use std::{borrow::Cow, fs, io::ErrorKind, path::Path};

use super::Topic;

/// Most bytes of a file.
const MAX_FILE: u64 = 256 * 1024;

/// The three files of a topic, by name, with their built-in texts.
macro_rules! files {
    ($name:literal) => {
        [
            (
                concat!($name, ".subject.txt"),
                include_str!(concat!(
                    "../../../../../config/mail/",
                    $name,
                    ".subject.txt"
                )),
            ),
            (
                concat!($name, ".txt"),
                include_str!(concat!("../../../../../config/mail/", $name, ".txt")),
            ),
            (
                concat!($name, ".html"),
                include_str!(concat!("../../../../../config/mail/", $name, ".html")),
            ),
        ]
    };
}

/// What each topic's mail is made of: its subject, its text and its HTML.
pub(super) const BUILT_IN: [(Topic, [(&str, &str); 3]); 3] = [
    (Topic::Welcome, files!("welcome")),
    (Topic::PasswordReset, files!("password_reset")),
    (Topic::Test, files!("test")),
];

/// One text, and the name of its file.
pub(super) struct TemplateFile {
    pub(super) name: &'static str,
    pub(super) source: Cow<'static, str>,
}

/// The operator's files do not work.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadTemplates(String);

pub(super) fn wrong(why: &str) -> BadTemplates {
    BadTemplates(why.to_owned())
}

/// The text in the folder if it is there, the built-in one otherwise.
pub(super) fn read(
    folder: Option<&Path>,
    (name, built_in): (&'static str, &'static str),
) -> Result<TemplateFile, BadTemplates> {
    let Some(path) = folder.map(|folder| folder.join(name)) else {
        return Ok(TemplateFile {
            name,
            source: built_in.into(),
        });
    };
    let text = match fs::metadata(&path) {
        Ok(file) if file.len() > MAX_FILE => {
            return Err(wrong(&format!("{name} has more than {MAX_FILE} bytes")));
        }
        Ok(_) => fs::read_to_string(&path),
        Err(error) => Err(error),
    };
    match text {
        Ok(text) => Ok(TemplateFile {
            name,
            source: text.into(),
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(TemplateFile {
            name,
            source: built_in.into(),
        }),
        Err(error) => Err(wrong(&format!("{name}: {error}"))),
    }
}
