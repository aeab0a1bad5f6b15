//! A real SMTP server on a port of its own, which accepts and refuses as it is told and keeps what it got.

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard},
    thread::JoinHandle,
};

use mail_parser::{Address, MessageParser};
use mailin::{Action, AuthMechanism, Handler, Response, SessionBuilder, response};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{oneshot, watch},
};

use crate::wait::{PATIENCE, until};

/// A mail that was accepted.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The envelope's.
    pub recipients: Vec<String>,
    /// Of the header To: name and address.
    pub to: (Option<String>, String),
    /// Of the header From.
    pub from: (Option<String>, String),
    pub subject: String,
    pub text: String,
    pub html: String,
    pub message_id: String,
    pub content_type: String,
    /// As it came.
    pub raw: String,
}

impl Mail {
    /// The token of the link in the text.
    ///
    /// # Panics
    /// When there is none.
    pub fn token(&self) -> String {
        let link = self.text.lines().find(|line| line.contains("token=")).unwrap_or_else(|| panic!("no link: {}", self.text));
        link.rsplit("token=").next().expect("a last part").trim().to_owned()
    }
}

struct Shared {
    mails: Mutex<Vec<Mail>>,
    refusals: Mutex<VecDeque<u16>>,
    refused: watch::Sender<usize>,
    login: Option<(String, String)>,
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
        let mut server = Self::down();
        server.up();
        server
    }

    /// One that lets nobody send without this user and password.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn with_login(user: &str, password: &str) -> Self {
        let mut server = Self::make(Some((user.to_owned(), password.to_owned())));
        server.up();
        server
    }

    /// One that is not there yet: connections are refused, and nobody else gets the port.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn down() -> Self {
        Self::make(None)
    }

    fn make(login: Option<(String, String)>) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
        let address = socket.local_addr().expect("a bound address");
        let shared = Shared {
            mails: Mutex::default(),
            refusals: Mutex::default(),
            refused: watch::Sender::new(0),
            login,
            open: watch::Sender::new(true),
            connections: watch::Sender::new(0),
        };
        Self { address, shared: Arc::new(shared), socket: Some(socket), thread: None }
    }

    /// Begins to listen.
    ///
    /// # Panics
    /// When it listened already.
    pub fn up(&mut self) {
        let (socket, shared) = (self.socket.take().expect("it is down"), self.shared.clone());
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
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
        match &self.shared.login {
            Some((user, password)) => format!("smtp://{user}:{password}@{}", self.address),
            None => format!("smtp://{}", self.address),
        }
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

    /// Waits until somebody has connected this often.
    ///
    /// # Panics
    /// When nobody does.
    pub async fn connected(&self, times: usize) {
        until("somebody connects to the mail server", PATIENCE, async || {
            (*self.shared.connections.borrow() >= times).then_some(())
        })
        .await;
    }

    /// Waits until at least `count` mails were accepted, and gives all.
    ///
    /// # Panics
    /// When they do not come.
    pub async fn wait_for(&self, count: usize) -> Vec<Mail> {
        let what = format!("{count} mails at the mail server");
        until(&what, PATIENCE, async || Some(self.mails()).filter(|mails| mails.len() >= count)).await
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
        tokio::spawn(async move { drop(converse(stream, peer.ip(), shared).await) });
    }
}

async fn converse(stream: TcpStream, peer: IpAddr, shared: Arc<Shared>) -> io::Result<()> {
    let mut open = shared.open.subscribe();
    if open.wait_for(|open| *open).await.is_err() {
        return Ok(());
    }
    let mut builder = SessionBuilder::new("mail.example.org");
    if shared.login.is_some() {
        builder.enable_auth(AuthMechanism::Plain).insecure_enable_plaintext_auth();
    }
    let client = Sender { shared, recipients: Vec::new(), data: Vec::new() };
    let mut session = builder.build(peer, client);
    let mut stream = BufReader::new(stream);
    stream.write_all(&session.greeting().buffer()?).await?;
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line).await? > 0 {
        let answer = session.process(&line);
        stream.write_all(&answer.buffer()?).await?;
        if answer.action == Action::Close {
            return Ok(());
        }
        line.clear();
    }
    Ok(())
}

/// One client, as its session sees it.
struct Sender {
    shared: Arc<Shared>,
    recipients: Vec<String>,
    data: Vec<u8>,
}

impl Handler for Sender {
    fn mail(&mut self, _: IpAddr, _: &str, _: &str) -> Response {
        self.recipients.clear();
        self.data.clear();
        response::OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        if let Some(code) = lock(&self.shared.refusals).pop_front() {
            self.shared.refused.send_modify(|count| *count += 1);
            return Response::custom(code, "refused by the test".into());
        }
        self.recipients.push(to.to_owned());
        response::OK
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        self.data.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        lock(&self.shared.mails).push(parse(&self.recipients, &self.data));
        response::OK
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        match &self.shared.login {
            Some((known, secret)) if known == user && secret == password => response::AUTH_OK,
            _ => response::INVALID_CREDENTIALS,
        }
    }
}

fn parse(recipients: &[String], data: &[u8]) -> Mail {
    let message = MessageParser::default().parse(data).expect("a message");
    let body = |body: Option<std::borrow::Cow<'_, str>>| body.unwrap_or_default().into_owned();
    Mail {
        recipients: recipients.to_vec(),
        to: person(message.to()),
        from: person(message.from()),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: body(message.body_text(0)),
        html: body(message.body_html(0)),
        message_id: message.message_id().unwrap_or_default().to_owned(),
        content_type: message.header_raw("Content-Type").unwrap_or_default().trim().to_owned(),
        raw: String::from_utf8_lossy(data).into_owned(),
    }
}

fn person(address: Option<&Address<'_>>) -> (Option<String>, String) {
    let first = address.and_then(Address::first).expect("somebody");
    (first.name().map(str::to_owned), first.address().unwrap_or_default().to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no other holder panicked")
}
