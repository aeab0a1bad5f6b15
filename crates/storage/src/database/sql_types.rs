//! SQL types of our own, each mapped to the native type of both databases, and how domain values
//! are stored in them.
//!
//! | type | PostgreSQL | SQLite | holds |
//! |---|---|---|---|
//! | [`Guid`] | `uuid` | 16-byte `BLOB` | [`Id`] |
//! | [`Stamp`] | `timestamptz` | `INTEGER`, microseconds since 1970 | [`Instant`] |
//! | [`Word`] | `text` | `TEXT` | the closed vocabularies of the domain |
//! | `Text` | `text` | `TEXT` | [`JsonText`], as JSON text |

use std::io::Write;

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, Queryable},
    expression::AsExpression,
    internal::derives::as_expression::Bound,
    pg::{Pg, PgValue},
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{BigInt, Binary, SingleValue, SqlType, Text},
    sqlite::Sqlite,
};
use domain::{
    Instant,
    id::{Id, IdKind},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// A UUID.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Guid;

/// An instant in UTC, in microseconds.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct Stamp;

/// One word of a closed vocabulary.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 25, array_oid = 1009))]
#[diesel(sqlite_type(name = "Text"))]
pub struct Word;

impl diesel::sql_types::SqlOrd for Guid {}
impl diesel::sql_types::SqlOrd for Stamp {}

/// A value on its way into a statement. Types of other crates cannot be made diesel expressions
/// directly (the trait and the type are both foreign), so every bound value and every field of a
/// record goes through this wrapper.
#[derive(Debug, Clone, Copy)]
pub struct Sql<T>(pub T);

impl<T> From<T> for Sql<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T, ST> AsExpression<ST> for Sql<T>
where
    ST: SqlType + diesel::expression::TypedExpressionType,
{
    type Expression = Bound<ST, T>;

    fn as_expression(self) -> Self::Expression {
        Bound::new(self.0)
    }
}

impl<T, ST, DB> ToSql<ST, DB> for Sql<T>
where
    T: ToSql<ST, DB>,
    DB: Backend,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

/// A record: the row of a table as a struct of domain values, for reading, inserting and updating.
macro_rules! record {
    ($(#[$doc:meta])* $table:ident: $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, diesel::Queryable, diesel::Selectable, diesel::Insertable, diesel::AsChangeset)]
        #[diesel(table_name = $crate::database::schema::$table, treat_none_as_null = true, treat_none_as_default_value = false)]
        pub struct $name {
            $($(#[$field_doc])* #[diesel(serialize_as = $crate::database::sql_types::Sql<$type>)] pub $field: $type,)*
        }

        columns!($table: $name { $($field: $type),* });

        impl $crate::database::row::NewRow for $name {
            fn add_if_new(self, c: &mut diesel::SqliteConnection) -> diesel::QueryResult<usize> {
                let insert = diesel::insert_into($crate::database::schema::$table::table)
                    .values(self)
                    .on_conflict_do_nothing();
                diesel::RunQueryDsl::execute(insert, c)
            }
        }
    };
}

/// A part of a record that is written over what is there: each field goes into the column of the
/// same name, `id` says where.
macro_rules! changes {
    ($(#[$doc:meta])* $table:ident: $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, diesel::AsChangeset)]
        #[diesel(table_name = $crate::database::schema::$table, treat_none_as_null = true)]
        pub struct $name {
            $($(#[$field_doc])* #[diesel(serialize_as = $crate::database::sql_types::Sql<$type>)] pub $field: $type,)*
        }

        columns!($table: $name { $($field: $type),* });
    };
}

/// Lets a value of another crate come out of a row.
macro_rules! column {
    ([$($generic:ident)?] $value:ty, $sql:ty) => {
        impl<DB: Backend, $($generic)?> Queryable<$sql, DB> for $value
        where
            $sql: SingleValue,
            Self: FromSql<$sql, DB>,
        {
            type Row = Self;
            fn build(row: Self) -> deserialize::Result<Self> {
                Ok(row)
            }
        }
    };
}

column!([K] Id<K>, Guid);

impl<K: IdKind> ToSql<Guid, Pg> for Id<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.uuid().as_bytes())?;
        Ok(IsNull::No)
    }
}
impl<K: IdKind> ToSql<Guid, Sqlite> for Id<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.uuid().as_bytes().to_vec());
        Ok(IsNull::No)
    }
}
impl<K> FromSql<Guid, Pg> for Id<K> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::from_uuid(Uuid::from_slice(value.as_bytes())?))
    }
}
impl<K> FromSql<Guid, Sqlite> for Id<K> {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?;
        Ok(Self::from_uuid(Uuid::from_slice(&bytes)?))
    }
}

column!([] Instant, Stamp);

/// PostgreSQL counts from 2000-01-01.
const PG_EPOCH_MICROS: i64 = 946_684_800_000_000;

impl ToSql<Stamp, Pg> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&(self.timestamp_micros() - PG_EPOCH_MICROS).to_be_bytes())?;
        Ok(IsNull::No)
    }
}
impl ToSql<Stamp, Sqlite> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.timestamp_micros());
        Ok(IsNull::No)
    }
}
impl FromSql<Stamp, Pg> for Instant {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let micros = i64::from_be_bytes(value.as_bytes().try_into()?);
        from_micros(
            micros
                .checked_add(PG_EPOCH_MICROS)
                .ok_or("instant out of range")?,
        )
    }
}
impl FromSql<Stamp, Sqlite> for Instant {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        from_micros(<i64 as FromSql<BigInt, Sqlite>>::from_sql(value)?)
    }
}

fn from_micros(micros: i64) -> deserialize::Result<Instant> {
    Instant::from_timestamp_micros(micros).ok_or_else(|| "instant out of range".into())
}

macro_rules! words {
    ($($value:ty),* $(,)?) => { $(
        column!([] $value, Word);

        impl ToSql<Word, Pg> for $value {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                write!(out, "{self}")?;
                Ok(IsNull::No)
            }
        }
        impl ToSql<Word, Sqlite> for $value {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                out.set_value(self.to_string());
                Ok(IsNull::No)
            }
        }
        impl FromSql<Word, Pg> for $value {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                Ok(std::str::from_utf8(value.as_bytes())?.parse()?)
            }
        }
        impl FromSql<Word, Sqlite> for $value {
            fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(<String as FromSql<Text, Sqlite>>::from_sql(value)?.parse()?)
            }
        }
    )* };
}

words! {
    domain::community::UserStatus,
    domain::community::Privacy,
    domain::community::CourseType,
    domain::community::CourseStatus,
    domain::community::Role,
    domain::community::MemberStatus,
    domain::feed::FeedState,
    domain::delivery::DeliveryState,
    domain::mail::MailKind,
    domain::mail::MailState,
    domain::outbound::request::Method,
    domain::outbound::request::Format,
}

/// A value stored as JSON text. Not for the data of events: those stay the bytes that came.
#[derive(Debug, Clone, Default, PartialEq, Eq, diesel::deserialize::FromSqlRow)]
pub struct JsonText<T>(pub T);

impl<T: Serialize + std::fmt::Debug> ToSql<Text, Pg> for JsonText<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}
impl<T: Serialize + std::fmt::Debug> ToSql<Text, Sqlite> for JsonText<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}
impl<T: DeserializeOwned> FromSql<Text, Pg> for JsonText<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_slice(value.as_bytes())?))
    }
}
impl<T: DeserializeOwned> FromSql<Text, Sqlite> for JsonText<T> {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(&<String as FromSql<
            Text,
            Sqlite,
        >>::from_sql(value)?)?))
    }
}
