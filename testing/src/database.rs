//! PostgreSQL databases for one test each.

use std::{future::Future, thread};

use tokio_postgres::{Client, NoTls, Row};
use url::Url;

/// A PostgreSQL database of a test's own, which is dropped with this value.
#[derive(Debug)]
pub struct Database {
    pub name: String,
    /// `postgres://…` of the database itself.
    pub url: String,
}

impl Database {
    /// Creates an empty database on the server of `DATABASE_URL`.
    ///
    /// # Panics
    /// Without `DATABASE_URL`, or when its user may not create databases.
    pub async fn create() -> Self {
        let server = server().expect("DATABASE_URL is not set; scripts/test and scripts/with-servers start servers and set it");
        Self::create_on(&server).await
    }

    async fn create_on(server: &str) -> Self {
        let name = format!("hookyard_test_{}", uuid::Uuid::now_v7().simple());
        execute(server, &format!("CREATE DATABASE {name}"))
            .await
            .unwrap_or_else(|error| panic!("DATABASE_URL: {error}"));
        let mut url = Url::parse(server).unwrap_or_else(|error| panic!("DATABASE_URL: {error}"));
        url.set_path(&name);
        Self {
            name,
            url: url.into(),
        }
    }

    /// Runs statements.
    ///
    /// # Panics
    /// When one fails.
    pub async fn execute(&self, statements: &str) {
        execute(&self.url, statements)
            .await
            .unwrap_or_else(|error| panic!("{statements}: {error:?}"));
    }

    /// The rows that a query finds.
    ///
    /// # Panics
    /// When it fails.
    pub async fn query(&self, query: &str) -> Vec<Row> {
        with_client(&self.url, async |client| client.query(query, &[]).await)
            .await
            .unwrap_or_else(|error| panic!("{query}: {error:?}"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(server) = server() else { return };
        let statement = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        if let Err(error) = block_on(async move { execute(&server, &statement).await }) {
            eprintln!("{} is left behind: {error}", self.name);
        }
    }
}

/// Runs a test with the URL of an SQLite file and, when `DATABASE_URL` is set, with that of a
/// PostgreSQL database; both are new and empty.
///
/// # Panics
/// When the test does, or when there can be no database.
pub async fn on_each_store(test: impl AsyncFn(String)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("test.db");
    test(format!("sqlite://{}", file.display())).await;
    if let Some(server) = server() {
        let database = Database::create_on(&server).await;
        test(database.url.clone()).await;
    } else {
        eprintln!("DATABASE_URL is not set: PostgreSQL is left out");
    }
}

fn server() -> Option<String> {
    std::env::var("DATABASE_URL").ok()
}

async fn execute(url: &str, statement: &str) -> Result<(), tokio_postgres::Error> {
    with_client(url, async |client| client.batch_execute(statement).await).await
}

async fn with_client<T>(
    url: &str,
    work: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>,
) -> Result<T, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let connection = tokio::spawn(connection);
    let done = work(&client).await;
    drop(client);
    // The connection ends with its client; how does not matter.
    let _ = connection.await;
    done
}

/// Runs a future to its end where nothing can be awaited, in `Drop`.
///
/// # Panics
/// When the future does.
pub fn block_on<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let thread = thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime starts").block_on(future)
    });
    thread.join().expect("cleaning up does not panic")
}
