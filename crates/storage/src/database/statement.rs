//! A way to write a PostgreSQL statement that diesel keeps prepared, whatever the length of its
//! arrays.

use diesel::{pg::Pg, query_builder::AstPass};

use super::row::Row;

/// `statement!(Name<'a> { field: Type, … } -> SqlTypes, piece, piece, …);`
///
/// | piece | becomes |
/// |---|---|
/// | `"SQL"` | itself |
/// | `(field: SqlType)` | the value of a field |
/// | `[columns Record]`, `[columns Record of "t"]` | `id, name, …`, `t.id, t.name, …` |
/// | `[arrays field]` | an array for each column, of a field of type `Rows<'a, Record>` |
/// | `[assign Record from "t" without "id" …]` | `name = t.name, …` |
macro_rules! statement {
    ($name:ident $(<$life:lifetime>)? { $($field:ident : $type:ty),* $(,)? } -> $returns:ty, $($piece:tt),* $(,)?) => {
        struct $name $(<$life>)? { $($field: $type,)* }

        impl $(<$life>)? diesel::query_builder::QueryId for $name $(<$life>)? {
            type QueryId = statement!(@static $name $(<$life>)?);
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl $(<$life>)? diesel::query_builder::Query for $name $(<$life>)? {
            type SqlType = $returns;
        }

        impl $(<$life>)? diesel::query_builder::QueryFragment<diesel::pg::Pg> for $name $(<$life>)? {
            fn walk_ast<'b>(&'b self, mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>) -> diesel::QueryResult<()> {
                $(statement!(@piece self, out, $piece);)*
                Ok(())
            }
        }
    };
    (@static $name:ident) => { $name };
    (@static $name:ident <$life:lifetime>) => { $name<'static> };
    (@piece $self:ident, $out:ident, $sql:literal) => { $out.push_sql($sql); };
    (@piece $self:ident, $out:ident, ($field:ident : $sql:ty)) => { $out.push_bind_param::<$sql, _>(&$self.$field)?; };
    (@piece $self:ident, $out:ident, [columns $row:ident]) => {
        $crate::database::statement::push_columns::<$row>(&mut $out, None);
    };
    (@piece $self:ident, $out:ident, [columns $row:ident of $table:literal]) => {
        $crate::database::statement::push_columns::<$row>(&mut $out, Some($table));
    };
    (@piece $self:ident, $out:ident, [arrays $field:ident]) => {
        $crate::database::row::ColumnArrays::push(&$self.$field, &mut $out)?;
    };
    (@piece $self:ident, $out:ident, [assign $row:ident from $table:literal without $($key:literal)*]) => {
        $crate::database::statement::push_assignments::<$row>(&mut $out, $table, &[$($key),*]);
    };
}

/// `id, name, …`, or `t.id, t.name, …`.
pub(crate) fn push_columns<R: Row>(out: &mut AstPass<'_, '_, Pg>, table: Option<&str>) {
    for (n, column) in R::COLUMNS.iter().enumerate() {
        if n > 0 {
            out.push_sql(", ");
        }
        if let Some(table) = table {
            out.push_sql(table);
            out.push_sql(".");
        }
        out.push_sql(column);
    }
}

/// `name = t.name, …` for all columns but the keys.
pub(crate) fn push_assignments<R: Row>(out: &mut AstPass<'_, '_, Pg>, table: &str, keys: &[&str]) {
    let changed = R::COLUMNS.iter().filter(|column| !keys.contains(column));
    for (n, column) in changed.enumerate() {
        if n > 0 {
            out.push_sql(", ");
        }
        out.push_sql(column);
        out.push_sql(" = ");
        out.push_sql(table);
        out.push_sql(".");
        out.push_sql(column);
    }
}
