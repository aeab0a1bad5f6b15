//! Times in a time zone.

use std::fmt::Write;

use chrono::{
    DateTime, NaiveDate, NaiveDateTime, Utc,
    format::{Item, StrftimeItems},
};
use chrono_tz::Tz;
use minijinja::{Error, Value};

use super::refused;

const DEFAULT_FORMAT: &str = "%Y-%m-%d";
/// Most bytes of a format.
const MAX_FORMAT: usize = 200;

/// `"2026-03-14T23:05:12Z"|date("%d.%m.%Y", "Europe/Lisbon")` is `14.03.2026`. Understood are RFC
/// 3339, `YYYY-MM-DD HH:MM:SS` and `YYYY-MM-DD` in UTC, and whole seconds since 1970; what is no
/// time stays as it is. A zone that there is not (an event may name one) is UTC.
pub(super) fn date(
    value: &Value,
    format: Option<&str>,
    zone: Option<&str>,
) -> Result<Value, Error> {
    let Some(at) = instant(value) else {
        return Ok(value.clone());
    };
    let format = format.unwrap_or(DEFAULT_FORMAT);
    check(format, None).map_err(|_| refused("the format of a date cannot be used"))?;
    let zone = zone.and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC);
    let mut text = String::new();
    match write!(text, "{}", at.with_timezone(&zone).format(format)) {
        Ok(()) => Ok(Value::from(text)),
        Err(_) => Err(refused("the format of a date cannot be used")),
    }
}

/// Checks a format and a zone that are written down in a template.
pub(super) fn check(format: &str, zone: Option<&str>) -> Result<(), String> {
    if format.len() > MAX_FORMAT || StrftimeItems::new(format).any(|item| item == Item::Error) {
        return Err(
            "The format of a date is like \"%Y-%m-%d %H:%M\" (strftime), at most 200 bytes.".into(),
        );
    }
    match zone {
        Some(zone) if zone.parse::<Tz>().is_err() => Err(
            "The time zone is not one of the IANA database; use a name like \"Europe/Lisbon\"."
                .into(),
        ),
        _ => Ok(()),
    }
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    if value.is_integer() {
        return DateTime::from_timestamp(i64::try_from(value.clone()).ok()?, 0);
    }
    let text = value.as_str()?.trim();
    let naive = || NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok();
    let day = || {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()?
            .and_hms_opt(0, 0, 0)
    };
    let full = DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|at| at.to_utc());
    full.or_else(|| naive().or_else(day).map(|at| at.and_utc()))
}
