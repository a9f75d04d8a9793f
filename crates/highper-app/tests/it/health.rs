//! Health checks: of providers, bounded, and not run for every question.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use highper_app::{AppHandler, Application, Settings};
use highper_core::http::StatusCode;
use highper_core::{
    BoxError, BoxFuture, ContainerBuilder, HEALTH_CHECKS, Handler, HealthCheck, Request,
    ServiceProvider,
};

/// A backing service that behaves as its number says, and how often it was looked at.
#[derive(Clone, Debug, Default)]
struct Backing<const CONDUCT: u8>(Arc<AtomicUsize>);

const PASSES: u8 = 0;
const FAILS: u8 = 1;
const HANGS: u8 = 2;
const PANICS: u8 = 3;

impl<const CONDUCT: u8> HealthCheck for Backing<CONDUCT> {
    fn name(&self) -> &str {
        ["database", "queue", "cache", "mail"][usize::from(CONDUCT)]
    }

    fn check(&self) -> BoxFuture<'_, Result<(), BoxError>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            match CONDUCT {
                PASSES => Ok(()),
                FAILS => Err("the password is hunter2".into()),
                HANGS => std::future::pending().await,
                _ => panic!("a check that panics"),
            }
        })
    }

    fn timeout(&self) -> Duration {
        Duration::from_millis(20)
    }
}

impl<const CONDUCT: u8> ServiceProvider for Backing<CONDUCT> {
    fn register(&self, services: &mut ContainerBuilder) {
        services.instance(self.clone());
        services.tag(HEALTH_CHECKS, |backing: Arc<Self>| backing as Arc<dyn HealthCheck>);
    }
}

fn application() -> Application {
    Application::with_settings(Settings::default())
}

async fn ask(handler: &AppHandler) -> (StatusCode, String) {
    let response = handler.call(Request::get("/health/ready")).await;
    let status = response.status();
    let body = response.into_body().collect().await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn each_check_is_told_by_its_name_and_one_that_fails_is_enough() {
    let handler = application()
        .provider(Backing::<PASSES>::default())
        .provider(Backing::<FAILS>::default())
        .provider(Backing::<HANGS>::default())
        .provider(Backing::<PANICS>::default())
        .into_handler()
        .unwrap();
    let (status, body) = ask(&handler).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        body,
        concat!(
            r#"{"status":"fail","checks":{"cache":[{"status":"fail"}],"database":[{"status":"pass"}],"#,
            r#""mail":[{"status":"fail"}],"queue":[{"status":"fail"}]}}"#
        )
    );
}

#[tokio::test]
async fn whoever_asks_often_does_not_make_the_checks_run_often() {
    let backing = Backing::<PASSES>::default();
    let handler = application().provider(backing.clone()).into_handler().unwrap();
    for _ in 0..100 {
        assert_eq!(ask(&handler).await.0, StatusCode::OK);
    }
    let looks = backing.0.load(Ordering::SeqCst);
    assert!(looks < 10, "once a second: {looks}");
}

#[tokio::test]
async fn a_route_that_health_would_hide_is_a_boot_error() {
    let route = |settings| {
        Application::with_settings(settings)
            .routes(|router| router.get("/health/live", async || "own"))
    };
    let told = route(Settings::default()).into_handler().unwrap_err().to_string();
    assert!(told.contains("route `/health/live`") && told.contains("HEALTH_PATH"), "{told}");
    let mut settings = Settings::default();
    settings.health_path = None;
    let handler = route(settings).into_handler().unwrap();
    let body =
        handler.call(Request::get("/health/live")).await.into_body().collect().await.unwrap();
    assert_eq!(body, "own");
}
