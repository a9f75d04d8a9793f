//! What the container costs a request: `cargo bench -p highper-core --bench container`.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use divan::Bencher;
use highper_core::{Container, FromRequest, Inject, Request, Scoped};

struct Catalogue;
struct Basket;
struct Receipt;

fn main() {
    divan::main();
}

/// As many services as an application has.
fn container() -> Container {
    let mut services = Container::builder();
    services.singleton(|| Ok(Catalogue)).scoped(|| Ok(Basket)).bind(|| Ok(Receipt));
    services.instance(1_u8).instance(1_u16).instance(1_u32).instance(1_u64).instance(1_u128);
    services.instance(1_i8).instance(1_i16).instance(1_i32).instance(1_i64).instance(1_i128);
    services.build().unwrap()
}

/// What never waits is ready at once.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

/// At most 15 ns.
#[divan::bench]
fn singleton_by_type(bencher: Bencher<'_, '_>) {
    let container = container();
    bencher.bench_local(|| black_box(&container).get::<Catalogue>().unwrap());
}

#[divan::bench]
fn transient_by_type(bencher: Bencher<'_, '_>) {
    let container = container();
    bencher.bench_local(|| black_box(&container).get::<Receipt>().unwrap());
}

/// No look-up: a count and nothing else.
#[divan::bench]
fn inject_in_a_route(bencher: Bencher<'_, '_>) {
    let bound = Inject::<Catalogue>::bind(&container()).unwrap();
    let mut request = Request::get("/");
    bencher.bench_local(|| now(Inject::<Catalogue>::from_request(&bound, &mut request)).unwrap());
}

#[divan::bench]
fn scoped_again_in_a_request(bencher: Bencher<'_, '_>) {
    let bound = Scoped::<Basket>::bind(&container()).unwrap();
    let mut request = Request::get("/");
    bencher.bench_local(|| now(Scoped::<Basket>::from_request(&bound, &mut request)).unwrap());
}

#[divan::bench]
fn request_without_scope() -> bool {
    black_box(Request::get("/")).scope().is_some()
}

#[divan::bench]
fn request_with_scope(bencher: Bencher<'_, '_>) {
    let bound = Scoped::<Basket>::bind(&container()).unwrap();
    bencher.bench_local(|| {
        let mut request = Request::get("/");
        now(Scoped::<Basket>::from_request(&bound, &mut request)).unwrap();
        let scope = request.scope().cloned();
        now(scope.unwrap().end());
    });
}
