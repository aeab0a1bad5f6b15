//! The built-in texts, and those of operators.

use std::fs;

use super::*;

fn facts<'a>(user: &'a Addressee, site_name: &'a str) -> TemplateFacts<'a> {
    TemplateFacts {
        user,
        link: "https://app.example.org/set?token=abc&lang=pt",
        hours: 24,
        site_name,
    }
}

fn load(files: &[(&str, &str)]) -> Result<Templates, BadTemplates> {
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
    let texts = templates
        .render(Topic::Welcome, &facts(&user, "Yard\r\nBcc: x@example.org"))
        .unwrap();
    assert_eq!(texts.subject, "Welcome to Yard Bcc: x@example.org");
    assert!(
        texts.text.contains("Inês <b>& Co")
            && texts
                .text
                .contains("\nhttps://app.example.org/set?token=abc&lang=pt\n")
    );
    assert!(
        texts.html.contains("Inês &lt;b&gt;&amp; Co")
            && texts.html.contains("token=abc&amp;lang=pt"),
        "{}",
        texts.html
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
    let texts = templates
        .render(Topic::Welcome, &facts(&user, "Yard"))
        .unwrap();
    assert_eq!(texts.subject, "Olá Inês");
    assert!(texts.text.contains("choose a password"));
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
        assert!(error.contains(name), "{name}: {error}");
    }
}
