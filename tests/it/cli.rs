//! The command line.

mod commands;
mod demo;
mod doctor;
mod embedded;
mod master_key;
mod output;
mod prune;
mod usage;
mod waiting;

use std::{path::Path, process::Output};

use hookyard_tests::{binary, settings::Settings};

/// Runs the binary in a folder with these settings.
fn run(folder: &Path, settings: &Settings, arguments: &[&str]) -> Output {
    let mut command = binary::command(arguments, folder);
    settings.apply(&mut command);
    command.output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
