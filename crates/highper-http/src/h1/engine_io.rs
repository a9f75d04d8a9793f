//! The wire as hyper's input and output.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};

use super::shared::{Exchange, Shared};

/// The engine's end of the wire.
pub(crate) struct EngineIo(pub(crate) Arc<Shared>);

impl Read for EngineIo {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.0.exchange() == Exchange::Waiting {
            return Poll::Pending;
        }
        let mut wire = self.0.wire();
        let read = wire.poll_read(cx, &mut buf);
        if wire.body_is_too_slow() && self.0.exchange() == Exchange::Handling {
            wire.time_out_body();
        }
        read
    }
}

impl Write for EngineIo {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.wire().poll_write(cx, bytes)
    }

    /// Of use where nothing is gathered: a frame's head and payload share a write, and a TLS record.
    fn is_write_vectored(&self) -> bool {
        self.0.wire().is_raw()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut wire = self.0.wire();
        if wire.is_raw() {
            return wire.poll_write_through(cx, slices);
        }
        let first = slices.iter().find(|slice| !slice.is_empty());
        wire.poll_write(cx, first.map_or(&[], |slice| slice))
    }

    /// The driver writes when the engine has nothing more to do. Another protocol has no driver.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut wire = self.0.wire();
        if wire.is_raw() { wire.poll_write_out(cx) } else { Poll::Ready(Ok(())) }
    }

    /// The driver ends an HTTP/1 connection, with a lingering close where one is needed.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut wire = self.0.wire();
        if wire.is_raw() { wire.stream().poll_shutdown(cx) } else { Poll::Ready(Ok(())) }
    }
}

impl Drop for EngineIo {
    fn drop(&mut self) {
        self.0.wire().engine_is_gone();
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use bytes::{Bytes, BytesMut};
    use highper_net::{Server, Stream, Topology};
    use http_body_util::{BodyExt, Full};
    use hyper::body::Incoming;
    use hyper::server::conn::http1;
    use hyper::service::service_fn;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;
    use crate::Limits;
    use crate::h1::framing::Framing;
    use crate::transport::Transport;

    /// Sees how much room the engine has to read into: all of its buffer, where nothing is in it.
    struct Seen {
        io: EngineIo,
        most: Arc<AtomicUsize>,
        last: Arc<AtomicUsize>,
    }

    impl Read for Seen {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            self.last.store(buf.remaining(), Relaxed);
            self.most.fetch_max(buf.remaining(), Relaxed);
            Pin::new(&mut self.io).poll_read(cx, buf)
        }
    }

    impl Write for Seen {
        fn poll_write(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.io).poll_write(cx, bytes)
        }

        fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.io.0.wire().poll_write_out(cx)
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.io).poll_shutdown(cx)
        }
    }

    #[tokio::test]
    async fn the_engines_read_buffer_stays_small_whatever_was_uploaded() {
        const UPLOAD: usize = 8_000_000;
        let (most, last) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let seen = (Arc::clone(&most), Arc::clone(&last));
        let server = Server::builder()
            .listen("127.0.0.1:0")
            .topology(Topology::PerCore { workers: 1 })
            .build()
            .unwrap();
        let (address, handle) = (server.local_addrs()[0], server.handle());
        tokio::spawn(server.run(move |stream, _| serve(stream, seen.clone())));
        let mut client = TcpStream::connect(address).await.unwrap();
        for _ in 0..2 {
            let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {UPLOAD}\r\n\r\n");
            client.write_all(head.as_bytes()).await.unwrap();
            client.write_all(&vec![b'x'; UPLOAD]).await.unwrap();
            let mut answer = [0; 1024];
            let read = client.read(&mut answer).await.unwrap();
            assert!(answer[..read].ends_with(UPLOAD.to_string().as_bytes()));
        }
        assert!(most.load(Relaxed) <= 32 * 1024, "{} bytes", most.load(Relaxed));
        assert!(last.load(Relaxed) <= 16 * 1024, "{} bytes while quiet", last.load(Relaxed));
        handle.stop();
    }

    /// Answers with the length of the body, the engine's own limit being its default, 408 KiB.
    async fn serve(stream: Stream, (most, last): (Arc<AtomicUsize>, Arc<AtomicUsize>)) {
        let (transport, limits) = (Transport::Plain(stream), Arc::<Limits>::default());
        let shared = Shared::new(transport, BytesMut::new(), Framing::new(), limits);
        let io = Seen { io: EngineIo(shared), most, last };
        let service = service_fn(|request: http::Request<Incoming>| async {
            let length = request.into_body().collect().await.unwrap().to_bytes().len();
            let answer = Full::new(Bytes::from(length.to_string()));
            Ok::<_, Infallible>(http::Response::new(answer))
        });
        // The client is gone at the end.
        let _ = http1::Builder::new().serve_connection(io, service).await;
    }
}
