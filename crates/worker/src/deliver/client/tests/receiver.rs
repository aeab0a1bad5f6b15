//! A receiver whose every byte the test decides.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    open: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Serves each connection as `behave` does.
    pub(super) async fn start<F>(behave: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::start_on("127.0.0.1:0".parse().unwrap(), behave).await
    }

    /// The same at an address of the test's choice.
    pub(super) async fn start_on<F>(
        address: SocketAddr,
        behave: impl Fn(TcpStream) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (counted, (open_now, open)) = (connections.clone(), watch::channel(0));
        let (behave, open_now) = (Arc::new(behave), Arc::new(open_now));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, SeqCst);
                open_now.send_modify(|open| *open += 1);
                let (behave, open_now) = (behave.clone(), open_now.clone());
                tokio::spawn(async move {
                    behave(stream).await;
                    open_now.send_modify(|open| *open -= 1);
                });
            }
        });
        Self {
            address,
            connections,
            open,
            task,
        }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Connections that were made so far.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(SeqCst)
    }

    /// Waits until every connection has ended.
    pub(super) async fn all_closed(mut self) {
        let closed = self.open.wait_for(|open| *open == 0);
        tokio::time::timeout(Duration::from_secs(10), closed)
            .await
            .expect("a connection stays open")
            .unwrap();
    }

    /// Frees the port.
    pub(super) async fn stop(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// The next request, head and body; `None` when the client closed.
pub(super) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(request).unwrap();
    let length = head
        .to_ascii_lowercase()
        .split("content-length: ")
        .nth(1)
        .map_or(0, |rest| {
            rest.split("\r\n").next().unwrap().parse().unwrap()
        });
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(head + &String::from_utf8(body).unwrap())
}

/// Writes an answer with a length.
pub(super) async fn answer(
    stream: &mut (impl AsyncWrite + Unpin),
    status: &str,
    headers: &[&str],
    body: &[u8],
) {
    let headers: String = headers
        .iter()
        .flat_map(|header| [*header, "\r\n"])
        .collect();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream
        .write_all(&[head.as_bytes(), body].concat())
        .await
        .unwrap();
}
