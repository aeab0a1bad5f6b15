//! A child process whose output is kept, and shown when its test fails.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread::JoinHandle,
};

use testing::wait::{PATIENCE, until};

/// How many lines are shown when a test fails.
const SHOWN: usize = 120;

type Lines = Arc<Mutex<Vec<String>>>;

/// A running child. Dropping it kills it.
#[derive(Debug)]
pub struct Running {
    name: String,
    child: Child,
    lines: Lines,
    readers: Vec<JoinHandle<()>>,
}

impl Running {
    /// Starts a command.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(mut command: Command) -> Self {
        let name = format!(
            "hookyard {}",
            command
                .get_args()
                .map(|a| a.to_string_lossy())
                .collect::<Vec<_>>()
                .join(" ")
        );
        let piped = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = piped
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let lines = Lines::default();
        let stdout = child.stdout.take().map(|pipe| keep(pipe, lines.clone()));
        let stderr = child.stderr.take().map(|pipe| keep(pipe, lines.clone()));
        Self {
            name,
            child,
            lines,
            readers: stdout.into_iter().chain(stderr).collect(),
        }
    }

    /// Every line that the child has written so far.
    ///
    /// # Panics
    /// When a reader panicked.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("no reader panics").clone()
    }

    /// Waits until a log line says where the child listens (field `listening`), and gives that URL.
    ///
    /// # Panics
    /// When the child ends or says nothing.
    pub async fn listening(&mut self) -> String {
        let what = format!("`{}` says where it listens", self.name);
        until(&what, PATIENCE, async || {
            let found = self.lines().iter().find_map(|line| listening(line));
            let ended = self.child.try_wait().expect("a child can be asked");
            assert!(
                found.is_some() || ended.is_none(),
                "`{}` ended at once: {ended:?}",
                self.name
            );
            found
        })
        .await
    }

    /// How much memory the child has now, in MiB.
    ///
    /// # Panics
    /// When the child is gone.
    pub fn memory(&self) -> usize {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("a child's status can be read");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
        kib.expect("the status tells it") / 1024
    }

    /// How many files and sockets the child has open.
    ///
    /// # Panics
    /// When the child is gone.
    pub fn open_files(&self) -> usize {
        let path = format!("/proc/{}/fd", self.child.id());
        std::fs::read_dir(path)
            .expect("a child's files can be listed")
            .count()
    }

    /// SIGKILL, and waits until the child is gone.
    ///
    /// # Panics
    /// When the child was gone already.
    pub fn kill(&mut self) {
        let ended = self.child.try_wait().expect("a child can be asked");
        assert!(
            ended.is_none(),
            "`{}` ended by itself: {ended:?}",
            self.name
        );
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a killed child ends");
    }

    /// SIGTERM; gives the exit status.
    ///
    /// # Panics
    /// When the child does not end.
    pub async fn terminate(&mut self) -> ExitStatus {
        let sent = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "no SIGTERM for `{}`",
            self.name
        );
        self.ended().await
    }

    /// Waits until the child has ended by itself.
    ///
    /// # Panics
    /// When it does not.
    pub async fn ended(&mut self) -> ExitStatus {
        let what = format!("`{}` ends", self.name);
        until(&what, PATIENCE, async || {
            self.child.try_wait().expect("a child can be asked")
        })
        .await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only for a child that is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.readers
            .drain(..)
            .for_each(|reader| drop(reader.join()));
        if std::thread::panicking() {
            let lines = self.lines();
            let end = lines
                .get(lines.len().saturating_sub(SHOWN)..)
                .unwrap_or_default();
            eprintln!(
                "--- {}: the last of {} lines ---\n{}",
                self.name,
                lines.len(),
                end.join("\n")
            );
        }
    }
}

fn keep(pipe: impl Read + Send + 'static, lines: Lines) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            lines.lock().expect("no reader panics").push(line);
        }
    })
}

fn listening(line: &str) -> Option<String> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    let field = [&line["listening"], &line["fields"]["listening"]]
        .into_iter()
        .find_map(|value| value.as_str());
    field.map(str::to_owned)
}
