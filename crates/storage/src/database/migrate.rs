//! Migrations of both databases, compiled in.

use diesel::{QueryDsl, SqliteConnection, migration::MigrationSource, pg::Pg, sqlite::Sqlite};
use diesel_async::{
    AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl, pooled_connection::deadpool::Object,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{
    conn::{Db, Link},
    error::{Error, OptionalRow, Result},
    schema::revisions,
};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// Replicas that migrate at once take turns under this PostgreSQL advisory lock.
const LOCK: i64 = 0x686f_6f6b_7961_7264;

/// The row of `revisions` that holds the version of the newest migration with which older programs
/// cannot work. Such a migration sets it; the others leave it alone.
const BREAKING: &str = "breaking_migration";

/// One migration and whether it ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    pub name: String,
    pub applied: bool,
}

/// How the schema of the database relates to this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaState {
    Current,
    /// Migrations are waiting.
    Behind(usize),
    /// A newer program migrated this database, in ways that do not concern this one.
    Compatible(usize),
    /// A newer program migrated this database, and this one does not understand it any more.
    Ahead(usize),
}

impl Db {
    /// Runs the migrations that are waiting and names them.
    ///
    /// # Errors
    /// [`Error`] of the first that fails; those before it stay.
    pub async fn migrate_up(&self) -> Result<Vec<String>> {
        self.with_harness(
            |pg| pg.run_pending_migrations(POSTGRES).map(names),
            |sqlite| sqlite.run_pending_migrations(SQLITE).map(names),
        )
        .await
    }

    /// Takes back the newest migration and names it; `None` when there is none.
    pub async fn migrate_down(&self) -> Result<Option<String>> {
        if !self
            .migrations()
            .await?
            .iter()
            .any(|migration| migration.applied)
        {
            return Ok(None);
        }
        self.with_harness(
            |pg| {
                pg.revert_last_migration(POSTGRES)
                    .map(|v| Some(v.to_string()))
            },
            |sqlite| {
                sqlite
                    .revert_last_migration(SQLITE)
                    .map(|v| Some(v.to_string()))
            },
        )
        .await
    }

    /// Every migration of this program, oldest first.
    pub async fn migrations(&self) -> Result<Vec<Migration>> {
        let applied = self.applied().await?;
        let known = self.known()?;
        Ok(known
            .into_iter()
            .map(|(version, name)| Migration {
                applied: applied.contains(&version),
                name,
            })
            .collect())
    }

    /// Compares the database with this program.
    pub async fn schema_state(&self) -> Result<SchemaState> {
        let applied = self.applied().await?;
        let known = self.known()?;
        let unknown = applied
            .iter()
            .filter(|version| !known.iter().any(|(v, _)| v == *version))
            .count();
        let waiting = known
            .iter()
            .filter(|(version, _)| !applied.contains(version))
            .count();
        Ok(match (waiting, unknown) {
            (0, 0) => SchemaState::Current,
            (0, ahead) if self.understands().await? => SchemaState::Compatible(ahead),
            (0, ahead) => SchemaState::Ahead(ahead),
            (behind, _) => SchemaState::Behind(behind),
        })
    }

    /// Whether the newest migration that breaks older programs is one that this program knows.
    async fn understands(&self) -> Result<bool> {
        let mut conn = self.read().await?;
        let breaking = on!(&mut conn, |c| revisions::table
            .find(BREAKING)
            .select(revisions::value)
            .first::<i64>(c));
        let newest = self.known()?.pop().and_then(|(v, _)| v.parse().ok());
        Ok(breaking
            .optional()?
            .is_some_and(|breaking| Some(breaking) <= newest))
    }

    fn known(&self) -> Result<Vec<(String, String)>> {
        let internal = |error: &dyn std::fmt::Display| Error::Internal(error.to_string());
        let mut known: Vec<_> = if self.is_embedded() {
            let all = MigrationSource::<Sqlite>::migrations(&SQLITE).map_err(|e| internal(&e))?;
            all.iter()
                .map(|m| (m.name().version().to_string(), m.name().to_string()))
                .collect()
        } else {
            let all = MigrationSource::<Pg>::migrations(&POSTGRES).map_err(|e| internal(&e))?;
            all.iter()
                .map(|m| (m.name().version().to_string(), m.name().to_string()))
                .collect()
        };
        known.sort();
        Ok(known)
    }

    /// Versions that ran, without creating the table that remembers them.
    async fn applied(&self) -> Result<Vec<String>> {
        diesel::table! { __diesel_schema_migrations (version) { version -> Text, run_on -> Timestamp, } }
        let mut conn = self.read().await?;
        let rows = on!(&mut conn, |c| __diesel_schema_migrations::table
            .select(__diesel_schema_migrations::version)
            .load::<String>(c));
        match rows {
            Err(Error::Internal(message)) if message.contains("__diesel_schema_migrations") => {
                Ok(Vec::new())
            }
            rows => rows,
        }
    }

    async fn with_harness<T: Send + 'static>(
        &self,
        on_pg: impl FnOnce(&mut PgHarness) -> diesel::migration::Result<T>,
        on_sqlite: impl FnOnce(&mut SqliteConnection) -> diesel::migration::Result<T> + Send + 'static,
    ) -> Result<T> {
        match self.write().await?.link {
            Link::Pg(c) => with_pg(c, on_pg).await,
            Link::Sqlite(mut c) => {
                let work = move |c: &mut SqliteConnection| {
                    Ok(on_sqlite(c).map_err(|error| Error::Internal(error.to_string())))
                };
                c.spawn_blocking(work).await?
            }
        }
    }
}

type PgHarness = AsyncMigrationHarness<Object<AsyncPgConnection>>;

async fn with_pg<T>(
    mut c: Object<AsyncPgConnection>,
    work: impl FnOnce(&mut PgHarness) -> diesel::migration::Result<T>,
) -> Result<T> {
    diesel::sql_query(format!("SELECT pg_advisory_lock({LOCK})"))
        .execute(&mut c)
        .await?;
    let mut harness = AsyncMigrationHarness::new(c);
    let result = work(&mut harness).map_err(|error| Error::Internal(error.to_string()));
    diesel::sql_query(format!("SELECT pg_advisory_unlock({LOCK})"))
        .execute(&mut harness.into_inner())
        .await?;
    result
}

fn names(versions: Vec<diesel::migration::MigrationVersion<'_>>) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}
