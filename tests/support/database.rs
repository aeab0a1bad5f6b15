//! A way into the database beside the app: what no user of Hookyard can do, such as making rows
//! old.

use std::{future::Future, path::Path, thread};

use diesel::{Connection, RunQueryDsl, SqliteConnection, connection::SimpleConnection};
use tokio_postgres::{Client, NoTls};
use url::Url;

/// A PostgreSQL database of a test's own, which is dropped with this value.
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
        execute(&server, &format!("CREATE DATABASE {name}"))
            .await
            .unwrap_or_else(|error| panic!("DATABASE_URL: {error}"));
        let mut url = Url::parse(&server).unwrap_or_else(|error| panic!("DATABASE_URL: {error}"));
        url.set_path(&name);
        Self {
            name,
            url: url.into(),
        }
    }

    pub(crate) async fn execute(&self, statements: &str) {
        execute(&self.url, statements)
            .await
            .unwrap_or_else(|error| panic!("{statements}: {error:?}"));
    }

    pub(crate) async fn texts(&self, query: &str) -> Vec<String> {
        let rows = with_client(&self.url, async |client| client.query(query, &[]).await).await;
        rows.unwrap_or_else(|error| panic!("{query}: {error:?}"))
            .iter()
            .map(|row| row.get("text"))
            .collect()
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

/// Runs statements in the file of the embedded profile.
pub(crate) fn execute_in_file(file: &Path, statements: &str) {
    open(file)
        .batch_execute(statements)
        .unwrap_or_else(|error| panic!("{statements}: {error:?}"));
}

/// What a query for one column, `text`, finds in the file of the embedded profile.
pub(crate) fn texts_in_file(file: &Path, query: &str) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        text: String,
    }
    let rows = diesel::sql_query(query).load::<Row>(&mut open(file));
    rows.unwrap_or_else(|error| panic!("{query}: {error:?}"))
        .into_iter()
        .map(|row| row.text)
        .collect()
}

fn open(file: &Path) -> SqliteConnection {
    let mut connection =
        SqliteConnection::establish(&file.to_string_lossy()).expect("the file is a database");
    connection
        .batch_execute("PRAGMA busy_timeout = 5000")
        .expect("waiting can be set");
    connection
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

fn server() -> String {
    std::env::var("DATABASE_URL")
        .expect("the server profile needs DATABASE_URL (and AMQP_URL); scripts/test starts servers and sets both")
}

/// Runs a future to its end where nothing can be awaited, in `Drop`.
pub(crate) fn block_on<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let thread = thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime starts").block_on(future)
    });
    thread.join().expect("cleaning up does not panic")
}
