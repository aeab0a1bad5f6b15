//! How many calls of incoming webhooks a running Hookyard takes, and what they cost: `intake
//! --help`.
//!
//! Each round starts with a store of its own, in its own process. Cases: a user who is there and a
//! member already (`member`), a new user without a password (`new`), and `GET /health/live` as the
//! limit of plain HTTP on this machine (`limit`). The load comes from this process over keep-alive
//! connections, on the same cores.

mod hookyard;
mod load;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use hookyard::{Hookyard, Store};
use load::Measured;

/// Measures the intake of incoming webhooks.
#[derive(Debug, Parser)]
struct Arguments {
    /// The program to measure; build it with `cargo build --release`.
    #[arg(long, default_value = "target/release/hookyard")]
    binary: PathBuf,
    /// Where the calls are stored. PostgreSQL needs DATABASE_URL, of a user who may create
    /// databases.
    #[arg(long, value_enum, default_values_t = [Store::Sqlite, Store::Postgres])]
    store: Vec<Store>,
    /// Calls of one round.
    #[arg(long, default_value_t = 20_000)]
    calls: u32,
    /// Calls under way at once.
    #[arg(long, default_value_t = 64)]
    in_flight: usize,
    /// Rounds of each case; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Case {
    Limit,
    Member,
    New,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    // Only one is ever set.
    let _ = rustls::crypto::ring::default_provider().install_default();
    println!(
        "| store | case | calls/s (median; range) | p50 ms | p99 ms | CPU ms per call: hookyard, database |"
    );
    println!("|---|---|---|---|---|---|");
    for store in &arguments.store {
        for case in [Case::Limit, Case::Member, Case::New] {
            let mut rounds = Vec::new();
            for _ in 0..arguments.rounds {
                rounds.push(round(&arguments, *store, case).await?);
            }
            println!("{}", row(*store, case, rounds));
        }
    }
    Ok(())
}

async fn round(arguments: &Arguments, store: Store, case: Case) -> Result<Measured> {
    let hookyard = Hookyard::start(&arguments.binary, store).await?;
    let url = hookyard.webhook().await?;
    let live = format!("{}/health/live", hookyard.base);
    // Connections, caches and prepared statements are there before the clock runs.
    load::run(arguments.in_flight, arguments.in_flight as u32 * 4, |n| {
        load::call(&url, &member(n))
    })
    .await?;
    let before = hookyard.cpu();
    let measured = match case {
        Case::Limit => {
            load::run(arguments.in_flight, arguments.calls, |_| load::get(&live)).await?
        }
        Case::Member => {
            load::run(arguments.in_flight, arguments.calls, |n| {
                load::call(&url, &member(n))
            })
            .await?
        }
        Case::New => {
            load::run(arguments.in_flight, arguments.calls, |n| {
                load::call(&url, &format!("new{n}@example.org"))
            })
            .await?
        }
    };
    let spent = hookyard.cpu() - before;
    if case != Case::Limit {
        hookyard
            .expect_calls(arguments.calls + arguments.in_flight as u32 * 4)
            .await?;
    }
    Ok(Measured {
        cpu: spent,
        ..measured
    })
}

/// Some hundred users, each of whom is a member after the warming up.
fn member(n: u32) -> String {
    format!("member{}@example.org", n % 200)
}

fn row(store: Store, case: Case, mut rounds: Vec<Measured>) -> String {
    rounds.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    let (Some(least), Some(most), Some(median)) =
        (rounds.first(), rounds.last(), rounds.get(rounds.len() / 2))
    else {
        return String::new();
    };
    let per_call = |seconds: f64| seconds * 1000.0 / f64::from(median.calls);
    format!(
        "| {store:?} | {case:?} | {:.0} ({:.0}–{:.0}) | {:.1} | {:.1} | {:.3}, {:.3} |",
        median.per_second,
        least.per_second,
        most.per_second,
        median.p50,
        median.p99,
        per_call(median.cpu.hookyard),
        per_call(median.cpu.database),
    )
}
