//! A real SMTP server on a port of its own, which accepts and refuses as it is told and keeps what
//! it got.

mod mail;
mod session;
mod tls;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
};

pub use mail::Mail;
pub use tls::Encryption;
use tls::Tls;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::{oneshot, watch},
};

use testing::wait::{PATIENCE, until};

struct Shared {
    mails: Mutex<Vec<Mail>>,
    refusals: Mutex<VecDeque<u16>>,
    refused: watch::Sender<usize>,
    login: Option<(String, String)>,
    logins: AtomicUsize,
    tls: Option<Tls>,
    open: watch::Sender<bool>,
    /// Who has connected so far.
    connections: watch::Sender<usize>,
}

/// The server.
pub struct MailServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Holds the port while nobody listens.
    socket: Option<TcpSocket>,
    thread: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl MailServer {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn start() -> Self {
        Self::running(None, None)
    }

    /// One that lets nobody send without this user and password.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn with_login(user: &str, password: &str) -> Self {
        Self::running(Some((user.to_owned(), password.to_owned())), None)
    }

    /// One whose clients must log in, on an encrypted connection.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn encrypted(encryption: Encryption, user: &str, password: &str) -> Self {
        Self::running(
            Some((user.to_owned(), password.to_owned())),
            Some(Tls::new(encryption)),
        )
    }

    /// One that is not there yet: connections are refused, and nobody else gets the port.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn down() -> Self {
        Self::make(None, None)
    }

    fn running(login: Option<(String, String)>, tls: Option<Tls>) -> Self {
        let mut server = Self::make(login, tls);
        server.up();
        server
    }

    fn make(login: Option<(String, String)>, tls: Option<Tls>) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket
            .bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .expect("a free port");
        let address = socket.local_addr().expect("a bound address");
        let shared = Shared {
            mails: Mutex::default(),
            refusals: Mutex::default(),
            refused: watch::Sender::new(0),
            login,
            logins: AtomicUsize::new(0),
            tls,
            open: watch::Sender::new(true),
            connections: watch::Sender::new(0),
        };
        Self {
            address,
            shared: Arc::new(shared),
            socket: Some(socket),
            thread: None,
        }
    }

    /// Begins to listen.
    ///
    /// # Panics
    /// When it listened already.
    pub fn up(&mut self) {
        let (socket, shared) = (self.socket.take().expect("it is down"), self.shared.clone());
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime starts");
            runtime.block_on(async move {
                let listener = socket.listen(128).expect("the port is ours");
                tokio::select! {
                    () = accept(listener, shared) => {}
                    _ = stopped => {}
                }
            });
        });
        self.thread = Some((stop, thread));
    }

    /// What `mail.url` has to be.
    pub fn url(&self) -> String {
        let login = self
            .shared
            .login
            .as_ref()
            .map_or_else(String::new, |(user, password)| {
                format!("{user}:{password}@")
            });
        match self.shared.tls.as_ref().map(|tls| tls.encryption) {
            None => format!("smtp://{login}{}", self.address),
            Some(Encryption::Implicit) => format!("smtps://{login}{}", self.address),
            Some(Encryption::StartTls) => format!("smtp://{login}{}?tls=required", self.address),
        }
    }

    /// The file with the certificate that a client has to trust.
    ///
    /// # Panics
    /// When the server is not encrypted.
    pub fn certificate(&self) -> &std::path::Path {
        self.shared
            .tls
            .as_ref()
            .expect("an encrypted server")
            .file()
    }

    /// The next recipients are refused with these codes.
    pub fn refuse(&self, codes: impl IntoIterator<Item = u16>) {
        lock(&self.shared.refusals).extend(codes);
    }

    /// From now on nobody is greeted.
    pub fn hold(&self) {
        self.shared.open.send_replace(false);
    }

    /// Everybody who waits is greeted.
    pub fn release(&self) {
        self.shared.open.send_replace(true);
    }

    /// Every mail that was accepted, in order.
    pub fn mails(&self) -> Vec<Mail> {
        lock(&self.shared.mails).clone()
    }

    /// How many recipients were refused.
    pub fn refused(&self) -> usize {
        *self.shared.refused.borrow()
    }

    /// How often somebody tried to log in, rightly or wrongly.
    pub fn logins(&self) -> usize {
        self.shared.logins.load(Ordering::Relaxed)
    }

    /// Waits until somebody has connected this often.
    ///
    /// # Panics
    /// When nobody does.
    pub async fn connected(&self, times: usize) {
        until(
            "somebody connects to the mail server",
            PATIENCE,
            async || (*self.shared.connections.borrow() >= times).then_some(()),
        )
        .await;
    }

    /// Waits until at least `count` mails were accepted, and gives all.
    ///
    /// # Panics
    /// When they do not come.
    pub async fn wait_for(&self, count: usize) -> Vec<Mail> {
        let what = format!("{count} mails at the mail server");
        until(&what, PATIENCE, async || {
            Some(self.mails()).filter(|mails| mails.len() >= count)
        })
        .await
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.thread.take() {
            // Fails only for a thread that has ended.
            let _ = stop.send(());
            drop(thread.join());
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, peer)) = listener.accept().await {
        let shared = shared.clone();
        shared.connections.send_modify(|count| *count += 1);
        // A client that breaks off is the client's business.
        tokio::spawn(async move { drop(session::converse(stream, peer.ip(), shared).await) });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no other holder panicked")
}
