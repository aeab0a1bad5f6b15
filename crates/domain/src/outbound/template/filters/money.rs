//! Money: integer minor units as decimal text. No number is ever a binary float here.

use minijinja::{Error, Value};

use super::refused;

/// Currencies whose minor unit is not a hundredth (ISO 4217), by their number of decimals.
const NONE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";
const FOUR: &str = "CLF UYW";
/// Of all others, and when no currency is named.
const HUNDREDTHS: u32 = 2;
/// Most decimals that an amount may be stored with.
const MAX_STORED: u32 = 9;

/// `7485|money("EUR")` is `74.85`, `7485|money("JPY")` is `7485`, `7485|money("KWD")` is `7.485`.
/// `stored` says how many decimals the integer has when that is not what the currency says: shops
/// that keep yen in hundredths use `money("JPY", 2)`.
pub(super) fn money(
    amount: &Value,
    currency: Option<&str>,
    stored: Option<u32>,
) -> Result<String, Error> {
    let decimals = currency.map_or(HUNDREDTHS, decimals);
    let stored = stored.unwrap_or(decimals);
    if stored > MAX_STORED {
        return Err(refused("an amount has at most 9 decimals"));
    }
    let units = rescale(integer(amount)?, stored, decimals)
        .ok_or_else(|| refused("the amount is too large"))?;
    let digits = format!(
        "{:0width$}",
        units.unsigned_abs(),
        width = decimals as usize + 1
    );
    let (whole, fraction) = digits
        .split_at_checked(digits.len() - decimals as usize)
        .unwrap_or((&digits, ""));
    let sign = if units < 0 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(format!("{sign}{whole}{point}{fraction}"))
}

/// The same without zeros at the end, as the incumbent writes it: `49`, `49.5`, `74.85`.
pub(super) fn money_short(
    amount: &Value,
    currency: Option<&str>,
    stored: Option<u32>,
) -> Result<String, Error> {
    let text = money(amount, currency, stored)?;
    if !text.contains('.') {
        return Ok(text);
    }
    Ok(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

fn decimals(currency: &str) -> u32 {
    let currency = currency.trim().to_ascii_uppercase();
    let is_one_of = |list: &str| list.split(' ').any(|code| code == currency);
    match () {
        () if is_one_of(NONE) => 0,
        () if is_one_of(THREE) => 3,
        () if is_one_of(FOUR) => 4,
        () => HUNDREDTHS,
    }
}

/// An integer, or the text of one.
fn integer(amount: &Value) -> Result<i128, Error> {
    let text = amount
        .as_str()
        .map(str::trim)
        .and_then(|text| text.parse().ok());
    let number = if amount.is_integer() {
        i128::try_from(amount.clone()).ok()
    } else {
        text
    };
    number.ok_or_else(|| refused("money is an integer of minor units"))
}

/// From one number of decimals to another; half a unit goes away from zero.
fn rescale(amount: i128, from: u32, to: u32) -> Option<i128> {
    if to >= from {
        return amount.checked_mul(10_i128.checked_pow(to - from)?);
    }
    let unit = 10_i128.checked_pow(from - to)?;
    let (whole, rest) = (amount.checked_div(unit)?, amount.checked_rem(unit)?);
    Some(
        if rest.unsigned_abs().checked_mul(2)? >= unit.unsigned_abs() {
            whole.checked_add(amount.signum())?
        } else {
            whole
        },
    )
}
