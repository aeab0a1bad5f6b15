//! One client's talk with the server.

use std::{
    io,
    net::IpAddr,
    sync::{Arc, atomic::Ordering},
};

use mailin::{Action, AuthMechanism, Handler, Response, Session, SessionBuilder, response};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::{Encryption, Shared, lock};

/// Speaks with one client to the end.
pub(super) async fn converse(
    stream: TcpStream,
    peer: IpAddr,
    shared: Arc<Shared>,
) -> io::Result<()> {
    let mut open = shared.open.subscribe();
    if open.wait_for(|open| *open).await.is_err() {
        return Ok(());
    }
    let mut builder = SessionBuilder::new("mail.example.org");
    if shared.login.is_some() {
        builder.enable_auth(AuthMechanism::Plain);
    }
    match shared.tls.as_ref().map(|tls| tls.encryption) {
        Some(Encryption::StartTls) => builder.enable_start_tls(),
        Some(Encryption::Implicit) | None => builder.insecure_enable_plaintext_auth(),
    };
    let mut session = builder.build(
        peer,
        Sender {
            shared: shared.clone(),
            recipients: Vec::new(),
            data: Vec::new(),
        },
    );
    let greeting = session.greeting().buffer()?;
    let Some(tls) = &shared.tls else {
        return talk(stream, &mut session, &greeting).await.map(drop);
    };
    match tls.encryption {
        Encryption::Implicit => talk(tls.acceptor.accept(stream).await?, &mut session, &greeting)
            .await
            .map(drop),
        Encryption::StartTls => {
            let Some(stream) = talk(stream, &mut session, &greeting).await? else {
                return Ok(());
            };
            let stream = tls.acceptor.accept(stream).await?;
            session.tls_active();
            talk(stream, &mut session, &[]).await.map(drop)
        }
    }
}

/// Talks until the end; gives the stream back when the client wants it encrypted.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    session: &mut Session<Sender>,
    greeting: &[u8],
) -> io::Result<Option<S>> {
    let mut stream = BufReader::new(stream);
    stream.write_all(greeting).await?;
    stream.flush().await?;
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line).await? > 0 {
        let answer = session.process(&line);
        stream.write_all(&answer.buffer()?).await?;
        stream.flush().await?;
        match answer.action {
            Action::Close => return Ok(None),
            Action::UpgradeTls => return Ok(Some(stream.into_inner())),
            _ => line.clear(),
        }
    }
    Ok(None)
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
        lock(&self.shared.mails).push(super::mail::parse(&self.recipients, &self.data));
        response::OK
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        self.shared.logins.fetch_add(1, Ordering::Relaxed);
        match &self.shared.login {
            Some((known, secret)) if known == user && secret == password => response::AUTH_OK,
            _ => response::INVALID_CREDENTIALS,
        }
    }
}
