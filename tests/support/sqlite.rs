//! A way into the file of the embedded profile beside the app: what no user of Hookyard can do, such
//! as making rows old.

use std::path::Path;

use diesel::{Connection, RunQueryDsl, SqliteConnection, connection::SimpleConnection};

/// Runs statements in the file of the embedded profile.
pub(crate) fn execute(file: &Path, statements: &str) {
    open(file)
        .batch_execute(statements)
        .unwrap_or_else(|error| panic!("{statements}: {error:?}"));
}

/// What a query for one column, `text`, finds in the file of the embedded profile.
pub(crate) fn texts(file: &Path, query: &str) -> Vec<String> {
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
