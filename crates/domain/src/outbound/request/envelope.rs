//! An event as receivers see it.

use std::sync::{Arc, OnceLock};

use chrono::SecondsFormat;
use sha2::{Digest, Sha256};

use crate::{
    Instant,
    json::{ExactJson, JsonError, MAX_DEPTH, write_string},
    outbound::template::Context,
};

/// The envelope `{"id","type","timestamp","data"}` of one event, shared by all feeds that get it.
#[derive(Debug)]
pub struct Envelope {
    bytes: Arc<[u8]>,
    /// Read once, when the first feed needs more than the bytes.
    context: OnceLock<Result<Context, JsonError>>,
}

impl Envelope {
    /// Splices the envelope around the data, whose bytes stay as they are; they must be a JSON
    /// value.
    pub fn new(id: &str, kind: &str, occurred_at: Instant, data: &[u8]) -> Self {
        let mut head = String::from("{\"id\":");
        write_string(id, &mut head);
        head.push_str(",\"type\":");
        write_string(kind, &mut head);
        head.push_str(",\"timestamp\":");
        write_string(
            &occurred_at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            &mut head,
        );
        head.push_str(",\"data\":");
        Self {
            bytes: [head.as_bytes(), data, b"}"].concat().into(),
            context: OnceLock::new(),
        }
    }

    /// The bytes of the JSON body in mode `all`.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// What templates and conditions see.
    ///
    /// # Errors
    /// [`JsonError`] when the data is not JSON or nested too deep.
    pub fn context(&self) -> Result<&Context, JsonError> {
        // The envelope is one level more than the data.
        let context = self
            .context
            .get_or_init(|| ExactJson::parse_within(&self.bytes, MAX_DEPTH + 1).map(Context::new));
        context.as_ref().map_err(Clone::clone)
    }
}

/// The `webhook-id` of an event's deliveries to a feed: the same for every attempt and every repeat
/// of the event, without a dot.
///
/// `event_identity` is what makes two events the same, `feed` the feed's UUID.
pub fn webhook_id(event_identity: &[u8], feed: &[u8; 16]) -> String {
    // The feed has a fixed length and comes first, so no two pairs hash the same input.
    let hash = Sha256::new()
        .chain_update(feed)
        .chain_update(event_identity)
        .finalize();
    hash.iter()
        .take(16)
        .fold(String::from("msg_"), |id, byte| format!("{id}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    #[test]
    fn the_data_is_spliced_byte_for_byte() {
        let at = DateTime::from_timestamp(1_773_475_512, 0).unwrap();
        let data = br#"{ "z": 19.90, "a": 1e21,"n":9007199254740993, "u":"\u00e9" }"#;
        let envelope = Envelope::new("evt_1", "order.paid", at, data);
        let expected = [
            br#"{"id":"evt_1","type":"order.paid","timestamp":"2026-03-14T08:05:12Z","data":"#
                .as_slice(),
            data,
            b"}",
        ]
        .concat();
        assert_eq!(&**envelope.bytes(), expected);
        assert_eq!(
            envelope.context().unwrap().json().get("data.z"),
            Some(&ExactJson::Number("19.90".into()))
        );
    }

    #[test]
    fn odd_names_are_escaped_and_parts_of_a_second_are_kept() {
        let at = DateTime::from_timestamp_micros(1_773_475_512_000_120).unwrap();
        let envelope = Envelope::new("a\"b", "t\\\n", at, b"null");
        let expected =
            r#"{"id":"a\"b","type":"t\\\n","timestamp":"2026-03-14T08:05:12.000120Z","data":null}"#;
        assert_eq!(std::str::from_utf8(envelope.bytes()).unwrap(), expected);
        assert!(Envelope::new("a", "b", at, b"{").context().is_err());
        let deepest = [[b'['; MAX_DEPTH], [b']'; MAX_DEPTH]].concat();
        assert!(
            ExactJson::parse(&deepest).is_ok()
                && Envelope::new("a", "b", at, &deepest).context().is_ok()
        );
    }

    #[test]
    fn webhook_ids_are_stable_distinct_and_have_no_dot() {
        let id = webhook_id(b"evt_1", &[1; 16]);
        assert_eq!(id, webhook_id(b"evt_1", &[1; 16]));
        assert_eq!(id, "msg_84b3cfe363c73f0af96dbcf1d1f1c942");
        assert_eq!(id.len(), 36);
        assert!(id.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_'));
        assert_ne!(id, webhook_id(b"evt_2", &[1; 16]));
        assert_ne!(id, webhook_id(b"evt_1", &[2; 16]));
        assert_ne!(webhook_id(b"", &[1; 16]), webhook_id(&[1], &[1; 16]));
    }
}
