//! The database itself: connections, migrations, the schema, and how queries are written for both.

#[macro_use]
pub(crate) mod row;
#[macro_use]
pub(crate) mod sql_types;
#[macro_use]
pub(crate) mod conn;
#[macro_use]
pub(crate) mod page;
#[macro_use]
pub(crate) mod statement;
pub(crate) mod bulk;
pub(crate) mod document;
pub(crate) mod error;
pub(crate) mod followed;
pub(crate) mod lite;
pub(crate) mod migrate;
pub(crate) mod pools;
pub(crate) mod reach;
pub(crate) mod revisions;
pub(crate) mod schema;
pub(crate) mod settings;
mod target;
pub mod time;
mod tls;
