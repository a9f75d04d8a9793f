//! Providers start in order, before the first request, and end in reverse, after the last.

use std::sync::{Arc, Mutex};

use highper_app::{Application, Settings};
use highper_core::{BoxError, BoxFuture, Container, ContainerBuilder, ServiceProvider};
use rustix::process::{Signal, getpid, kill_process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What happened, in order.
#[derive(Clone, Debug, Default)]
struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    fn note(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }
}

#[derive(Debug)]
struct Department {
    name: &'static str,
    diary: Diary,
}

impl ServiceProvider for Department {
    fn name(&self) -> &'static str {
        self.name
    }

    fn register(&self, _: &mut ContainerBuilder) {
        self.diary.note(format!("register {}", self.name));
    }

    fn boot<'a>(&'a self, _: &'a Container) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            tokio::task::yield_now().await;
            self.diary.note(format!("boot {}", self.name));
            Ok(())
        })
    }

    fn shutdown<'a>(&'a self, _: &'a Container) -> BoxFuture<'a, ()> {
        Box::pin(async {
            tokio::task::yield_now().await;
            self.diary.note(format!("shutdown {}", self.name));
        })
    }
}

#[tokio::test]
async fn providers_start_in_order_and_end_in_reverse() {
    let diary = Diary::default();
    let mut settings = Settings::default();
    settings.addresses = vec!["127.0.0.1:0".to_owned()];
    let (told, address) = tokio::sync::oneshot::channel();
    let (listening, answering) = (diary.clone(), diary.clone());
    let application = Application::with_settings(settings)
        .provider(Department { name: "till", diary: diary.clone() })
        .provider(Department { name: "shelf", diary: diary.clone() })
        .routes(|router| {
            router.get("/", move || {
                answering.note("answer");
                std::future::ready(())
            })
        })
        .on_listening(move |addresses| {
            listening.note("listen");
            told.send(addresses[0]).unwrap();
        });
    let client = async {
        let mut stream = TcpStream::connect(address.await.unwrap()).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
        kill_process(getpid(), Signal::TERM).unwrap();
    };
    let (outcome, ()) = tokio::join!(application.run(), client);
    outcome.unwrap();
    assert_eq!(
        *diary.0.lock().unwrap(),
        [
            "register till",
            "register shelf",
            "boot till",
            "boot shelf",
            "listen",
            "answer",
            "shutdown shelf",
            "shutdown till",
        ]
    );
}

#[derive(Debug)]
struct Closed;

impl ServiceProvider for Closed {
    fn register(&self, _: &mut ContainerBuilder) {}

    fn boot<'a>(&'a self, _: &'a Container) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(std::future::ready(Err("it is Sunday".into())))
    }
}

#[tokio::test]
async fn providers_that_have_started_end_when_another_does_not_start() {
    let diary = Diary::default();
    let mut settings = Settings::default();
    settings.addresses = vec!["127.0.0.1:0".to_owned()];
    let outcome = Application::with_settings(settings)
        .provider(Department { name: "till", diary: diary.clone() })
        .provider(Closed)
        .run()
        .await;
    assert!(outcome.unwrap_err().to_string().contains("it is Sunday"));
    assert_eq!(*diary.0.lock().unwrap(), ["register till", "boot till", "shutdown till"]);
}
