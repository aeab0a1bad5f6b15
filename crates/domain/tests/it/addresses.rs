//! E-mail addresses.

use domain::{Email, community::email::NotAnEmail, incoming::CallFields};
use proptest::prelude::*;

/// Texts that are addresses, or nearly.
fn nearly_an_address() -> impl Strategy<Value = String> {
    let local = prop_oneof![
        "[a-zA-Z0-9]{1,8}",
        "[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{0,70}",
        "\\PC{0,6}"
    ];
    let label = prop_oneof![
        "[a-zA-Z0-9]{1,12}",
        "[a-zA-Z0-9-]{0,66}",
        "[a-zäöüßéøñçšžа-яαω中日本👋]{1,8}",
        "xn--[a-z0-9-]{0,12}",
        "\\PC{0,3}"
    ];
    let domain = prop::collection::vec(label, 0..6).prop_map(|labels| labels.join("."));
    let outside = prop_oneof![
        Just(""),
        Just(" "),
        Just("\r\n"),
        Just("\u{a0}"),
        Just("\0")
    ];
    let at = prop_oneof![9 => Just("@"), 1 => Just("@@"), 1 => Just("＠"), 1 => Just("")];
    (outside.clone(), local, at, domain, outside)
        .prop_map(|(a, local, at, domain, b)| format!("{a}{local}{at}{domain}{b}"))
}

fn holds(raw: &str) -> Result<(), TestCaseError> {
    let Ok(email) = Email::parse(raw) else {
        return Ok(());
    };
    let (shown, folded) = (email.as_str(), email.folded());
    prop_assert!(
        shown.len() <= 254 && shown.bytes().all(|byte| byte.is_ascii_graphic()),
        "{shown}"
    );
    prop_assert_eq!(folded.to_lowercase(), folded);
    prop_assert_eq!(shown.to_lowercase(), folded);
    let again = Email::parse(shown);
    prop_assert_eq!(again.as_ref(), Ok(&email), "what is shown is the address");
    let refolded = Email::parse(folded).unwrap();
    prop_assert_eq!(
        (refolded.folded(), refolded.as_str()),
        (folded, folded),
        "folding again changes nothing"
    );
    let (local, domain) = shown.rsplit_once('@').unwrap();
    prop_assert_eq!(email.local_part(), local);
    prop_assert!(domain.contains('.') && !local.is_empty() && !local.contains('@'));
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_an_address_or_is_not(raw in ".{0,300}") {
        holds(&raw)?;
    }

    #[test]
    fn near_addresses_are_judged_consistently(raw in nearly_an_address()) {
        holds(&raw)?;
    }

    #[test]
    fn two_spellings_are_one_person_exactly_when_they_fold_alike(a in "[aAbB]{1,2}(\\+[cC])?", b in "[aAbB]{1,2}(\\+[cC])?") {
        let (left, right) = (Email::parse(&format!(" {a}@Example.org")).unwrap(), Email::parse(&format!("{b}@eXample.ORG\n")).unwrap());
        prop_assert_eq!(left.folded() == right.folded(), a.eq_ignore_ascii_case(&b));
    }

    #[test]
    fn a_space_inside_gets_its_hint(local in "[a-z]{1,9} [a-z]{1,9}") {
        prop_assert_eq!(Email::parse(&format!("{local}@example.org")), Err(NotAnEmail::Space));
    }

    #[test]
    fn any_fields_make_a_person_or_name_what_is_wrong(
        email in nearly_an_address(),
        names in prop::array::uniform2(prop::option::of(".{0,200}")),
        login in prop::option::of(".{0,100}"),
        passwords in prop::array::uniform2(prop::option::of(prop_oneof![".{0,20}", Just("x".repeat(4097))])),
    ) {
        let mut fields = CallFields::default();
        let [first, last] = names;
        let [pass, password] = passwords;
        let all = [("email", Some(email)), ("first_name", first), ("last_name", last), ("user_login", login), ("user_pass", pass), ("user_password", password)];
        for (name, value) in all {
            if let Some(value) = value {
                fields.set(name, value);
            }
        }
        match fields.check() {
            Ok(person) => {
                prop_assert!(person.first_name.chars().count() <= 100 && person.last_name.chars().count() <= 100);
                let is_bounded = |password: &domain::community::password::Password| (1..=4096).contains(&password.expose().len());
                prop_assert!(person.password.as_ref().is_none_or(is_bounded));
            }
            Err(invalid) => {
                prop_assert!((1..=2).contains(&invalid.0.len()), "{invalid:?}");
                prop_assert!(invalid.0.iter().all(|error| !error.detail.is_empty() && error.detail.len() < 200), "{invalid:?}");
            }
        }
    }
}
