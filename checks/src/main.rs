//! Prints every rule that the sources of the workspace break; ends with 1 if there is one.

use std::{path::Path, process::ExitCode};

fn main() -> anyhow::Result<ExitCode> {
    let breaches = hookyard_checks::check(Path::new("."))?;
    let mut rule = "";
    for breach in &breaches {
        if breach.rule != rule {
            rule = breach.rule;
            eprintln!("broken: {rule}");
        }
        for place in &breach.places {
            eprintln!("    {place}");
        }
    }
    Ok(ExitCode::from(u8::from(!breaches.is_empty())))
}
