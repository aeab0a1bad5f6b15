//! Settings that are stored as one JSON text.

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql},
    pg::{Pg, PgValue},
    serialize::{self, IsNull, Output, ToSql},
    sql_types::Text,
    sqlite::Sqlite,
};
use serde::{Serialize, de::DeserializeOwned};

use super::error::{Error, Result};

/// A document in a column. One that this version cannot read is an error of its row, for those who
/// ask for it, and not of the statement that loads the row with others; written back, it stays as
/// it is.
#[derive(Debug, Clone, PartialEq, Eq, diesel::deserialize::FromSqlRow)]
pub enum Document<T> {
    Known(T),
    Unreadable { text: String, reason: String },
}

impl<T> Document<T> {
    /// What it says.
    ///
    /// # Errors
    /// [`Error::Internal`] for one that cannot be read.
    pub fn get(&self) -> Result<&T> {
        match self {
            Self::Known(value) => Ok(value),
            Self::Unreadable { reason, .. } => Err(Error::Internal(format!(
                "a stored document cannot be read: {reason}"
            ))),
        }
    }
}

impl<T: DeserializeOwned> Document<T> {
    fn read(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(value) => Self::Known(value),
            Err(error) => Self::Unreadable {
                text: text.to_owned(),
                reason: error.to_string(),
            },
        }
    }
}

impl<T: Serialize> Document<T> {
    fn text(&self) -> serde_json::Result<String> {
        match self {
            Self::Known(value) => serde_json::to_string(value),
            Self::Unreadable { text, .. } => Ok(text.clone()),
        }
    }
}

impl<T: Serialize + std::fmt::Debug> ToSql<Text, Pg> for Document<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        use std::io::Write;
        out.write_all(self.text()?.as_bytes())?;
        Ok(IsNull::No)
    }
}
impl<T: Serialize + std::fmt::Debug> ToSql<Text, Sqlite> for Document<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.text()?);
        Ok(IsNull::No)
    }
}
impl<T: DeserializeOwned> FromSql<Text, Pg> for Document<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::read(std::str::from_utf8(value.as_bytes())?))
    }
}
impl<T: DeserializeOwned> FromSql<Text, Sqlite> for Document<T> {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::read(&<String as FromSql<Text, Sqlite>>::from_sql(
            value,
        )?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_kept() {
        let read = Document::<Vec<i32>>::read;
        assert_eq!(read("[1, 2]"), Document::Known(vec![1, 2]));
        assert_eq!(read("[1, 2]").text().unwrap(), "[1,2]");
        let unreadable = read("[1, \"later\"]");
        assert_eq!(unreadable.text().unwrap(), "[1, \"later\"]");
        assert!(matches!(unreadable.get(), Err(Error::Internal(_))));
    }
}
