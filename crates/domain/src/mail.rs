//! Mails: what they are about and where they stand.

use crate::words::words;

/// Where the API serves a page for setting a password; links in mails lead there unless the operator
/// has a page of their own.
pub const SET_PASSWORD_PATH: &str = "/set-password";

words! {
    /// What a mail is about.
    MailKind { Welcome = "welcome", PasswordReset = "password_reset" }
}

words! {
    /// Where a mail stands. `skipped`: there is no mail server; `dropped`: there is nobody to write
    /// to.
    MailState {
        Pending = "pending", InFlight = "in_flight", Sent = "sent", Skipped = "skipped", Dropped = "dropped", Failed = "failed",
    }
}
