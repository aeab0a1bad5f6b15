//! The texts of mails: built-in ones, and files of the operator that replace them.

use std::{borrow::Cow, fs, io::ErrorKind, path::Path};

use domain::mail::MailKind;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, value::Serde};
use serde::Serialize;
use storage::users::User;

use super::MailSettingsError;

/// Instructions of one rendering, so that no template runs for ever.
const FUEL: u64 = 100_000;
/// Most bytes of a file.
const MAX_FILE: u64 = 256 * 1024;
/// Most characters of a subject.
const MAX_SUBJECT: usize = 200;

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    Welcome,
    PasswordReset,
    /// Sent by an operator, to see whether mails arrive.
    Test,
}

impl From<MailKind> for Topic {
    fn from(kind: MailKind) -> Self {
        match kind {
            MailKind::Welcome => Self::Welcome,
            MailKind::PasswordReset => Self::PasswordReset,
        }
    }
}

/// The three files of a topic, by name, with their built-in texts.
macro_rules! files {
    ($name:literal) => {
        [
            (
                concat!($name, ".subject.txt"),
                include_str!(concat!("../../../../config/mail/", $name, ".subject.txt")),
            ),
            (
                concat!($name, ".txt"),
                include_str!(concat!("../../../../config/mail/", $name, ".txt")),
            ),
            (
                concat!($name, ".html"),
                include_str!(concat!("../../../../config/mail/", $name, ".html")),
            ),
        ]
    };
}

const BUILT_IN: [(Topic, [(&str, &str); 3]); 3] = [
    (Topic::Welcome, files!("welcome")),
    (Topic::PasswordReset, files!("password_reset")),
    (Topic::Test, files!("test")),
];

/// To whom a mail goes.
#[derive(Debug, Clone, Serialize)]
pub struct Addressee {
    pub email: String,
    pub username: String,
    pub first_name: String,
    pub last_name: String,
    pub display_name: String,
}

impl Addressee {
    /// Somebody of whom only the address is known.
    pub fn at(email: &str) -> Self {
        let nothing = String::new;
        Self {
            email: email.to_owned(),
            username: nothing(),
            first_name: nothing(),
            last_name: nothing(),
            display_name: nothing(),
        }
    }
}

impl From<User> for Addressee {
    fn from(user: User) -> Self {
        let User {
            email,
            username,
            first_name,
            last_name,
            display_name,
            ..
        } = user;
        Self {
            email,
            username,
            first_name,
            last_name,
            display_name,
        }
    }
}

/// What a template knows.
#[derive(Serialize)]
pub(super) struct Facts<'a> {
    pub(super) user: &'a Addressee,
    pub(super) link: &'a str,
    /// How long the link works.
    pub(super) hours: u64,
    pub(super) site_name: &'a str,
}

/// A mail's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// The texts of all topics.
pub(super) struct Templates {
    environment: Environment<'static>,
    files: Vec<(Topic, [File; 3])>,
}

struct File {
    name: &'static str,
    source: Cow<'static, str>,
}

impl Templates {
    /// The built-in texts, with those of the folder in their places. Each is tried once, so that
    /// mistakes come to light at start.
    ///
    /// # Errors
    /// [`MailSettingsError`] names the file.
    pub(super) fn load(folder: Option<&Path>) -> Result<Self, MailSettingsError> {
        if let Some(folder) = folder
            && !folder.is_dir()
        {
            return Err(wrong(&format!("{} is no folder", folder.display())));
        }
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_auto_escape_callback(|name| {
            if name.ends_with(".html") {
                AutoEscape::Html
            } else {
                AutoEscape::None
            }
        });
        let mut files = Vec::with_capacity(BUILT_IN.len());
        for (topic, [subject, text, html]) in BUILT_IN {
            files.push((
                topic,
                [
                    read(folder, subject)?,
                    read(folder, text)?,
                    read(folder, html)?,
                ],
            ));
        }
        let templates = Self { environment, files };
        let user = Addressee {
            email: "ines@example.org".into(),
            username: "ines_marlow".into(),
            first_name: "Ines".into(),
            last_name: "Marlow".into(),
            display_name: "Ines Marlow".into(),
        };
        let facts = Facts {
            user: &user,
            link: "https://example.org/",
            hours: 24,
            site_name: "Example",
        };
        for (topic, _) in BUILT_IN {
            templates
                .render(topic, &facts)
                .map_err(|error| wrong(&error))?;
        }
        Ok(templates)
    }

    /// The words of one mail.
    ///
    /// # Errors
    /// A sentence that names the file; it quotes nothing of the facts.
    pub(super) fn render(&self, topic: Topic, facts: &Facts<'_>) -> Result<Words, String> {
        let files = self
            .files
            .iter()
            .find(|(of, _)| *of == topic)
            .map(|(_, files)| files);
        let Some([subject, text, html]) = files else {
            return Err("there is no template".into());
        };
        let words = Words {
            subject: one_line(&self.fill(subject, facts)?),
            text: self.fill(text, facts)?,
            html: self.fill(html, facts)?,
        };
        if words.subject.is_empty() {
            Err(format!("{}: the subject is empty", subject.name))
        } else {
            Ok(words)
        }
    }

    fn fill(&self, file: &File, facts: &Facts<'_>) -> Result<String, String> {
        self.environment
            .render_named_str(file.name, &file.source, Serde(facts))
            .map_err(|error| {
                let line = error
                    .line()
                    .map(|line| format!(", line {line}"))
                    .unwrap_or_default();
                format!("{}{line}: {}", file.name, error.kind())
            })
    }
}

fn wrong(why: &str) -> MailSettingsError {
    MailSettingsError::new("templates_dir", format!("cannot be used: {why}"))
}

fn read(
    folder: Option<&Path>,
    (name, built_in): (&'static str, &'static str),
) -> Result<File, MailSettingsError> {
    let Some(path) = folder.map(|folder| folder.join(name)) else {
        return Ok(File {
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
        Ok(text) => Ok(File {
            name,
            source: text.into(),
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(File {
            name,
            source: built_in.into(),
        }),
        Err(error) => Err(wrong(&format!("{name}: {error}"))),
    }
}

/// A header is one line: control characters become spaces, spaces in a row become one.
fn one_line(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    spaced
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(MAX_SUBJECT)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts<'a>(user: &'a Addressee, site_name: &'a str) -> Facts<'a> {
        Facts {
            user,
            link: "https://app.example.org/set?token=abc&lang=pt",
            hours: 24,
            site_name,
        }
    }

    fn load(files: &[(&str, &str)]) -> Result<Templates, MailSettingsError> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Templates::load(Some(folder.path()))
    }

    #[test]
    fn text_is_as_it_is_html_is_escaped_and_a_subject_is_one_line() {
        let templates = Templates::load(None).unwrap();
        let user = Addressee {
            display_name: "Inês <b>& Co".into(),
            username: "ines".into(),
            ..Addressee::at("ines@example.org")
        };
        let words = templates
            .render(Topic::Welcome, &facts(&user, "Yard\r\nBcc: x@example.org"))
            .unwrap();
        assert_eq!(words.subject, "Welcome to Yard Bcc: x@example.org");
        assert!(
            words.text.contains("Inês <b>& Co")
                && words
                    .text
                    .contains("\nhttps://app.example.org/set?token=abc&lang=pt\n")
        );
        assert!(
            words.html.contains("Inês &lt;b&gt;&amp; Co")
                && words.html.contains("token=abc&amp;lang=pt"),
            "{}",
            words.html
        );
        let reset = templates
            .render(Topic::PasswordReset, &facts(&user, "Yard"))
            .unwrap();
        assert!(reset.text.contains("24 hours") && reset.text.contains("token=abc"));
        assert!(
            templates
                .render(Topic::Test, &facts(&user, "Yard"))
                .unwrap()
                .text
                .contains("ines@example.org")
        );
    }

    #[test]
    fn an_operators_files_replace_the_built_in_ones_one_by_one() {
        let templates = load(&[("welcome.subject.txt", "Olá {{ user.first_name }}\n")]).unwrap();
        let user = Addressee {
            first_name: "Inês".into(),
            ..Addressee::at("ines@example.org")
        };
        let words = templates
            .render(Topic::Welcome, &facts(&user, "Yard"))
            .unwrap();
        assert_eq!(words.subject, "Olá Inês");
        assert!(words.text.contains("choose a password"));
    }

    #[test]
    fn templates_that_cannot_work_are_refused_with_the_name_of_their_file() {
        for (name, text) in [
            ("welcome.txt", "{{ user.first_name "),
            ("welcome.html", "{{ usr.first_name }}"),
            ("password_reset.txt", "{{ user.password }}"),
            ("password_reset.subject.txt", " \n "),
            (
                "test.txt",
                "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
            ),
        ] {
            let error = load(&[(name, text)])
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default();
            assert!(
                error.contains("mail.templates_dir") && error.contains(name),
                "{name}: {error}"
            );
        }
    }
}
