use domain::{
    feed::FeedSettings,
    id::FeedId,
    vault::{MasterKey, Vault},
};
use serde_json::Value;

use super::*;

fn problems(draft: Result<FeedDraft, Problem>) -> Vec<(String, &'static str)> {
    let errors = match draft {
        Ok(draft) => draft.invalid.0,
        Err(problem) => problem.errors,
    };
    errors.into_iter().map(|e| (e.pointer, e.code)).collect()
}

#[test]
fn null_is_the_default_of_a_new_feed_and_clears_what_a_change_can_clear() {
    let vault = Vault::new(&MasterKey::generate());
    let vault = FeedVault {
        vault: &vault,
        feed: FeedId::generate(),
    };
    let input = |body: Value| serde_json::from_value::<FeedInput>(body).unwrap();
    let create = |body: Value| CreateFeed(input(body)).read(vault);
    let nulls = json!({"title": "Sales", "enabled": null, "headers": null, "body": null, "timeout_ms": null, "condition": null});
    let draft = create(nulls.clone()).unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!((draft.enabled, problems(Ok(draft))), (None, Vec::new()));
    assert_eq!(
        problems(create(json!({"title": null}))),
        [("/title".to_owned(), "invalid_type")]
    );
    let update = |body: Value| UpdateFeed(input(body)).apply(FeedSpec::default(), vault);
    assert_eq!(
        problems(update(nulls)),
        [("/timeout_ms".to_owned(), "invalid_type")]
    );
    let apart = json!({"enabled": null, "headers": null, "body": null, "condition": null});
    let pointers: Vec<_> = problems(update(apart)).into_iter().map(|p| p.0).collect();
    assert_eq!(pointers, ["/headers", "/body", "/enabled"]);
}

#[test]
fn every_setting_can_be_sent_and_is_described() {
    assert_eq!(
        settings::undescribed::<FeedInput, FeedSettings>(),
        [""; 0],
        "add the setting to FeedInput"
    );
}
