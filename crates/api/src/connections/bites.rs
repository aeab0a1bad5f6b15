//! A connection that is read in small bites.

use std::{
    io,
    mem::take,
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf, Take};

/// Most bytes that the server gets before it looks at what it has. It takes up whatever it gets at
/// once, and a request that was taken up is some hundred times as large as the shortest one on the
/// wire: 128 KiB of those would be 14 MiB.
const BITE: u64 = 4096;

/// A stream that gives [`BITE`] bytes at most, and then nothing until it is asked again.
pub(crate) struct Bites {
    stream: Take<TcpStream>,
    /// The last bite was a whole one: the server comes to its senses first.
    pauses: bool,
}

impl Bites {
    pub(crate) fn of(stream: TcpStream) -> Self {
        Self {
            stream: stream.take(BITE),
            pauses: false,
        }
    }

    fn stream(self: Pin<&mut Self>) -> Pin<&mut TcpStream> {
        Pin::new(self.get_mut().stream.get_mut())
    }
}

impl AsyncRead for Bites {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if take(&mut self.pauses) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.stream.set_limit(BITE);
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        self.pauses = self.stream.limit() == 0;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Bites {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.get_ref().is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::{io::AsyncWriteExt, net::TcpListener};

    use super::*;

    #[tokio::test]
    async fn what_is_there_comes_in_bites_with_a_pause_after_each() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let mut bites = Bites::of(listener.accept().await.unwrap().0);
        let sent: Vec<u8> = (0..3 * BITE + 17).map(|n| n as u8).collect();
        peer.write_all(&sent).await.unwrap();
        peer.shutdown().await.unwrap();
        let (mut got, mut room, mut pauses) = (Vec::new(), vec![0; 1 << 20], 0);
        loop {
            let mut buf = ReadBuf::new(&mut room);
            let read = poll_fn(|cx| match Pin::new(&mut bites).poll_read(cx, &mut buf) {
                Poll::Pending if got.len() < sent.len() => Poll::Ready(None),
                read => read.map(Some),
            });
            match read.await {
                None => pauses += 1,
                Some(done) => done.unwrap(),
            }
            let bite = buf.filled();
            assert!(bite.len() <= BITE as usize);
            if bite.is_empty() && got.len() == sent.len() {
                break;
            }
            got.extend_from_slice(bite);
        }
        assert_eq!(got, sent);
        assert!(pauses >= 3, "{pauses}");
    }
}
