//! Keyset paging over ids: newest first, stable while rows come and go.

use uuid::Uuid;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// At most this many rows.
    pub limit: i64,
    /// Where to start; the row itself is left out.
    pub from: Option<PageStart>,
}

/// The side of a row on which a page lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStart {
    /// Rows that are older than this one.
    After(Uuid),
    /// Rows that are newer than this one.
    Before(Uuid),
}

/// Rows of a list, newest first.
#[derive(Debug)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// Whether older rows follow.
    pub has_next: bool,
    /// Whether newer rows precede.
    pub has_prev: bool,
}

impl Window {
    /// One row more than wanted is asked for: it tells whether the list goes on.
    pub(crate) fn fetch(&self) -> i64 {
        self.limit + 1
    }

    pub(crate) fn backwards(&self) -> bool {
        matches!(self.from, Some(PageStart::Before(_)))
    }

    /// Makes the page of rows that were fetched in the window's direction.
    pub(crate) fn page<T>(&self, mut rows: Vec<T>) -> Page<T> {
        // The row too many is the last that was fetched.
        let more = i64::try_from(rows.len()).is_ok_and(|count| count > self.limit);
        if more {
            rows.pop();
        }
        if self.backwards() {
            rows.reverse();
            return Page {
                rows,
                has_next: true,
                has_prev: more,
            };
        }
        Page {
            rows,
            has_next: more,
            has_prev: self.from.is_some(),
        }
    }
}

impl<T> Page<T> {
    /// The same page of other values.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(f).collect(),
            has_next: self.has_next,
            has_prev: self.has_prev,
        }
    }
}

/// An id of whatever kind orders the list.
pub(crate) type AnyId = domain::id::Id<AnyKind>;
pub(crate) enum AnyKind {}
impl domain::id::IdKind for AnyKind {
    const PREFIX: &'static str = "any";
}

/// Applies a window to a boxed query whose key column is a `Guid` that orders the list.
macro_rules! window {
    ($query:expr, $key:expr, $window:expr) => {{
        use diesel::ExpressionMethods as _;
        use diesel::QueryDsl as _;
        let window: &$crate::Window = $window;
        let query = $query.limit(window.fetch());
        match window.from {
            None => query.order($key.desc()),
            Some($crate::PageStart::After(id)) => query
                .filter($key.lt($crate::database::sql_types::Sql(
                    $crate::database::page::AnyId::from_uuid(id),
                )))
                .order($key.desc()),
            Some($crate::PageStart::Before(id)) => query
                .filter($key.gt($crate::database::sql_types::Sql(
                    $crate::database::page::AnyId::from_uuid(id),
                )))
                .order($key.asc()),
        }
    }};
}

/// A LIKE pattern (with `\` as its escape) for "contains this text".
pub(crate) fn contains(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
