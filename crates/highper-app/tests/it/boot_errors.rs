//! What keeps an application from starting is told at once.

use std::net::TcpListener;
use std::sync::Arc;

use highper_app::{Application, Settings, StartError};
use highper_core::{Container, ContainerBuilder, Inject, ServiceProvider};

struct Catalogue;
struct Till;

/// Binds a service that needs one that nobody binds.
#[derive(Debug)]
struct HalfAShop;

impl ServiceProvider for HalfAShop {
    fn register(&self, services: &mut ContainerBuilder) {
        services.singleton(|_: Arc<Till>| Ok(Catalogue));
    }
}

/// A provider whose start fails.
#[derive(Debug)]
pub(crate) struct Closed(pub(crate) &'static str);

impl ServiceProvider for Closed {
    fn name(&self) -> &'static str {
        self.0
    }

    fn register(&self, _: &mut ContainerBuilder) {}

    fn boot<'a>(
        &'a self,
        _: &'a Container,
    ) -> highper_core::BoxFuture<'a, Result<(), highper_core::BoxError>> {
        Box::pin(std::future::ready(Err("the door is locked".into())))
    }
}

fn settings(addresses: &[&str]) -> Settings {
    let mut settings = Settings::default();
    settings.addresses = addresses.iter().map(|address| (*address).to_owned()).collect();
    settings
}

fn lines(error: &StartError) -> Vec<&str> {
    error.problems().collect()
}

/// The one problem that names all of these.
fn only<'a>(problems: &[&'a str], names: &[&str]) -> &'a str {
    let holds = |problem: &&&str| names.iter().all(|name| problem.contains(name));
    let found: Vec<_> = problems.iter().filter(holds).collect();
    assert_eq!(found.len(), 1, "{names:?} in {problems:#?}");
    found[0]
}

async fn needs_a_catalogue(_: Inject<Catalogue>) {}

#[tokio::test]
async fn routes_services_and_addresses_are_checked_together() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let application = Application::with_settings(settings(&[&address, "nonsense"]))
        .routes(|router| router.get("/books/{id}", async || "a"))
        .routes(|router| router.get("/books/{number}", async || "b"))
        .routes(|router| router.get("/catalogue", needs_a_catalogue));
    let error = application.run().await.unwrap_err();
    let problems = lines(&error);
    assert_eq!(problems.len(), 4, "{problems:#?}");
    let conflict = only(&problems, &["/books/{id}", "/books/{number}"]);
    assert_eq!(conflict.matches("boot_errors.rs:").count(), 2, "both places: {conflict}");
    only(&problems, &["Catalogue", "/catalogue"]);
    only(&problems, &[&address, "in use"]);
    only(&problems, &["nonsense"]);
    assert!(problems.iter().all(|problem| !problem.contains('\n')), "{problems:#?}");
    let told = error.to_string();
    assert!(told.starts_with("the application cannot start: 4 problems\n  - "), "{told}");
    assert_eq!(format!("{error:?}"), told);
}

#[test]
fn without_its_services_only_the_cause_is_told() {
    let error = Application::with_settings(Settings::default())
        .provider(HalfAShop)
        .routes(|router| router.get("/catalogue", needs_a_catalogue))
        .into_handler()
        .unwrap_err();
    let problems = lines(&error);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    only(&problems, &["Catalogue", "Till"]);
}

#[tokio::test]
async fn every_provider_that_does_not_start_is_named() {
    let error = Application::with_settings(settings(&["127.0.0.1:0"]))
        .provider(Closed("front door"))
        .provider(Closed("back door"))
        .run()
        .await
        .unwrap_err();
    assert_eq!(
        lines(&error),
        ["provider front door: the door is locked", "provider back door: the door is locked"]
    );
}
