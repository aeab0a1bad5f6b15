//! From an event to its receivers: source ─▶ route ─▶ lanes ─▶ send ─▶ record ─▶ settle, and rows
//! that are due back into the lanes. The only crate that sends HTTP and mail and knows RabbitMQ.

mod context;
mod deliver;
mod health;
mod mail;
mod route;
mod run;
mod settings;
mod source;

pub use context::WorkerContext;
pub use deliver::client::SetupError;
pub use health::{WorkerHealth, WorkerPart};
pub use mail::{
    Addressee, BadMailValue, BadTemplates, Mail, MailFrom, MailMessage, MailSettings,
    MailSettingsError, MailUrl, NotSent, PasswordLink, SmtpTransport, Topic,
};
pub use run::{WorkerError, run};
pub use settings::{BadBrokerUrl, BrokerSettings, BrokerUrl, DeliverySettings, WorkerSettings};
pub use source::rabbit::{BrokerError, PublishError, check_broker, publish_event};
