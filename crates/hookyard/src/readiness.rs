//! What the worker tells `/health/ready`.

/// One check for each part that a worker of this kind has; a part that has not reported yet is not
/// ready.
pub(crate) fn checks(health: &worker::WorkerHealth, with_broker: bool) -> Vec<api::Check> {
    let parts: &[&'static str] = if with_broker {
        &["feeds", "recorder", "due", "broker", "consumer"]
    } else {
        &["feeds", "recorder", "due"]
    };
    parts
        .iter()
        .map(|part| check(part, health.clone()))
        .collect()
}

fn check(part: &'static str, health: worker::WorkerHealth) -> api::Check {
    api::Check::new(part, move || {
        let state = health
            .parts()
            .into_iter()
            .find(|(name, _)| *name == part)
            .map(|(_, state)| state);
        std::future::ready(match state {
            Some(Ok(())) => Ok("works".to_owned()),
            Some(Err(why)) => Err(why),
            None => Err("is starting".to_owned()),
        })
    })
}
