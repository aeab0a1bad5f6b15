//! A port on which each connection is served as a test says, down to the bytes.

use std::{
    net::{SocketAddr, TcpListener},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use tokio::{
    net::TcpStream,
    sync::{oneshot, watch},
};

type Serve = dyn Fn(TcpStream) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

/// Listens until it is dropped, on a thread of its own: a test that blocks does not stop it.
pub struct Listener {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    open: watch::Receiver<usize>,
    stop: Option<(oneshot::Sender<()>, thread::JoinHandle<()>)>,
}

impl Listener {
    /// Serves each connection as `serve` does, on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn start<F>(serve: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::start_on(SocketAddr::from(([127, 0, 0, 1], 0)), serve)
    }

    /// The same at an address of the test's choice.
    ///
    /// # Panics
    /// When it is in use.
    pub fn start_on<F>(
        address: SocketAddr,
        serve: impl Fn(TcpStream) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(address).expect("the address is free");
        let address = listener.local_addr().expect("a bound address");
        let connections = Arc::new(AtomicUsize::new(0));
        let (open_now, open) = watch::channel(0);
        let (stop, stopped) = oneshot::channel();
        let (counted, serve): (_, Arc<Serve>) = (
            connections.clone(),
            Arc::new(move |stream| Box::pin(serve(stream))),
        );
        let thread = thread::spawn(move || run(listener, &counted, open_now, &serve, stopped));
        Self {
            address,
            connections,
            open,
            stop: Some((stop, thread)),
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Connections that were made so far.
    pub fn connections(&self) -> usize {
        self.connections.load(SeqCst)
    }

    /// Waits until every connection has ended.
    ///
    /// # Panics
    /// When one stays open.
    pub async fn all_closed(&self) {
        let mut open = self.open.clone();
        let closed = open.wait_for(|open| *open == 0);
        tokio::time::timeout(Duration::from_secs(10), closed)
            .await
            .expect("a connection stays open")
            .expect("the listener runs");
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.stop.take() {
            // It fails when the thread panicked, and then the test has said so already.
            let _ = stop.send(());
            let _ = thread.join();
        }
    }
}

/// Accepts until it is stopped. Connections end with the runtime.
fn run(
    listener: TcpListener,
    counted: &AtomicUsize,
    open_now: watch::Sender<usize>,
    serve: &Arc<Serve>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime starts").block_on(async {
        listener
            .set_nonblocking(true)
            .expect("a socket can be told not to block");
        let listener = tokio::net::TcpListener::from_std(listener).expect("the socket is ours");
        let accepting = async {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, SeqCst);
                open_now.send_modify(|open| *open += 1);
                let (serving, open_now) = (serve(stream), open_now.clone());
                tokio::spawn(async move {
                    serving.await;
                    open_now.send_modify(|open| *open -= 1);
                });
            }
        };
        tokio::select! {
            () = accepting => {}
            _ = stopped => {}
        }
    });
}
