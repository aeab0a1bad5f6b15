//! Sessions with the broker, one after the other: connect, work until something breaks, pause,
//! begin again from nothing. The client's own recovery is not used, because it can wait for ever.

use std::time::{Duration, Instant};

use lapin::{Channel, Connection, ConnectionProperties};
use tokio_util::sync::CancellationToken;

use super::Bus;
use crate::health::WorkerPart;

/// Seconds between signs of life; after twice this time a silent broker counts as lost.
pub(super) const HEARTBEAT: u16 = 6;
/// Milliseconds for the TCP connection.
pub(super) const TCP_TIMEOUT: u64 = 5000;
/// For the whole handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For each answer of the broker. A broker without memory or disk answers nothing.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(8);
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What went wrong between us and the broker.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    #[error("{0}")]
    Settings(String),
    #[error("the broker failed: {0}")]
    Failed(String),
    #[error("the broker did not answer in time")]
    TooSlow,
    #[error("the broker refused the message: {0}")]
    Refused(String),
}

impl From<lapin::Error> for BrokerError {
    fn from(error: lapin::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Waits for an answer of the broker, but not for ever.
pub(super) async fn within<T>(
    answer: impl Future<Output = lapin::Result<T>>,
) -> Result<T, BrokerError> {
    tokio::time::timeout(ANSWER_TIMEOUT, answer)
        .await
        .map_err(|_| BrokerError::TooSlow)?
        .map_err(Into::into)
}

impl Bus {
    /// A new connection; `purpose` is its name in the broker's lists.
    pub(super) async fn connect(&self, purpose: &str) -> Result<Connection, BrokerError> {
        let properties = ConnectionProperties::default()
            .with_connection_name(format!("hookyard {purpose}").into());
        let connecting = Connection::connect_uri(self.uri.clone(), properties);
        Ok(tokio::time::timeout(CONNECT_TIMEOUT, connecting)
            .await
            .map_err(|_| BrokerError::TooSlow)??)
    }

    /// Runs sessions until one ends without an error, which it does when it is told to stop. While
    /// there is none, `parts` are ill.
    pub(super) async fn supervise<S>(
        &self,
        parts: &[WorkerPart],
        stop: &CancellationToken,
        mut session: impl FnMut() -> S,
    ) where
        S: Future<Output = Result<(), BrokerError>>,
    {
        let mut pause = FIRST_PAUSE;
        while !stop.is_cancelled() {
            let began = Instant::now();
            let Err(error) = session().await else { return };
            tracing::warn!(%error, ?parts, "the session with the broker ended; it is built again");
            parts
                .iter()
                .for_each(|part| self.health.ill(*part, error.to_string()));
            if began.elapsed() > LONGEST_PAUSE {
                pause = FIRST_PAUSE;
            }
            stop.run_until_cancelled(tokio::time::sleep(pause)).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }
}

/// A channel on which publishes are confirmed.
pub(super) async fn confirming_channel(connection: &Connection) -> Result<Channel, BrokerError> {
    let channel = within(connection.create_channel()).await?;
    within(channel.confirm_select(Default::default())).await?;
    Ok(channel)
}

/// Takes leave, as well as it goes.
pub(super) async fn close(connection: &Connection) {
    let closing = connection.close(200, "OK".into());
    if !matches!(
        tokio::time::timeout(CLOSE_TIMEOUT, closing).await,
        Ok(Ok(()))
    ) {
        tracing::debug!("the connection to the broker was not closed in an orderly way");
    }
}
