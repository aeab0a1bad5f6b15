//! Logins.

use std::collections::HashSet;

use domain::{Email, community::login};
use proptest::prelude::*;

/// Some of the names that a person must not get.
fn reserved() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("admin"),
        Just("support"),
        Just("noreply"),
        Just("webmaster"),
        Just("sales"),
        Just("test"),
        Just("www")
    ];
    (name, "[ _.-]{0,2}", any::<bool>()).prop_map(|(name, around, loud)| {
        let name = if loud {
            name.to_uppercase()
        } else {
            name.to_owned()
        };
        format!("{around}{name}{around}")
    })
}

fn wanted() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,80}",
        "[a-zA-Z0-9 _.@-]{0,70}",
        reserved(),
        "[а-я中日]{0,9}"
    ]
}

fn is_good(login: &str) -> Result<(), TestCaseError> {
    prop_assert!(
        (3..=login::MAX).contains(&login.chars().count()),
        "{login:?}"
    );
    prop_assert!(
        login
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b" _.-".contains(&byte)),
        "{login:?}"
    );
    prop_assert_eq!(login.trim(), login);
    prop_assert!(!login::is_reserved(login), "{login:?}");
    Ok(())
}

proptest! {
    #[test]
    fn a_requested_login_is_good_or_not_taken(raw in wanted()) {
        if let Some(login) = login::requested(&raw) {
            is_good(&login)?;
            prop_assert_eq!(login::requested(&login), Some(login.clone()), "cleaning again changes nothing");
            prop_assert_eq!(login::chosen("/username", &login), Ok(login));
        }
    }

    #[test]
    fn reserved_names_are_not_to_be_had(raw in reserved()) {
        prop_assert_eq!(login::requested(&raw), None);
        prop_assert!(login::chosen("/username", &raw).is_err());
    }

    #[test]
    fn there_is_always_a_login(
        local in prop_oneof!["[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,64}", "[a-z]{1,3}", "_{1,60}", Just("admin".to_owned())],
        first in wanted(),
        last in wanted(),
        n in 1u32..30_000_000,
    ) {
        let email = Email::parse(&format!("{local}@example.org")).unwrap();
        let candidates = login::candidates(&email, &first, &last);
        prop_assert!(!candidates.is_empty() && candidates.len() <= 4);
        let distinct: HashSet<_> = candidates.iter().map(|login| login::folded(login)).collect();
        prop_assert_eq!(distinct.len(), candidates.len(), "no two are the same: {:?}", candidates);
        for login in &candidates {
            is_good(login)?;
            is_good(&login::numbered(login, n))?;
            prop_assert_eq!(login::folded(&login::folded(login)), login::folded(login));
        }
        prop_assert_ne!(login::numbered(&candidates[0], n + 1), login::numbered(&candidates[0], n));
    }
}
