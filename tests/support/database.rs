//! A PostgreSQL database of a test's own.

use std::{future::Future, thread};

use tokio_postgres::NoTls;
use url::Url;

/// A database that is dropped with this value.
#[derive(Debug)]
pub struct Database {
    name: String,
    /// `postgres://…` of the database itself.
    pub url: String,
}

impl Database {
    /// Creates an empty database on the server of `DATABASE_URL`.
    ///
    /// # Panics
    /// Without `DATABASE_URL`, or when its user may not create databases.
    pub async fn create() -> Self {
        let name = format!("hookyard_test_{}", uuid::Uuid::now_v7().simple());
        let server = server();
        execute(&server, &format!("CREATE DATABASE {name}")).await.unwrap_or_else(|error| panic!("DATABASE_URL: {error}"));
        let mut url = Url::parse(&server).unwrap_or_else(|error| panic!("DATABASE_URL: {error}"));
        url.set_path(&name);
        Self { name, url: url.into() }
    }

    /// Runs statements in it: what no user of Hookyard can do, such as making rows old.
    ///
    /// # Panics
    /// When one fails.
    pub async fn execute(&self, statements: &str) {
        execute(&self.url, statements).await.unwrap_or_else(|error| panic!("{statements}: {error:?}"));
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        if let Err(error) = block_on(async move { execute(&server(), &statement).await }) {
            eprintln!("{} is left behind: {error}", self.name);
        }
    }
}

async fn execute(url: &str, statement: &str) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let connection = tokio::spawn(connection);
    let done = client.batch_execute(statement).await;
    drop(client);
    // The connection ends with its client; how does not matter.
    let _ = connection.await;
    done
}

fn server() -> String {
    std::env::var("DATABASE_URL")
        .expect("the server profile needs DATABASE_URL (and AMQP_URL); scripts/test starts servers and sets both")
}

/// Runs a future to its end where nothing can be awaited, in `Drop`.
pub(crate) fn block_on<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let thread = thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime starts").block_on(future)
    });
    thread.join().expect("cleaning up does not panic")
}
