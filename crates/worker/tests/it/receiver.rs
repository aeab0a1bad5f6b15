//! A receiver: a small HTTP/1.1 server that keeps what it gets and answers what the test says.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) at: std::time::Instant,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map_or("", |(_, value)| value)
    }
}

/// What it answers: a status, or a status once [`Receiver::open`] was called.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Now(u16),
    Held(u16),
}

type Rule = Arc<dyn Fn(usize, &Got) -> Answer + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) port: u16,
    got: Arc<Mutex<Vec<Got>>>,
    gate: watch::Sender<bool>,
}

impl Receiver {
    /// Answers by a rule that sees how many requests came before, and the request.
    pub(crate) async fn start(
        rule: impl Fn(usize, &Got) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let receiver = Self {
            port,
            got: Arc::default(),
            gate: watch::Sender::new(false),
        };
        let (this, rule): (Self, Rule) = (receiver.clone(), Arc::new(rule));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(this.clone().serve(stream, rule.clone()));
            }
        });
        receiver
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.got.lock().unwrap().len()
    }

    /// Lets every held answer go, and those to come.
    pub(crate) fn open(&self) {
        self.gate.send_replace(true);
    }

    async fn serve(self, mut stream: TcpStream, rule: Rule) {
        let mut buffer = Vec::new();
        while let Some(request) = read(&mut stream, &mut buffer).await {
            let answer = {
                let mut got = self.got.lock().unwrap();
                let answer = rule(got.len(), &request);
                got.push(request);
                answer
            };
            let status = match answer {
                Answer::Now(status) => status,
                Answer::Held(status) => {
                    let _ = self.gate.subscribe().wait_for(|open| *open).await;
                    status
                }
            };
            let head = format!("HTTP/1.1 {status} X\r\nContent-Length: 2\r\nX-Seen: yes\r\n\r\nok");
            if stream.write_all(head.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Got> {
    let head_end = loop {
        if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
        more(stream, buffer).await?;
    };
    let head = String::from_utf8(buffer[..head_end].to_vec()).unwrap();
    buffer.drain(..head_end + 4);
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(n, _)| n == "content-length")
        .map_or(0, |(_, v)| v.parse().unwrap());
    while buffer.len() < length {
        more(stream, buffer).await?;
    }
    let body = buffer.drain(..length).collect();
    Some(Got {
        method,
        target,
        headers,
        body,
        at: std::time::Instant::now(),
    })
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<()> {
    match stream.read_buf(buffer).await {
        Ok(n) if n > 0 => Some(()),
        _ => None,
    }
}
