//! Attempts as they are written: one JSON array for each delivery.

use domain::{
    Instant,
    delivery::{Attempt, AttemptError},
    id::AttemptId,
    outbound::request::Method,
};

use crate::deliver::compiled_feed::CompiledFeed;

/// An attempt that could not be made.
pub(crate) fn unsent(
    feed: &CompiledFeed,
    method: Method,
    number: i32,
    at: Instant,
    error: AttemptError,
) -> Attempt {
    Attempt {
        id: AttemptId::generate(),
        number,
        started_at: at,
        duration_us: 0,
        remote_address: None,
        method: method.to_string(),
        url: feed
            .sending
            .as_ref()
            .map_or_else(|_| String::new(), |sending| sending.url.to_string()),
        headers: Vec::new(),
        response: None,
        error: Some(error),
    }
}

/// A JSON array with one more entry. Those before it stay as they are written.
pub(crate) fn append(attempts: &[u8], attempt: &Attempt) -> Vec<u8> {
    let before = attempts.strip_suffix(b"]").unwrap_or(b"[");
    let mut all = Vec::with_capacity(before.len() + 1024);
    all.extend_from_slice(before);
    if before.len() > 1 {
        all.push(b',');
    }
    match serde_json::to_writer(&mut all, attempt) {
        Ok(()) => all.push(b']'),
        // Nothing in an attempt can fail to be written; what is there already stays whole in any
        // case.
        Err(_) => return attempts.to_vec(),
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::AttemptId;

    fn attempt(number: i32) -> Attempt {
        Attempt {
            id: AttemptId::generate(),
            number,
            started_at: Instant::UNIX_EPOCH,
            duration_us: 1,
            remote_address: None,
            method: "POST".into(),
            url: "https://a.example/".into(),
            headers: Vec::new(),
            response: None,
            error: None,
        }
    }

    #[test]
    fn attempts_are_added_at_the_end() {
        let mut all = b"[]".to_vec();
        for number in 1..=3 {
            all = append(&all, &attempt(number));
        }
        let read: Vec<Attempt> = serde_json::from_slice(&all).unwrap();
        assert_eq!(read.iter().map(|a| a.number).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(
            serde_json::from_slice::<Vec<Attempt>>(&append(b"", &attempt(1)))
                .unwrap()
                .len(),
            1
        );
    }
}
