//! A way to write a PostgreSQL statement that diesel keeps prepared, whatever the length of its
//! arrays.

/// `statement!(Name<'a> { field: Type, … } -> Returned, "SQL ", (field: SqlType), " more SQL");`
macro_rules! statement {
    ($name:ident { $($field:ident : $type:ty),* $(,)? } -> $returns:ty, $($piece:tt),* $(,)?) => {
        struct $name<'a> { $($field: $type,)* _life: std::marker::PhantomData<&'a ()> }

        impl diesel::query_builder::QueryId for $name<'_> {
            type QueryId = $name<'static>;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl diesel::query_builder::Query for $name<'_> {
            type SqlType = $returns;
        }

        impl diesel::query_builder::QueryFragment<diesel::pg::Pg> for $name<'_> {
            fn walk_ast<'b>(&'b self, mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>) -> diesel::QueryResult<()> {
                $(statement!(@piece self, out, $piece);)*
                Ok(())
            }
        }
    };
    (@piece $self:ident, $out:ident, ($field:ident : $sql:ty)) => { $out.push_bind_param::<$sql, _>(&$self.$field)?; };
    (@piece $self:ident, $out:ident, $sql:literal) => { $out.push_sql($sql); };
}
