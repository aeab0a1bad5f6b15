//! A running Hookyard, on one of its two profiles.

use std::process::{ExitStatus, Output};

use tempfile::TempDir;
use testing::Database;

use crate::{Client, binary, broker::Broker, process::Running, settings::Settings, sqlite};

/// The admin key of every app.
pub const KEY: &str = "hyk_black-box-tests-0123456789abcdefghij";
const MASTER_KEY: &str = "dGVzdCBtYXN0ZXIga2V5IG9mIDMyIGJ5dGVzISEhISE=";

/// How Hookyard is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// `hookyard serve` on SQLite.
    Embedded,
    /// `hookyard api` and `hookyard worker` on PostgreSQL and RabbitMQ.
    Server,
}

impl Profile {
    /// So many days, as a statement subtracts them from an instant (see [`App::execute`]).
    pub fn days(self, days: u32) -> String {
        match self {
            Self::Embedded => format!("{days} * 86400000000"),
            Self::Server => format!("{days} * interval '1 day'"),
        }
    }
}

/// A part that can be killed and started again. In the embedded profile both are the same process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    Api,
    Worker,
}

/// The processes, their stores and a client. Dropping it ends and removes them all, in the order of
/// the fields.
#[derive(Debug)]
pub struct App {
    /// Speaks to the API with the admin key.
    pub api: Client,
    /// Where the health page of the server profile's worker is.
    worker: Option<String>,
    processes: Vec<(&'static str, Running)>,
    /// What was killed or stopped: its output still tells why a test failed.
    ended: Vec<Running>,
    /// What a restarted process is started with.
    pub settings: Settings,
    servers: Option<(Database, Broker)>,
    home: TempDir,
}

impl App {
    /// Starts with what the tests have in common: deliveries to 127.0.0.0/8 are allowed.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(profile: Profile) -> Self {
        Self::configured(profile, |_| ()).await
    }

    /// Starts with settings of the test's own.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn configured(profile: Profile, change: impl FnOnce(&mut Settings)) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let mut settings = common(&home);
        let servers = match profile {
            Profile::Embedded => None,
            Profile::Server => Some((Database::create().await, Broker::claim())),
        };
        if let Some((database, broker)) = &servers {
            settings
                .set("database.url", &database.url)
                .set("secrets.master_key", MASTER_KEY);
            settings
                .set("broker.url", &broker.url)
                .set("broker.namespace", &broker.namespace);
            settings.set("worker.listen", "127.0.0.1:0");
        }
        change(&mut settings);
        let mut app = Self {
            api: Client::new("", KEY),
            worker: None,
            processes: Vec::new(),
            ended: Vec::new(),
            settings,
            servers,
            home,
        };
        if profile == Profile::Server {
            app.succeeds(&["migrate"]);
        }
        let names: &[_] = if profile == Profile::Server {
            &["api", "worker"]
        } else {
            &["serve"]
        };
        app.processes = names.iter().map(|name| (*name, app.spawn(name))).collect();
        app.await_listening().await;
        app
    }

    /// SIGKILL.
    ///
    /// # Panics
    /// When the process had ended by itself.
    pub fn kill9(&mut self, process: Process) {
        self.process(process).1.kill();
    }

    /// SIGTERM; gives the exit status.
    ///
    /// # Panics
    /// When the process does not end.
    pub async fn stop(&mut self, process: Process) -> ExitStatus {
        self.process(process).1.terminate().await
    }

    /// Starts a process that was killed or stopped again, on the same stores.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn restart(&mut self, process: Process) {
        let name = self.process(process).0;
        let started = self.spawn(name);
        let ended = std::mem::replace(&mut self.process(process).1, started);
        self.ended.push(ended);
        self.await_listening().await;
    }

    /// What a process says about its readiness: status and body of `/health/ready`.
    ///
    /// # Panics
    /// When it does not answer with JSON.
    pub async fn readiness(&self, process: Process) -> (u16, serde_json::Value) {
        let api = self.api.base.clone();
        let base = self
            .worker
            .clone()
            .filter(|_| process == Process::Worker)
            .unwrap_or(api);
        let answer = reqwest::get(format!("{base}/health/ready"))
            .await
            .expect("the process answers");
        let status = answer.status().as_u16();
        let body = answer.bytes().await.expect("the answer has a body");
        (
            status,
            serde_json::from_slice(&body).expect("readiness is JSON"),
        )
    }

    /// What a process has logged.
    pub fn log(&mut self, process: Process) -> Vec<String> {
        self.process(process).1.lines()
    }

    /// Runs one of the binary's commands to its end, with the app's settings.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = binary::command(arguments, self.home.path());
        self.settings.apply(&mut command);
        command.output().expect("the binary starts")
    }

    /// Runs a command that must succeed; gives what it wrote to its standard output.
    ///
    /// # Panics
    /// When its exit status is not 0.
    pub fn succeeds(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (stdout, stderr) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(
            output.status.success(),
            "hookyard {}: {}\n{stdout}\n{stderr}",
            arguments.join(" "),
            output.status
        );
        stdout.into_owned()
    }

    /// The bus of the server profile.
    ///
    /// # Panics
    /// In the embedded profile.
    pub fn broker(&self) -> &Broker {
        &self
            .servers
            .as_ref()
            .expect("only the server profile has a bus")
            .1
    }

    /// Runs statements in the app's database: what no user of Hookyard can do, such as making rows
    /// old.
    ///
    /// # Panics
    /// When one fails.
    pub async fn execute(&self, statements: &str) {
        match &self.servers {
            Some((database, _)) => database.execute(statements).await,
            None => sqlite::execute(&self.file(), statements),
        }
    }

    /// What a query for one column named `text` finds in the app's database: what no user of
    /// Hookyard can see.
    ///
    /// # Panics
    /// When it fails.
    pub async fn texts(&self, query: &str) -> Vec<String> {
        match &self.servers {
            Some((database, _)) => {
                let rows = database.query(query).await;
                rows.iter().map(|row| row.get("text")).collect()
            }
            None => sqlite::texts(&self.file(), query),
        }
    }

    /// A folder of the test's own.
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// Where the embedded profile stores.
    fn file(&self) -> std::path::PathBuf {
        self.home.path().join("data/hookyard.db")
    }

    fn spawn(&self, name: &str) -> Running {
        let mut command = binary::command(&[name], self.home.path());
        self.settings.apply(&mut command);
        Running::start(command)
    }

    async fn await_listening(&mut self) {
        for (name, running) in &mut self.processes {
            let url = running.listening().await;
            match *name {
                "worker" => self.worker = Some(url),
                _ => self.api = Client::new(&url, KEY),
            }
        }
    }

    /// How many files and sockets a process has open.
    pub fn open_files(&self, process: Process) -> usize {
        self.running(process).open_files()
    }

    /// How much memory a process has now, in MiB.
    pub fn memory(&self, process: Process) -> usize {
        self.running(process).memory()
    }

    fn running(&self, process: Process) -> &Running {
        let last = self.processes.len() - 1;
        &self.processes[if process == Process::Api { 0 } else { last }].1
    }

    fn process(&mut self, process: Process) -> &mut (&'static str, Running) {
        let last = self.processes.len() - 1;
        &mut self.processes[if process == Process::Api { 0 } else { last }]
    }
}

fn common(home: &TempDir) -> Settings {
    let mut settings = Settings::default();
    settings
        .set("server.listen", "127.0.0.1:0")
        .set("log.format", "json")
        .set("auth.bootstrap_key", KEY);
    settings.set("data_dir", home.path().join("data").to_string_lossy());
    settings.set("delivery.allow_networks", "127.0.0.0/8");
    settings
}
