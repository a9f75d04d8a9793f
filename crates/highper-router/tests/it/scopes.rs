//! The scope of a request ends with its handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use highper_core::{Container, Handler, Middleware, Request, Response, Scoped};
use highper_router::{Path, Router};

struct Basket;

fn container(ended: &Arc<AtomicUsize>) -> Container {
    let ended = Arc::clone(ended);
    Container::builder()
        .scoped(|| Ok(Basket))
        .dispose(move |_: Arc<Basket>| {
            let ended = Arc::clone(&ended);
            async move {
                tokio::task::yield_now().await;
                ended.fetch_add(1, Ordering::SeqCst);
            }
        })
        .build()
        .unwrap()
}

#[tokio::test]
async fn two_arguments_share_a_scope_that_is_over_before_the_answer_leaves() {
    async fn both(one: Scoped<Basket>, other: Scoped<Basket>) -> String {
        Arc::ptr_eq(&one.0, &other.0).to_string()
    }
    let ended = Arc::new(AtomicUsize::new(0));
    let routes = Router::new().get("/", both).build(&container(&ended)).unwrap();
    for round in 1..=2 {
        let response = routes.call(Request::get("/")).await;
        assert_eq!(response.body().as_bytes().unwrap(), &b"true"[..]);
        assert_eq!(ended.load(Ordering::SeqCst), round);
    }
}

#[tokio::test]
async fn a_scope_ends_where_an_argument_is_refused() {
    async fn refused(_: Scoped<Basket>, _: Path<u8>) {}
    let ended = Arc::new(AtomicUsize::new(0));
    let routes = Router::new().get("/{number}", refused).build(&container(&ended)).unwrap();
    assert_eq!(routes.call(Request::get("/many")).await.status(), 400);
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}

/// Opens the scope further out, and ends it there.
struct Outer(Container, Arc<AtomicUsize>);

impl Middleware for Outer {
    async fn handle<N: Handler>(&self, mut request: Request, next: &N) -> Response {
        let scope = request.open_scope(&self.0).clone();
        let response = next.call(request).await;
        assert_eq!(self.1.load(Ordering::SeqCst), 0, "the route leaves it alone");
        scope.end().await;
        response
    }
}

#[tokio::test]
async fn a_scope_that_a_middleware_has_opened_ends_there() {
    let ended = Arc::new(AtomicUsize::new(0));
    let container = container(&ended);
    let routes = Router::new()
        .middleware(Outer(container.clone(), Arc::clone(&ended)))
        .get("/", async |_: Scoped<Basket>| ())
        .build(&container)
        .unwrap();
    routes.call(Request::get("/")).await;
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}

#[test]
fn what_a_service_lacks_is_told_with_the_first_route_that_needs_it() {
    use highper_core::Inject;
    struct Till;
    struct Shop;
    async fn needs(_: Inject<Shop>) {}
    let mut services = Container::builder();
    services.singleton(|_: Arc<Till>| Ok(Shop));
    let draft = services.draft();
    let routes = Router::new().post("/orders", needs).get("/orders", needs);
    let errors = routes.build(draft.container()).unwrap_err();
    let lines: Vec<_> = errors.iter().collect();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].starts_with("route POST /orders ("), "{lines:#?}");
    assert!(lines[0].contains("Till` in the container, needed by `"), "{lines:#?}");
    assert!(draft.untold().into_result().is_ok(), "it was told");
}
