//! What is logged; a program by itself, because it takes the log of the whole process.
//!
//! A handler that blocks its worker is told of, with its route; errors are told with their causes, and
//! with the id that the client was told.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod errors;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use highper_app::{Application, Settings};
use highper_router::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log of this process, for all tests of it.
static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).init();
    log
});

impl Log {
    /// The line that has `text` in it, once it is there.
    async fn line(&self, text: &str) -> String {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let all = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            if let Some(line) = all.lines().find(|line| line.contains(text)) {
                return line.to_owned();
            }
            assert!(Instant::now() < end, "no line with `{text}` in:\n{all}");
            tokio::task::yield_now().await;
        }
    }
}

/// Starts it on a port of its own; the sender of the address, and where it comes out.
fn telling(application: Application) -> (Application, oneshot::Receiver<SocketAddr>) {
    let (tell, told) = oneshot::channel();
    let application = application
        .configure(|settings| settings.addresses = vec!["127.0.0.1:0".to_owned()])
        .on_listening(move |addresses| tell.send(addresses[0]).unwrap());
    (application, told)
}

/// Keeps its thread to itself.
#[allow(clippy::disallowed_methods, reason = "it is what the test is about")]
async fn block(Path(millis): Path<u64>) -> &'static str {
    std::thread::sleep(Duration::from_millis(millis));
    "late"
}

#[tokio::test]
async fn a_handler_that_blocks_its_worker_is_logged_with_its_route() {
    let log = &*LOG;
    let application = Application::with_settings(Settings::default())
        .configure(|settings| settings.block_threshold = Duration::from_millis(50))
        .routes(|router| router.get("/block/{millis}", block));
    let (application, told) = telling(application);
    let running = tokio::spawn(application.run());
    let mut client = TcpStream::connect(told.await.unwrap()).await.unwrap();
    client.write_all(b"GET /block/400 HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    assert!(client.read(&mut [0; 1024]).await.unwrap() > 0);
    let line = log.line("blocks this worker").await;
    assert!(line.contains("/block/{millis}") && line.contains("highper-worker-"), "{line}");
    running.abort();
}
