//! What an application says of its log in code.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use highper_app::{Application, LogChannel, LogFormat, LogTarget, Settings};
use highper_core::{
    BoxError, BoxFuture, Container, ContainerBuilder, Handler, Inject, Request, ServiceProvider,
};
use highper_log::{Channel, Context, Level, Log, Logger, Output, Rotation};
use tracing::info;

use crate::processes::start;

/// Logs at its start, and then keeps the application from serving.
#[derive(Debug)]
struct Speaking;

impl ServiceProvider for Speaking {
    fn register(&self, _: &mut ContainerBuilder) {}

    fn boot<'a>(&'a self, _: &'a Container) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            info!(target: "shop::audit", "sold");
            info!(target: "shop::till", "paid");
            info!(target: "noise", "hum");
            info!("open, with sk_live_canary");
            Err("that was all".into())
        })
    }
}

fn application(folder: &Path) -> Application {
    let (audit, till) = (folder.join("audit.log"), folder.join("till.log"));
    let mut settings = Settings::default();
    settings.addresses = vec!["127.0.0.1:0".to_owned()];
    (settings.log.target, settings.log.format) = (LogTarget::Stdout, LogFormat::Json);
    let mut channel = LogChannel::new("shop::till", Level::Info);
    channel.target = Some(LogTarget::File(till));
    settings.log.channels = vec![channel];
    settings.log.redact_after = vec!["sk_live_".to_owned()];
    Application::with_settings(settings).provider(Speaking).configure_log(|log| {
        let file = Output::file(audit, Rotation::never()).bubble(false);
        let nowhere = Output::null().bubble(false);
        log.extra("service", "shop")
            .channel(Channel::new("audit").target("shop::audit").level(Level::Info).output(file))
            .channel(Channel::new("noise").target("noise").output(nowhere))
    })
}

fn folder(name: &str) -> PathBuf {
    let folder = env::temp_dir().join(format!("highper-app-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Not a test of its own: an application that logs.
#[tokio::test]
#[ignore = "started by the test below"]
async fn logging_application() {
    let folder = PathBuf::from(env::var("TEST_FOLDER").unwrap());
    assert!(application(&folder).run().await.is_err());
}

#[test]
fn channels_go_where_settings_and_application_say() {
    let folder = folder("channels");
    let variables = [("TEST_FOLDER", folder.to_str().unwrap())];
    let output = start("logs::logging_application", &variables).wait_with_output().unwrap();
    let [audit, till] =
        ["audit.log", "till.log"].map(|name| fs::read_to_string(folder.join(name)).unwrap());
    fs::remove_dir_all(folder).unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    assert!(output.contains("\"message\":\"open, with sk_live_[redacted]\""), "{output}");
    for elsewhere in ["sold", "paid", "hum"] {
        assert!(!output.contains(&format!("\"{elsewhere}\"")), "{output}");
    }
    assert_eq!(audit.lines().count(), 1, "{audit}");
    assert!(audit.contains("\"message\":\"sold\""), "{audit}");
    assert_eq!(till.lines().count(), 1, "{till}");
    assert!(till.contains("\"message\":\"paid\""), "{till}");
    for text in [output, audit, till] {
        assert!(text.contains("\"service\":\"shop\""), "{text}");
    }
}

#[tokio::test]
async fn without_a_server_there_are_the_channels_and_no_files() {
    let folder = folder("silent");
    let level = async |Inject(log): Inject<Log>, Inject(logger): Inject<dyn Logger>| {
        logger.notice(&"heard by nobody", &Context::new());
        log.level("audit").unwrap().to_string()
    };
    let application = application(&folder).routes(|router| router.get("/level", level));
    let handler = application.into_handler().unwrap();
    let body = handler.call(Request::get("/level")).await.into_body().collect().await.unwrap();
    assert_eq!(body, "info");
    assert!(fs::read_dir(&folder).unwrap().next().is_none());
    fs::remove_dir_all(folder).unwrap();
}
