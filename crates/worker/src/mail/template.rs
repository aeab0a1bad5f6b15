//! The texts of mails: built-in ones, and files of the operator that replace them.

mod files;

use std::path::Path;

use domain::mail::MailKind;
pub use files::BadTemplates;
use files::{BUILT_IN, TemplateFile, read, wrong};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, value::Serde};
use serde::Serialize;

use super::addressee::Addressee;

/// Instructions of one rendering, so that no template runs for ever.
const FUEL: u64 = 100_000;
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

/// What a template knows.
#[derive(Serialize)]
pub(super) struct TemplateFacts<'a> {
    pub(super) user: &'a Addressee,
    pub(super) link: &'a str,
    /// How long the link works.
    pub(super) hours: u64,
    pub(super) site_name: &'a str,
}

/// The texts of one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MailText {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// The texts of all topics.
pub(super) struct Templates {
    environment: Environment<'static>,
    files: Vec<(Topic, [TemplateFile; 3])>,
}

impl Templates {
    /// The built-in texts, with those of the folder in their places. Each is tried once, so that
    /// mistakes come to light at start.
    ///
    /// # Errors
    /// [`BadTemplates`] names the file.
    pub(super) fn load(folder: Option<&Path>) -> Result<Self, BadTemplates> {
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
        templates.try_all()?;
        Ok(templates)
    }

    /// Renders each topic for an invented user.
    fn try_all(&self) -> Result<(), BadTemplates> {
        let user = Addressee {
            email: "ines@example.org".into(),
            username: "ines_marlow".into(),
            first_name: "Ines".into(),
            last_name: "Marlow".into(),
            display_name: "Ines Marlow".into(),
        };
        let facts = TemplateFacts {
            user: &user,
            link: "https://example.org/",
            hours: 24,
            site_name: "Example",
        };
        for (topic, _) in BUILT_IN {
            self.render(topic, &facts).map_err(|error| wrong(&error))?;
        }
        Ok(())
    }

    /// The texts of one mail. An error names the file and quotes nothing of the facts.
    pub(super) fn render(
        &self,
        topic: Topic,
        facts: &TemplateFacts<'_>,
    ) -> Result<MailText, String> {
        let files = self
            .files
            .iter()
            .find(|(of, _)| *of == topic)
            .map(|(_, files)| files);
        let Some([subject, text, html]) = files else {
            return Err("there is no template".into());
        };
        let texts = MailText {
            subject: one_line(&self.fill(subject, facts)?),
            text: self.fill(text, facts)?,
            html: self.fill(html, facts)?,
        };
        if texts.subject.is_empty() {
            Err(format!("{}: the subject is empty", subject.name))
        } else {
            Ok(texts)
        }
    }

    fn fill(&self, file: &TemplateFile, facts: &TemplateFacts<'_>) -> Result<String, String> {
        self.environment
            .render_named_str(file.name, &file.source, Serde(facts))
            .map_err(|error| {
                let line = error
                    .line()
                    .map_or_else(String::new, |line| format!(", line {line}"));
                format!("{}{line}: {}", file.name, error.kind())
            })
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
mod tests;
