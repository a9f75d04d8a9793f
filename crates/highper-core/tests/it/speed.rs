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
