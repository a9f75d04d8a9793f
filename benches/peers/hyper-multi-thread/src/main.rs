//! The measured routes on raw hyper and tokio's multi-thread (work-stealing) runtime.

use std::io;

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, runtime};

fn main() -> io::Result<()> {
    runtime::Builder::new_multi_thread()
        .worker_threads(peer_settings::workers())
        .enable_all()
        .build()?
        .block_on(serve())
}

async fn serve() -> io::Result<()> {
    let listener = TcpListener::from_std(peer_settings::shared_listener()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(
            http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service_fn(peer_hyper_service::answer)),
        );
    }
}
