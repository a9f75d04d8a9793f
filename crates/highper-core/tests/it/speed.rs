//! What the container allocates; how long it takes is told by the benchmark.

use highper_core::{Container, FromRequest, Inject, Request};

use crate::support::now;

struct Catalogue;

#[test]
fn a_singleton_by_type_allocates_nothing() {
    let container = Container::builder().singleton(|| Ok(Catalogue)).build().unwrap();
    let bound = Inject::<Catalogue>::bind(&container).unwrap();
    let mut request = Request::get("/");
    let info = allocation_counter::measure(|| {
        drop(container.get::<Catalogue>().unwrap());
        drop(now(Inject::<Catalogue>::from_request(&bound, &mut request)).unwrap());
    });
    assert_eq!(info.count_total, 0);
}

#[test]
fn a_request_that_opens_no_scope_allocates_nothing_for_one() {
    let container = Container::builder().singleton(|| Ok(Catalogue)).build().unwrap();
    let bound = Inject::<Catalogue>::bind(&container).unwrap();
    // The first request of a thread makes what the next ones use again.
    drop(Request::get("/"));
    let served = allocation_counter::measure(|| {
        let mut request = Request::get("/");
        drop(now(Inject::<Catalogue>::from_request(&bound, &mut request)).unwrap());
        assert!(request.scope().is_none());
    });
    assert_eq!(served.count_total, 0);
}
