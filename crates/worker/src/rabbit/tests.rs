//! Against the real RabbitMQ at `AMQP_URL`; each test has exchanges and queues of its own there.

mod consuming;
mod outages;
mod proxy;
mod relaying;
mod scratch;

use secrecy::SecretString;

use super::{Bus, session::BrokerError};
use crate::{Broker, Health};

#[test]
fn settings_that_cannot_be_are_told_without_the_password() {
    for url in ["http://user:s3cret@host", "amqp:s3cret", "s3cret", "amqp://user:s3cret@host:99999"] {
        let error = Bus::new(&Broker::at(SecretString::from(url)), domain::Clock::system(), Health::default()).err().unwrap();
        assert!(matches!(&error, BrokerError::Settings(_)), "{url}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
