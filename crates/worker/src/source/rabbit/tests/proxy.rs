//! A way to the broker that the test can cut, close and clog.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

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

/// How long an answer of a slow broker takes.
const DELAY: Duration = Duration::from_millis(5);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Open,
    /// What the broker says takes a while, and is counted.
    Slow,
    /// Bytes are taken and go nowhere.
    Clogged,
    /// Connections are closed as soon as they come.
    Closed,
}

pub(super) struct Proxy {
    state: Arc<watch::Sender<State>>,
    cut: watch::Sender<u64>,
    answers: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Begins in this state; the bus that is returned goes this way.
    pub(super) async fn before(bus: &Bus, state: State) -> (Self, Bus) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(watch::channel(state).0);
        let (cut, answers) = (watch::channel(0).0, Arc::<AtomicUsize>::default());
        let task = tokio::spawn(serve(
            listener,
            bus.uri.clone(),
            state.clone(),
            cut.subscribe(),
            answers.clone(),
        ));
        let mut through = bus.clone();
        through.uri.authority.host = address.ip().to_string();
        through.uri.authority.port = address.port();
        let proxy = Self {
            state,
            cut,
            answers,
            task,
        };
        (proxy, through)
    }

    pub(super) fn set(&self, state: State) {
        self.state.send_replace(state);
    }

    /// How often the broker answered while it was slow.
    pub(super) fn answers(&self) -> usize {
        self.answers.load(Ordering::Relaxed)
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
    answers: Arc<AtomicUsize>,
) {
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        if *state.borrow() == State::Closed {
            continue;
        }
        let far = TcpStream::connect((broker.authority.host.as_str(), broker.authority.port))
            .await
            .unwrap();
        let (state, mut cut, answers) = (state.subscribe(), cut.clone(), answers.clone());
        cut.mark_unchanged();
        connections.spawn(async move {
            let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
            tokio::select! {
                () = pump(near_in, far_out, state.clone(), None) => {}
                () = pump(far_in, near_out, state, Some(&answers)) => {}
                _ = cut.changed() => {}
            }
        });
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: watch::Receiver<State>,
    answers: Option<&AtomicUsize>,
) {
    let mut buffer = [0; 4096];
    while let Ok(bytes @ 1..) = from.read(&mut buffer).await {
        let now = *state.borrow();
        if let (State::Slow, Some(answers)) = (now, answers) {
            tokio::time::sleep(DELAY).await;
            answers.fetch_add(1, Ordering::Relaxed);
        }
        let passes = matches!(now, State::Open | State::Slow);
        if passes && to.write_all(&buffer[..bytes]).await.is_err() {
            return;
        }
    }
}
