//! `hookyard openapi`: what `openapi/openapi.json` is made with.

use std::io::Write;

use crate::exit::CommandError;

pub(super) fn run() -> Result<(), CommandError> {
    let document = serde_json::to_string_pretty(&api::openapi())?;
    writeln!(std::io::stdout().lock(), "{document}")?;
    Ok(())
}
