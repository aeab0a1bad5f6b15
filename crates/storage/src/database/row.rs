//! The columns of a record, in the order of its fields: what a bulk statement is made of. They come
//! from the record itself, so no column can be mistaken for another.

use diesel::{QueryResult, SqliteConnection, pg::Pg, query_builder::AstPass};

/// A record, or a part of one, whose fields are columns.
pub(crate) trait Row: Sized + 'static {
    const TABLE: &'static str;
    /// Its columns, in the order of its fields.
    const COLUMNS: &'static [&'static str];
    /// The SQL types of its columns, in the same order: what `RETURNING` and `SELECT` give.
    type SqlTypes;
    /// The values of many rows, one array for each column.
    type Arrays<'a>: ColumnArrays;

    fn arrays<'a>(rows: impl IntoIterator<Item = &'a Self>) -> Self::Arrays<'a>;
}

/// The SQL types of a record's columns.
pub(crate) type SqlTypes<R> = <R as Row>::SqlTypes;

/// Rows, column by column.
pub(crate) type Rows<'a, R> = <R as Row>::Arrays<'a>;

/// The arguments of UNNEST.
pub(crate) trait ColumnArrays: Send {
    /// Binds one array for each column, in the order of [`Row::COLUMNS`].
    fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()>;
}

/// A record that can be added.
pub(crate) trait NewRow: Row + Send {
    /// Adds it unless it is there; says how many rows were added.
    fn add_if_new(self, c: &mut SqliteConnection) -> QueryResult<usize>;
}

/// Makes a struct a [`Row`]: each field is the column of the same name.
macro_rules! columns {
    ($table:ident: $name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        const _: () = {
            use diesel::{QueryResult, dsl::SqlTypeOf, pg::Pg, query_builder::AstPass, sql_types::Array};
            use $crate::database::{row::{ColumnArrays, Row}, schema::$table};

            pub(crate) struct Arrays<'a> { $($field: Vec<&'a $type>,)* }

            impl Row for $name {
                const TABLE: &'static str = stringify!($table);
                const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];
                type SqlTypes = ($(SqlTypeOf<$table::$field>,)*);
                type Arrays<'a> = Arrays<'a>;

                fn arrays<'a>(rows: impl IntoIterator<Item = &'a Self>) -> Arrays<'a> {
                    let mut arrays = Arrays { $($field: Vec::new(),)* };
                    for row in rows {
                        $(arrays.$field.push(&row.$field);)*
                    }
                    arrays
                }
            }

            impl ColumnArrays for Arrays<'_> {
                fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
                    let mut commas = std::iter::once("").chain(std::iter::repeat(", "));
                    $(
                        out.push_sql(commas.next().unwrap_or(", "));
                        out.push_bind_param::<Array<SqlTypeOf<$table::$field>>, _>(&self.$field)?;
                    )*
                    Ok(())
                }
            }
        };
    };
}
