//! Where errors are told besides the log.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use highper_app::{AppHandler, Application, Settings};
use highper_core::{BoxFuture, Error, ErrorReport, ErrorReporter, Handler, Reported, Request};

/// Notes what it is told, under its name.
#[derive(Clone, Debug)]
struct Notebook {
    name: &'static str,
    then: Reported,
    notes: Notes,
}

type Notes = Arc<Mutex<Vec<(&'static str, ErrorReport)>>>;

impl ErrorReporter for Notebook {
    fn report<'a>(&'a self, report: &'a ErrorReport) -> BoxFuture<'a, Reported> {
        self.notes.lock().unwrap().push((self.name, report.clone()));
        Box::pin(std::future::ready(self.then))
    }
}

/// Panics where it should tell.
#[derive(Debug)]
struct Falling;

impl ErrorReporter for Falling {
    fn report<'a>(&'a self, _: &'a ErrorReport) -> BoxFuture<'a, Reported> {
        panic!("the line is dead")
    }
}

/// Never comes to an end.
#[derive(Debug)]
struct Endless;

impl ErrorReporter for Endless {
    fn report<'a>(&'a self, _: &'a ErrorReport) -> BoxFuture<'a, Reported> {
        Box::pin(pending())
    }
}

fn application() -> Application {
    Application::with_settings(Settings::default()).routes(|router| {
        router
            .get("/broken", async || {
                Err::<(), _>(Error::internal("no stock").with_code("no_stock"))
            })
            .get("/panics", async || -> &'static str { panic!("the tray fell down") })
            .get("/wrong", async || Err::<(), _>(Error::bad_request("wrong")))
    })
}

fn notebook(name: &'static str, then: Reported, notes: &Notes) -> Notebook {
    Notebook { name, then, notes: Arc::clone(notes) }
}

async fn ask(handler: &AppHandler, paths: &[&'static str]) {
    for path in paths {
        handler.call(Request::get(path)).await;
    }
}

async fn wait_for(notes: &Notes, count: usize) -> Vec<(&'static str, ErrorReport)> {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let noted = notes.lock().unwrap().clone();
        if noted.len() >= count {
            return noted;
        }
        assert!(Instant::now() < end, "{noted:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn every_server_error_and_panic_is_reported_once() {
    let notes = Notes::default();
    let application = application().error_reporter(notebook("a", Reported::Next, &notes));
    let handler = application.into_handler().unwrap();
    ask(&handler, &["/broken", "/broken", "/wrong", "/nowhere", "/broken", "/panics", "/panics"])
        .await;
    let noted = wait_for(&notes, 2).await;
    assert_eq!(noted.len(), 2);
    let (broken, panicked) = (&noted[0].1, &noted[1].1);
    assert_eq!((broken.status, broken.code, broken.is_panic), (500, Some("no_stock"), false));
    assert_eq!(broken.causes, ["no stock"]);
    assert_eq!((broken.route, broken.id.len()), (Some("/broken"), 16));
    assert!(broken.place.contains("error_reporters.rs:"));
    assert!(panicked.is_panic && panicked.causes == ["panicked: the tray fell down"]);
    assert!(panicked.place.contains("error_reporters.rs:"), "{}", panicked.place);
}

#[tokio::test]
async fn the_last_added_hears_of_it_first_and_may_keep_it_to_itself() {
    let notes = Notes::default();
    let handler = application()
        .error_reporter(notebook("first", Reported::Last, &notes))
        .last_error_reporter(notebook("never", Reported::Next, &notes))
        .error_reporter(notebook("second", Reported::Next, &notes))
        .into_handler()
        .unwrap();
    ask(&handler, &["/broken", "/panics"]).await;
    let names: Vec<_> = wait_for(&notes, 4).await.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["second", "first", "second", "first"]);
}

#[tokio::test(start_paused = true)]
async fn reporters_that_fail_or_never_end_keep_neither_others_nor_answers_waiting() {
    let notes = Notes::default();
    let handler = application()
        .error_reporter(notebook("after both", Reported::Next, &notes))
        .error_reporter(Endless)
        .error_reporter(Falling)
        .into_handler()
        .unwrap();
    ask(&handler, &["/broken"]).await;
    assert_eq!(wait_for(&notes, 1).await[0].0, "after both");
}

#[tokio::test]
async fn what_was_not_told_yet_is_told_before_the_end() {
    let notes = Notes::default();
    let (tell, told) = tokio::sync::oneshot::channel();
    let application = application()
        .error_reporter(notebook("a", Reported::Next, &notes))
        .configure(|settings| {
            settings.addresses = vec!["127.0.0.1:0".to_owned()];
            settings.lame_duck = Duration::ZERO;
        })
        .on_listening(move |addresses| tell.send(addresses[0]).unwrap());
    let running = tokio::spawn(application.run());
    let address = told.await.unwrap();
    let mut client = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = b"GET /broken HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut client, request).await.unwrap();
    tokio::io::AsyncReadExt::read_to_end(&mut client, &mut Vec::new()).await.unwrap();
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM)
        .unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(notes.lock().unwrap().len(), 1);
}
