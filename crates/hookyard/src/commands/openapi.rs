//! `hookyard openapi`: what `openapi/openapi.json` is made with.

use crate::{exit::CommandError, output};

pub(super) fn run() -> Result<(), CommandError> {
    let document = serde_json::to_string_pretty(&api::openapi())?;
    output::line(document)?;
    Ok(())
}
