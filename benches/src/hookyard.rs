//! A Hookyard to measure: its processes, its store, and the CPU time that both took.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use serde_json::{Value, json};
use testing::Database;

const KEY: &str = "hyk_benchmarks-0123456789abcdefghijklmnop";
const MASTER_KEY: &str = "dGVzdCBtYXN0ZXIga2V5IG9mIDMyIGJ5dGVzISEhISE=";

/// Where it stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Store {
    Sqlite,
    Postgres,
}

/// CPU seconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cpu {
    pub hookyard: f64,
    /// Of PostgreSQL's processes; SQLite's are Hookyard's.
    pub database: f64,
}

impl std::ops::Sub for Cpu {
    type Output = Self;
    fn sub(self, before: Self) -> Self {
        Self {
            hookyard: self.hookyard - before.hookyard,
            database: self.database - before.database,
        }
    }
}

/// A running `hookyard serve` (SQLite) or `hookyard api` (PostgreSQL). It ends with this value, and
/// after it its store.
pub(crate) struct Hookyard {
    pub base: String,
    child: Child,
    database: Option<Database>,
    _home: tempfile::TempDir,
}

impl Hookyard {
    pub(crate) async fn start(binary: &Path, store: Store) -> Result<Self> {
        let home = tempfile::tempdir()?;
        let binary = binary
            .canonicalize()
            .with_context(|| format!("{} is not there", binary.display()))?;
        let database = match store {
            Store::Sqlite => None,
            Store::Postgres => Some(Database::create().await),
        };
        let command = |word: &str| {
            let mut command = Command::new(&binary);
            command
                .arg(word)
                .current_dir(home.path())
                .env("HOOKYARD__SERVER__LISTEN", "127.0.0.1:0");
            command
                .env("HOOKYARD__AUTH__BOOTSTRAP_KEY", KEY)
                .env("HOOKYARD__LOG__FORMAT", "json");
            command.env("HOOKYARD__INTAKE__MAX_CALLS_PER_MINUTE", "0");
            if let Some(database) = &database {
                command.env("HOOKYARD__DATABASE__URL", &database.url);
                command.env("HOOKYARD__SECRETS__MASTER_KEY", MASTER_KEY);
            }
            command
        };
        if database.is_some() {
            ensure!(
                command("migrate")
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status()?
                    .success(),
                "hookyard migrate failed"
            );
        }
        let word = if database.is_some() { "api" } else { "serve" };
        let mut child = command(word)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let base = listening(&mut child)?;
        Ok(Self {
            base,
            child,
            database,
            _home: home,
        })
    }

    /// An incoming webhook that adds to one space; gives its URL.
    pub(crate) async fn webhook(&self) -> Result<String> {
        let space = self.post("/v1/spaces", &json!({"title": "Lobby"})).await?;
        let body = json!({"name": "Shop", "add_space_ids": [space.get("id")]});
        let webhook = self.post("/v1/incoming-webhooks", &body).await?;
        Ok(webhook
            .get("url")
            .and_then(Value::as_str)
            .context("a URL")?
            .to_owned())
    }

    /// Fails unless so many calls are in the log's count.
    pub(crate) async fn expect_calls(&self, calls: u32) -> Result<()> {
        let request = reqwest::Client::new()
            .get(format!("{}/v1/incoming-webhooks", self.base))
            .bearer_auth(KEY);
        let list: Value = serde_json::from_str(&request.send().await?.text().await?)?;
        let counted = list.pointer("/data/0/call_count").and_then(Value::as_u64);
        ensure!(
            counted == Some(calls.into()),
            "{calls} calls were answered with 200, but {counted:?} are counted"
        );
        Ok(())
    }

    /// What Hookyard and the database have taken so far.
    pub(crate) fn cpu(&self) -> Cpu {
        let database = self.database.as_ref().map_or(0.0, |database| {
            processes_named(&database.name)
                .into_iter()
                .map(cpu_of)
                .sum()
        });
        Cpu {
            hookyard: cpu_of(self.child.id()),
            database,
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = reqwest::Client::new()
            .post(format!("{}{path}", self.base))
            .bearer_auth(KEY);
        let answer = request
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path}: {status}: {text}");
        Ok(serde_json::from_str(&text)?)
    }
}

impl Drop for Hookyard {
    fn drop(&mut self) {
        // Both fail only for a child that is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the log until it says where the process listens; then keeps it flowing.
fn listening(child: &mut Child) -> Result<String> {
    let mut lines = BufReader::new(child.stderr.take().context("a pipe")?).lines();
    for line in lines.by_ref() {
        let line: Value = serde_json::from_str(&line?).unwrap_or_default();
        if let Some(url) = ["/listening", "/fields/listening"]
            .into_iter()
            .find_map(|at| line.pointer(at)?.as_str())
        {
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(url.to_owned());
        }
    }
    bail!("hookyard ended before it listened")
}

/// PostgreSQL names the database in the title of each of its processes.
fn processes_named(database: &str) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_ours = |pid: &u32| {
        let title = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        title.starts_with(b"postgres") && String::from_utf8_lossy(&title).contains(database)
    };
    pids.filter(is_ours).collect()
}

/// User and system time of a process, in seconds (proc(5): in hundredths, after the name in
/// parentheses).
fn cpu_of(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat
        .rsplit_once(')')
        .map_or("", |(_, rest)| rest)
        .split_whitespace();
    fields
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}
