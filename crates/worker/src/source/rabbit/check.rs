//! Whether the broker can be worked with.

use domain::Clock;

use super::{
    Bus,
    session::{BrokerError, close, within},
    topology,
};
use crate::{health::WorkerHealth, settings::BrokerSettings};

/// Connects, and declares what is ours as every worker does when it starts: the broker refuses when
/// there is something else of the same name.
///
/// # Errors
/// [`BrokerError`] says what does not work.
pub async fn check_broker(settings: &BrokerSettings) -> Result<(), BrokerError> {
    let bus = Bus::new(settings, Clock::system(), WorkerHealth::default())?;
    let connection = bus.connect("check").await?;
    let declared = match within(connection.create_channel()).await {
        Ok(channel) => topology::declare(&channel, &bus.names).await,
        Err(error) => Err(error),
    };
    close(&connection).await;
    declared
}
