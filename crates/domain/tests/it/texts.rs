//! Names, titles and field maps.

use domain::{
    community::display_name,
    incoming::{FIELDS, FieldMap, WebhookSpec},
    text,
};
use proptest::prelude::*;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        "[a-zé<>/ &;\u{0}\u{7f}\u{85}\u{202e}🎉]{0,60}",
        "(<[a-z]{0,3}>?){0,9}"
    ]
}

proptest! {
    #[test]
    fn a_name_is_clean_and_stays_so(raw in name(), max in 0usize..50) {
        let clean = text::clean_name(&raw, max);
        prop_assert!(clean.chars().count() <= max && clean.trim() == clean);
        prop_assert!(!clean.chars().any(|c| c.is_control() || c == '<'), "{clean:?}");
        prop_assert_eq!(text::clean_name(&clean, max), clean);
    }

    #[test]
    fn everybody_has_a_name_to_show(first in name(), last in name(), login in "[a-z]{3,60}") {
        let (first, last) = (text::clean_name(&first, 100), text::clean_name(&last, 100));
        let shown = display_name(&first, &last, &login);
        prop_assert!(!shown.is_empty() && shown.trim() == shown && shown.chars().count() <= 201);
        prop_assert!([&first, &last].iter().all(|part| shown.contains(part.as_str())), "{shown:?}");
        prop_assert_eq!(shown == login, first.is_empty() && last.is_empty() || first == login && last.is_empty() || last == login && first.is_empty());
    }

    #[test]
    fn a_title_is_one_clean_line(raw in prop_oneof!["\\PC{0,250}", ".{0,20}"]) {
        match text::title("/title", &raw) {
            Ok(title) => {
                prop_assert!((1..=194).contains(&title.chars().count()) && !title.chars().any(char::is_control));
                prop_assert_eq!(text::title("/title", &title), Ok(title));
            }
            Err(invalid) => prop_assert_eq!(&invalid.0[0].pointer, "/title"),
        }
    }

    #[test]
    fn what_is_searched_is_found(parts in prop::collection::vec("\\PC{0,20}", 0..4)) {
        let once = text::searchable(parts.iter().map(String::as_str));
        prop_assert!(!once.contains("  ") && once.trim() == once);
        prop_assert_eq!(text::searchable([once.as_str()]), once);
    }

    #[test]
    fn a_field_map_is_good_or_its_faults_are_named(
        map in prop::collection::btree_map(
            prop_oneof![prop::sample::select(FIELDS).prop_map(str::to_owned), "[a-z~/_]{0,12}"],
            prop_oneof!["(/([a-z0-9~ ]|~0|~1){0,5}){0,6}", "\\PC{0,30}", Just("/x".repeat(300))],
            0..6,
        ),
    ) {
        let map: FieldMap = map;
        let is_good = |(name, pointer): (&String, &String)| {
            let tokens_are_good = pointer.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
            FIELDS.contains(&name.as_str()) && pointer.starts_with('/') && (2..=500).contains(&pointer.len()) && tokens_are_good
        };
        let bad = map.iter().filter(|entry| !is_good(*entry)).count();
        let checked = WebhookSpec { name: "Shop".into(), field_map: map, ..WebhookSpec::default() }.check();
        let found = checked.err().map_or(0, |invalid| invalid.0.len());
        prop_assert_eq!(found, bad);
    }
}
