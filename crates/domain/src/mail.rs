//! Mails: what they are about and where they stand.

use crate::words::words;

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
