//! Logins (usernames): which are allowed, and how one is made when none was asked for.

use crate::{Email, Invalid};

/// Longest login, in characters.
pub const MAX: usize = 60;

/// Names that would let a person pose as the house, its staff, its machinery or its pages; compared
/// without separators.
const RESERVED: &str = "
    about abuse access account accounts activity admin administration administrator admins ads affiliate affiliates all
    announcement announcements anonymous api app apps assets auth author authors automod avatar backup badge badges billing
    blog board bot bots calendar careers cart category chat checkout ci client cloud comment comments commerce community
    config contact contactus cookie cookies course courses cron customer customers dashboard database debug default delete
    deleted demo dev developer developers dns docs document domain donate download downloads editor email error everybody
    everyone example explore faq favicon feed feedback feeds file files finance follow followers forgot forum forums founder
    founders ftp group groups guest guests help helpdesk home hook hooks hookyard host hostmaster hr http https image imap
    inbox index info instructor internal invite invites invoice invoices jobs legal license list live localhost login logout
    mail mailer mailerdaemon manager marketing me media members message messages mod moderation moderator moderators mods
    myself news newsletter nobody noc none noreply notification notifications null oauth office official online order orders
    owner owners page pages password payment payments payroll phishing police pop postmaster postoffice press privacy private
    profile profiles public purchase register registration replies reset robot robots root rss rules safety sales search
    secret secure security server service services session settings shop signin signout signup site sitemap smtp space spaces
    spam ssl staff static statistics status store student students subscribe subscription subscriptions superadmin superuser
    support survey sysadmin sysop system teacher teachers team teams terms test tester testing tests trust undefined unknown
    unsubscribe update updates upload uploads user username users verified verify video web webadmin webhook webhooks webmail
    webmaster website welcome www";

/// A requested login, cleaned; `None` when it cannot be used and one should be generated instead.
pub fn requested(raw: &str) -> Option<String> {
    let login: String = ascii(raw.trim())
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || " _.-@".contains(*c))
        .collect();
    let login = login.split_whitespace().collect::<Vec<_>>().join(" ");
    let long_enough = (3..=MAX).contains(&login.chars().count());
    // A login that looks like an address could be taken for another person's.
    (long_enough && !login.contains('@') && !is_reserved(&login)).then_some(login)
}

/// A login that a client of the management API chose.
///
/// # Errors
/// `invalid_username` names the rule.
pub fn chosen(pointer: &str, raw: &str) -> Result<String, Invalid> {
    match requested(raw) {
        Some(login) if login == raw.trim() => Ok(login),
        _ => Err(Invalid::one(
            pointer,
            "invalid_username",
            "Use 3 to 60 characters: letters, digits, spaces, and _ . - (names such as \"admin\" are reserved).",
        )),
    }
}

/// Letters of all scripts as ASCII would write them: `José` is `Jose`. What is no letter stays, so
/// that emoji do not become words.
fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() || !c.is_alphanumeric() {
            plain.push(c);
        } else {
            plain.push_str(deunicode::deunicode_char(c).unwrap_or_default());
        }
    }
    plain
}

/// Logins to try for a new user, best first; the last one never runs dry when it is numbered with
/// [`numbered`].
pub fn candidates(email: &Email, first_name: &str, last_name: &str) -> Vec<String> {
    let full = format!("{first_name}_{last_name}");
    let mut found: Vec<String> = Vec::new();
    for source in [email.local_part(), &full, first_name, last_name] {
        let login: String = ascii(source)
            .to_lowercase()
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
            .take(MAX - 8)
            .collect();
        let login = login.trim_matches('_').to_owned();
        if login.len() >= 3 && !is_reserved(&login) && !found.contains(&login) {
            found.push(login);
        }
    }
    if found.is_empty() {
        found.push("member".to_owned());
    }
    found
}

/// The `n`-th spelling of a login that is taken: `ines`, `ines2`, `ines3` …
pub fn numbered(login: &str, n: u32) -> String {
    if n <= 1 {
        login.to_owned()
    } else {
        format!("{login}{n}")
    }
}

/// The form under which logins are unique.
pub fn folded(login: &str) -> String {
    login.to_lowercase()
}

/// Whether a login is one of the names that nobody gets, however it is spelt.
pub fn is_reserved(login: &str) -> bool {
    let plain: String = login
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    RESERVED.split_whitespace().any(|name| name == plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_keeps_its_names() {
        for name in [
            "admin",
            "Support",
            "no-reply",
            "NO_REPLY",
            "_a.d.m.i.n_",
            "web master",
        ] {
            assert!(is_reserved(name) && requested(name).is_none(), "{name}");
        }
        for name in [
            "administratrix",
            "admin7",
            "ines",
            "supporter",
            "member",
            "",
        ] {
            assert!(!is_reserved(name), "{name}");
        }
    }

    #[test]
    fn requested_logins_are_cleaned_or_dropped() {
        assert_eq!(requested("  Ines.Marlow "), Some("Ines.Marlow".into()));
        for (raw, login) in [
            ("José 🎉", "Jose"),
            ("Инес", "Ines"),
            ("Æther Straße", "AEther Strasse"),
            ("e\u{301}ric", "eric"),
        ] {
            assert_eq!(requested(raw), Some(login.into()), "{raw}");
        }
        for bad in [
            "ab",
            "Admin",
            "ädmin",
            "x@y.org",
            "🎉🎉🎉",
            "",
            &"x".repeat(61),
        ] {
            assert_eq!(requested(bad), None, "{bad}");
        }
    }

    #[test]
    fn candidates_come_from_address_then_names_then_a_neutral_word() {
        let of = |email: &str, first: &str, last: &str| {
            candidates(&Email::parse(email).unwrap(), first, last)
        };
        assert_eq!(
            of("ines.marlow@x.org", "Ines", "Marlow"),
            ["inesmarlow", "ines_marlow", "ines", "marlow"]
        );
        assert_eq!(of("1@x.org", "Инес", ""), ["ines"]);
        assert_eq!(
            of("1@x.org", "José", "Müller"),
            ["jose_muller", "jose", "muller"]
        );
        assert_eq!(of("1@x.org", "🎉🎉🎉", ""), ["member"]);
        assert_eq!(of("admin@x.org", "", ""), ["member"]);
        assert_eq!(numbered("member", 2), "member2");
    }
}
