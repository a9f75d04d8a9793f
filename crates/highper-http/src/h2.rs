//! HTTP/2 by hyper, its limits set.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use bytes::BytesMut;
use highper_core::Handler;
use highper_net::Drain;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::Limits;
use crate::exchange;
use crate::h1::engine_io::EngineIo;
use crate::h1::framing::Framing;
use crate::h1::wire::Shared;
use crate::transport::Transport;

/// Serves one connection to its end.
pub(crate) async fn serve<H: Handler>(
    stream: Transport,
    first: BytesMut,
    handler: Arc<H>,
    limits: Arc<Limits>,
    drain: Drain,
) {
    let ends = stream.ends();
    let active = Arc::new(AtomicUsize::new(0));
    let service = service_fn(|request| {
        let (handler, limits) = (Arc::clone(&handler), Arc::clone(&limits));
        let guard = Active::new(&active);
        let request = exchange::receive(request, &limits, &ends);
        async move {
            let _guard = guard;
            Ok::<_, Infallible>(exchange::answer_h2(&*handler, request, &limits).await)
        }
    });
    let io = EngineIo(Shared::new(stream, first, Framing::Raw, Arc::clone(&limits)));
    let mut connection = pin!(builder(&limits).serve_connection(io, service));
    let mut draining = pin!(async {
        tokio::select! {
            () = drain.started() => {}
            () = idle(&active, &limits) => {}
        }
    });
    let result = tokio::select! {
        biased;
        () = &mut draining => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
        result = &mut connection => result,
    };
    if let Err(error) = result {
        tracing::debug!(%error, "HTTP/2 connection ended");
    }
}

fn builder(limits: &Limits) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.h2_streams)
        .initial_stream_window_size(limits.h2_stream_window)
        .initial_connection_window_size(limits.h2_connection_window)
        .max_header_list_size(u32::try_from(limits.header_size).unwrap_or(u32::MAX))
        .max_send_buf_size(limits.h2_stream_window as usize)
        .keep_alive_interval(limits.idle_timeout)
        .keep_alive_timeout(limits.header_timeout);
    builder
}

/// Resolves once there has been no request for the idle time-out, looked at twice in that time.
async fn idle(active: &AtomicUsize, limits: &Limits) {
    let mut quiet_looks = 0;
    while quiet_looks < 2 {
        tokio::time::sleep(limits.idle_timeout / 2).await;
        quiet_looks = if active.load(Relaxed) == 0 { quiet_looks + 1 } else { 0 };
    }
}

/// Counts a request while it lives.
struct Active(Arc<AtomicUsize>);

impl Active {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
