//! Lists: `?limit=` and `?cursor=` besides a list's own filters. A cursor is signed and bound to
//! its list (the path) and its filters, so that a forged one, or one of another list, is 400.

use std::future::Ready;

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::Invalid;
use serde::{Deserialize, de::DeserializeOwned};
use storage::{Page, PageStart as Start, Window};
use uuid::Uuid;

use super::query::from_pairs;
use crate::{Code, Problem, State, answer::List};

/// Entries of a page when none are asked for, and at most.
pub(crate) const PAGE: i64 = 25;
pub(crate) const MAX_PAGE: i64 = 100;

/// For lists that cannot be narrowed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoFilter {}

/// What of a list is wanted: the filters `F` (a struct with `deny_unknown_fields`) and the window.
#[derive(Debug)]
pub(crate) struct Listing<F = NoFilter> {
    pub(crate) filter: F,
    pub(crate) window: Window,
    cursors: Cursors,
}

impl<F> Listing<F> {
    /// The answer for a page; `key` is the id that orders the list.
    pub(crate) fn answer<T, U>(
        &self,
        page: Page<T>,
        key: impl Fn(&T) -> Uuid,
        view: impl FnMut(T) -> U,
    ) -> List<U> {
        let cursor = |row: Option<&T>, wanted: bool, side: fn(Uuid) -> Start| {
            row.filter(|_| wanted)
                .map(|row| self.cursors.write(side(key(row))))
        };
        let next_cursor = cursor(page.rows.last(), page.has_next, Start::After);
        let prev_cursor = cursor(page.rows.first(), page.has_prev, Start::Before);
        List {
            data: page.rows.into_iter().map(view).collect(),
            next_cursor,
            prev_cursor,
        }
    }
}

impl<F: DeserializeOwned> FromRequest for Listing<F> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = req
            .app_data::<Data<State>>()
            .ok_or_else(|| Problem::internal("the application has no state"));
        std::future::ready(state.and_then(|state| read(state, req.path(), req.query_string())))
    }
}

fn read<F: DeserializeOwned>(
    state: &State,
    path: &str,
    query: &str,
) -> Result<Listing<F>, Problem> {
    let (mut limit, mut cursor, mut filters) = (None, None, Vec::new());
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()).into_owned() {
        match name.as_str() {
            "limit" => limit = Some(value),
            "cursor" => cursor = Some(value),
            _ => filters.push((name, value)),
        }
    }
    let limit = limit.map_or(Ok(PAGE), |text| parse_limit(&text, MAX_PAGE))?;
    let filter = from_pairs(filters.iter().cloned())?;
    filters.sort();
    let cursors = Cursors {
        vault: state.vault.clone(),
        list: format!("{path}?{filters:?}"),
    };
    let from = cursor.map(|text| cursors.read(&text)).transpose()?;
    Ok(Listing {
        filter,
        window: Window { limit, from },
        cursors,
    })
}

fn parse_limit(text: &str, max: i64) -> Result<i64, Invalid> {
    match text.parse() {
        Ok(limit) if (1..=max).contains(&limit) => Ok(limit),
        _ => Err(Invalid::one(
            "limit",
            "out_of_range",
            format!("Use a number from 1 to {max}."),
        )),
    }
}

/// Writes and reads the cursors of one list.
struct Cursors {
    vault: domain::vault::Vault,
    /// Path and filters.
    list: String,
}

impl std::fmt::Debug for Cursors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.list)
    }
}

impl Cursors {
    fn write(&self, start: Start) -> String {
        let (side, id) = match start {
            Start::After(id) => (b'a', id),
            Start::Before(id) => (b'b', id),
        };
        let payload = [&[side], id.as_bytes().as_slice()].concat();
        let tag = self.vault.tag(&self.message(&payload));
        URL_SAFE_NO_PAD.encode([payload, tag.to_vec()].concat())
    }

    fn read(&self, text: &str) -> Result<Start, Problem> {
        self.open(text).ok_or_else(|| {
            Problem::new(Code::InvalidCursor)
                .detail("Use a cursor from an answer of this very list, with the same filters.")
        })
    }

    fn open(&self, text: &str) -> Option<Start> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (payload, tag) = bytes.split_at_checked(17)?;
        let (side, id) = payload.split_first()?;
        let id = Uuid::from_slice(id).ok()?;
        if !self.vault.verify(&self.message(payload), tag) {
            return None;
        }
        Some(if *side == b'a' {
            Start::After(id)
        } else {
            Start::Before(id)
        })
    }

    fn message(&self, payload: &[u8]) -> Vec<u8> {
        [b"cursor ", payload, self.list.as_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::vault::{MasterKey, Vault};

    #[test]
    fn a_cursor_opens_only_in_its_own_list() {
        let vault = Vault::new(&MasterKey::generate());
        let of = |list: &str| Cursors {
            vault: vault.clone(),
            list: list.into(),
        };
        let id = Uuid::now_v7();
        let cursor = of("/v1/spaces?[]").write(Start::Before(id));
        assert_eq!(of("/v1/spaces?[]").open(&cursor), Some(Start::Before(id)));
        assert_eq!(of("/v1/courses?[]").open(&cursor), None);
        let forged =
            URL_SAFE_NO_PAD.encode([b"a".as_slice(), id.as_bytes().as_slice(), &[0; 16]].concat());
        for text in ["", "AAAA", "%%%", &forged, &cursor[..cursor.len() - 2]] {
            assert_eq!(of("/v1/spaces?[]").open(text), None, "{text}");
        }
    }
}
