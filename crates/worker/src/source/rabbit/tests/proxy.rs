//! A way to the broker that the test can cut, close and clog.

use std::sync::Arc;

use lapin::uri::AMQPUri;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use super::super::Bus;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Open,
    /// Bytes are taken and go nowhere.
    Clogged,
    /// Connections are closed as soon as they come.
    Closed,
}

pub(super) struct Proxy {
    state: Arc<watch::Sender<State>>,
    cut: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Begins in this state; the bus that is returned goes this way.
    pub(super) async fn before(bus: &Bus, state: State) -> (Self, Bus) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(watch::channel(state).0);
        let cut = watch::channel(0).0;
        let task = tokio::spawn(serve(
            listener,
            bus.uri.clone(),
            state.clone(),
            cut.subscribe(),
        ));
        let mut through = bus.clone();
        through.uri.authority.host = address.ip().to_string();
        through.uri.authority.port = address.port();
        (Self { state, cut, task }, through)
    }

    pub(super) fn set(&self, state: State) {
        self.state.send_replace(state);
    }

    /// Closes every connection that there is.
    pub(super) fn cut(&self) {
        self.cut.send_modify(|cut| *cut += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    listener: TcpListener,
    broker: AMQPUri,
    state: Arc<watch::Sender<State>>,
    cut: watch::Receiver<u64>,
) {
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        if *state.borrow() == State::Closed {
            continue;
        }
        let far = TcpStream::connect((broker.authority.host.as_str(), broker.authority.port))
            .await
            .unwrap();
        let (state, mut cut) = (state.subscribe(), cut.clone());
        cut.mark_unchanged();
        connections.spawn(async move {
            let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
            tokio::select! {
                () = pump(near_in, far_out, state.clone()) => {}
                () = pump(far_in, near_out, state) => {}
                _ = cut.changed() => {}
            }
        });
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, state: watch::Receiver<State>) {
    let mut buffer = [0; 4096];
    while let Ok(bytes @ 1..) = from.read(&mut buffer).await {
        if *state.borrow() == State::Open && to.write_all(&buffer[..bytes]).await.is_err() {
            return;
        }
    }
}
