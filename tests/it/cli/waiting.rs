//! Processes that are started before their database.

use std::{net::SocketAddr, path::Path};

use hookyard_tests::{Database, PATIENCE, binary, process::Running, settings::Settings, until};
use serde_json::{Value, json};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinHandle,
};
use url::Url;

/// A database, and settings that look for it at a port where nobody listens yet.
struct Later {
    home: tempfile::TempDir,
    settings: Settings,
    database: Database,
    port: TcpSocket,
    address: SocketAddr,
}

impl Later {
    async fn prepare() -> Self {
        let home = tempfile::tempdir().unwrap();
        let database = Database::create().await;
        // Bound, so that it is nobody else's.
        let port = TcpSocket::new_v4().unwrap();
        port.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = port.local_addr().unwrap();
        let mut settings = Settings::default();
        settings
            .set("database.url", &database.url)
            .set("data_dir", home.path().join("data").to_string_lossy())
            .set("server.listen", "127.0.0.1:0")
            .set("worker.listen", "127.0.0.1:0")
            .set("broker.url", "amqp://guest:guest@127.0.0.1:1")
            .set("log.format", "json")
            .set(
                "secrets.master_key",
                "dGVzdCBtYXN0ZXIga2V5IG9mIDMyIGJ5dGVzISEhISE=",
            );
        Self {
            home,
            settings,
            database,
            port,
            address,
        }
    }

    fn migrated(self) -> Self {
        let done = super::run(self.home.path(), &self.settings, &["migrate"]);
        assert!(done.status.success(), "{}", super::stderr(&done));
        self
    }

    /// What the processes are told: the port instead of the database.
    fn url(&self) -> String {
        let mut url = Url::parse(&self.database.url).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        url.into()
    }

    fn start(&self, name: &str) -> Running {
        start(self.home.path(), &self.settings, &self.url(), name)
    }

    /// From now on, what comes to the port goes to the database.
    fn open(self) -> (Database, tempfile::TempDir, JoinHandle<()>) {
        let listener = self.port.listen(64).unwrap();
        let url = Url::parse(&self.database.url).unwrap();
        let server = (
            url.host_str().unwrap().to_owned(),
            url.port().unwrap_or(5432),
        );
        let proxy = tokio::spawn(forward(listener, server));
        (self.database, self.home, proxy)
    }
}

async fn forward(listener: TcpListener, server: (String, u16)) {
    while let Ok((mut client, _)) = listener.accept().await {
        let server = server.clone();
        tokio::spawn(async move {
            if let Ok(mut server) = TcpStream::connect(server).await {
                // Either end may leave.
                let _ = copy_bidirectional(&mut client, &mut server).await;
            }
        });
    }
}

fn start(home: &Path, settings: &Settings, url: &str, name: &str) -> Running {
    let mut settings = settings.clone();
    settings.set("database.url", url);
    let mut command = binary::command(&[name], home);
    settings.apply(&mut command);
    Running::start(command)
}

/// Waits until the process says that it waits, and gives that line.
async fn says_that_it_waits(process: &Running, address: SocketAddr) -> Value {
    let line = until("it says that it waits", PATIENCE, async || {
        let lines = process.lines();
        let told = |line: &&String| line.contains("the database cannot be reached");
        lines.iter().find(told).cloned()
    })
    .await;
    let line: Value = serde_json::from_str(&line).unwrap();
    let field = |name: &str| [&line[name], &line["fields"][name]].map(Value::clone);
    assert!(field("level").contains(&json!("WARN")), "{line}");
    assert!(
        field("server").contains(&json!(address.to_string())),
        "{line}"
    );
    assert!(
        line.to_string().contains("refused") && !line.to_string().contains("postgres://"),
        "{line}"
    );
    line
}

#[tokio::test]
async fn processes_wait_for_a_database_that_comes_up_later() {
    let later = Later::prepare().await.migrated();
    let mut processes = [later.start("api"), later.start("worker")];
    for process in &processes {
        says_that_it_waits(process, later.address).await;
    }
    let _opened = later.open();
    let url = processes[0].listening().await;
    processes[1].listening().await;
    let ready = reqwest::get(format!("{url}/health/ready")).await.unwrap();
    assert_eq!(ready.status().as_u16(), 200);
}

#[tokio::test]
async fn a_process_that_waits_for_its_database_can_be_stopped() {
    let later = Later::prepare().await;
    let mut process = later.start("api");
    says_that_it_waits(&process, later.address).await;
    let status = process.terminate().await;
    assert_eq!(status.code(), Some(1));
    until("it says why it ends", PATIENCE, async || {
        let told = "told to stop before the database could be reached";
        process
            .lines()
            .iter()
            .any(|line| line.contains(told))
            .then_some(())
    })
    .await;
}

/// Waiting does not mend these, and a short command does not wait.
#[tokio::test]
async fn what_waiting_does_not_mend_ends_at_once() {
    let later = Later::prepare().await;
    let mut behind = later.settings.clone();
    let unmigrated = super::run(later.home.path(), &behind, &["api"]);
    assert!(
        super::stderr(&unmigrated).contains("run: hookyard migrate"),
        "{unmigrated:?}"
    );
    let mut url = Url::parse(&later.database.url).unwrap();
    url.set_path("no_such_database");
    behind.set("database.url", url.as_str());
    let refused = super::run(later.home.path(), &behind, &["api"]);
    assert!(
        super::stderr(&refused).contains("no_such_database"),
        "{refused:?}"
    );
    behind.set("database.url", later.url());
    let short = super::run(later.home.path(), &behind, &["keys", "list"]);
    for ended in [&unmigrated, &refused, &short] {
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    }
    assert!(!super::stdout(&short).contains("waiting for it"));
}
