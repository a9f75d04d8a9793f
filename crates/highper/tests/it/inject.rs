//! `#[derive(Inject)]` and scopes as a user of the umbrella writes them.

use std::sync::Arc;

use highper::prelude::*;
use highper::{ContainerBuilder, Scoped, ServiceProvider, Settings};

#[derive(Inject)]
struct Greeter {
    name: Arc<String>,
    #[inject(default = "Hello")]
    word: &'static str,
}

#[derive(Inject)]
#[inject(scoped)]
struct Visit(Arc<Greeter>);

#[derive(Debug)]
struct Greetings;

impl ServiceProvider for Greetings {
    fn register(&self, services: &mut ContainerBuilder) {
        services.instance("Ada".to_owned()).inject::<Greeter>().inject::<Visit>();
    }
}

#[tokio::test]
async fn a_derived_service_reaches_a_handler_through_the_application() {
    async fn greet(Scoped(visit): Scoped<Visit>, Inject(greeter): Inject<Greeter>) -> String {
        assert!(Arc::ptr_eq(&visit.0, &greeter));
        format!("{}, {}", greeter.word, greeter.name)
    }
    let application = Application::with_settings(Settings::default())
        .provider(Greetings)
        .routes(|router| router.get("/", greet))
        .into_handler()
        .unwrap();
    let response = application.call(Request::get("/")).await;
    assert_eq!(response.body().as_bytes().unwrap(), &b"Hello, Ada"[..]);
}
