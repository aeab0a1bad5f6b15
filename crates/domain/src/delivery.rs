//! Deliveries and their attempts.

use serde::{Deserialize, Serialize};

use crate::{Instant, id::AttemptId, outbound::retry::AttemptErrorCode, words::words};

words! {
    /// Where a delivery stands.
    DeliveryState {
        Pending = "pending", InFlight = "in_flight", Succeeded = "succeeded", Failed = "failed", Canceled = "canceled",
    }
}

/// One HTTP request of a delivery, as it is stored in the delivery's row and shown by the API.
/// The request's body is not repeated here: all attempts of a delivery send the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    pub id: AttemptId,
    /// Counts from 1.
    pub number: i32,
    pub started_at: Instant,
    pub duration_us: i64,
    /// `address:port` of the receiver, when a connection was made.
    pub remote_address: Option<String>,
    pub method: String,
    pub url: String,
    /// As sent, secret values masked.
    pub headers: Vec<HeaderField>,
    pub response: Option<ReceivedResponse>,
    pub error: Option<AttemptError>,
}

/// A header's name and value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderField {
    pub name: String,
    pub value: String,
}

/// What a receiver answered; at most the first 4 KiB of the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedResponse {
    pub status: u16,
    pub headers: Vec<HeaderField>,
    pub body: String,
    pub truncated: bool,
}

/// Why there was no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptError {
    pub code: AttemptErrorCode,
    pub message: String,
}
