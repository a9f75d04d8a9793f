//! The measured routes on raw hyper, one current-thread runtime and listener per worker.

use std::{io, thread};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, runtime};

fn main() -> io::Result<()> {
    for _ in 1..peer_settings::workers() {
        thread::spawn(work);
    }
    work()
}

fn work() -> io::Result<()> {
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve())
}

async fn serve() -> io::Result<()> {
    let listener = TcpListener::from_std(peer_settings::shared_listener()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        // No pipeline_flush: it withholds an answer while part of the next head is buffered.
        tokio::spawn(
            http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service_fn(peer_hyper_service::answer)),
        );
    }
}
