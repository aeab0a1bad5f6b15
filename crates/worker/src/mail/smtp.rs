//! The way to the mail server: a few connections that are kept open, and what its answers mean.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    transport::smtp::{self, PoolConfig},
};
use tokio::time;

use super::{
    message::MailMessage,
    settings::{Mail, Server},
};

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// Longest reason that is kept.
const MAX_REASON: usize = 500;

/// Sends mails.
pub struct SmtpTransport {
    server: Arc<Server>,
    transport: Mutex<Transport>,
    timeout: Duration,
    connections: usize,
}

/// Why a mail is not at the server, as far as we know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NotSent {
    pub why: String,
    /// Another try would end the same.
    pub for_good: bool,
}

impl NotSent {
    fn for_now(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            for_good: false,
        }
    }
}

impl From<smtp::Error> for NotSent {
    fn from(error: smtp::Error) -> Self {
        let code = error.status().map(u16::from);
        let why = error
            .to_string()
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_REASON)
            .collect();
        Self {
            why,
            for_good: code.is_some_and(is_final),
        }
    }
}

/// A permanent answer is about the mail, unless it is about our account (RFC 4954): that an
/// operator can mend.
fn is_final(code: u16) -> bool {
    (500..600).contains(&code) && !matches!(code, 530 | 534 | 535 | 538)
}

impl Mail {
    /// The way to the mail server; `None` when there is none. Must run on the runtime that sends.
    pub fn smtp(&self) -> Option<SmtpTransport> {
        self.server
            .clone()
            .map(|server| SmtpTransport::new(server, self.timeout, self.max_in_flight))
    }
}

impl SmtpTransport {
    fn new(server: Arc<Server>, timeout: Duration, connections: usize) -> Self {
        let transport = Mutex::new(connect(&server, timeout, connections));
        Self {
            server,
            transport,
            timeout,
            connections,
        }
    }

    /// Sends one mail: when this returns, the server has it.
    ///
    /// # Errors
    /// [`NotSent`]; after a time-out the server may have it all the same.
    pub async fn send(&self, mail: &Mail, message: &MailMessage<'_>) -> Result<(), NotSent> {
        let composed = message
            .compose(mail, &self.server)
            .map_err(NotSent::for_now)?;
        self.within(async |transport| transport.send(composed).await.map(drop))
            .await
    }

    /// Connects, greets and logs in.
    ///
    /// # Errors
    /// [`NotSent`] says what does not work.
    pub async fn check(&self) -> Result<(), NotSent> {
        match self
            .within(async |transport| transport.test_connection().await)
            .await?
        {
            true => Ok(()),
            false => Err(NotSent::for_now("the server closed the connection")),
        }
    }

    /// What is broken off in the middle leaves its connection with an answer that nobody has read.
    /// Such connections go back to the pool, so the pool goes with them.
    async fn within<T>(
        &self,
        work: impl AsyncFnOnce(&Transport) -> Result<T, smtp::Error>,
    ) -> Result<T, NotSent> {
        let transport = self
            .transport
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Ok(result) = time::timeout(self.timeout, work(&transport)).await {
            return Ok(result?);
        }
        *self
            .transport
            .lock()
            .unwrap_or_else(PoisonError::into_inner) =
            connect(&self.server, self.timeout, self.connections);
        transport.shutdown().await;
        Err(NotSent::for_now(format!(
            "the mail server did not answer within {:?}",
            self.timeout
        )))
    }
}

fn connect(server: &Server, timeout: Duration, connections: usize) -> Transport {
    let pool = PoolConfig::new().max_size(u32::try_from(connections).unwrap_or(u32::MAX));
    server
        .connect
        .clone()
        .timeout(Some(timeout))
        .pool_config(pool)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_about_the_mail_are_final_those_about_the_account_are_not() {
        for (code, expected) in [
            (550, true),
            (554, true),
            (552, true),
            (535, false),
            (530, false),
            (451, false),
            (421, false),
        ] {
            assert_eq!(is_final(code), expected, "{code}");
        }
    }
}
