//! What finding a route costs, apart from everything else.

#![allow(clippy::print_stdout, reason = "prints what it has measured")]

use std::hint::black_box;
use std::time::Instant;

use highper::router::{Router, Routes};
use highper::{BootErrors, Container, Handler, Request};

/// A route that is there to be passed over, as real applications have them.
pub(crate) fn other_route(number: usize) -> String {
    let area = ["account", "books", "orders", "shops", "topics"][number % 5];
    format!("/{area}/section{number}/{{id}}/detail")
}

/// Prints the time of a lookup among ROUTES routes as JSON; instructions are counted from outside.
pub(crate) fn print() {
    let routes = super::number("ROUTES").unwrap_or(10);
    let calls = super::number("CALLS").unwrap_or(200_000);
    match table(routes) {
        Ok(table) => {
            let nanoseconds = measure(&table, routes, calls);
            println!(
                "{{\"routes\":{routes},\"calls\":{calls},\"nanoseconds_per_lookup\":{nanoseconds:.1}}}"
            );
        }
        Err(errors) => println!("{errors}"),
    }
}

fn table(routes: usize) -> Result<Routes, BootErrors> {
    (0..routes)
        .fold(Router::new(), |router, number| router.get(&other_route(number), super::plaintext))
        .build(&Container::default())
}

/// The request is made in the loop, because it is taken by the call: the same for every table.
fn measure(table: &Routes, routes: usize, calls: usize) -> f64 {
    let path = other_route(routes / 2).replace("{id}", "12345");
    let Ok(uri) = highper::http::Uri::try_from(path) else { return f64::NAN };
    let start = Instant::now();
    for _ in 0..calls {
        let request = Request::new(highper::http::Method::GET, uri.clone());
        drop(black_box(table.call(request)));
    }
    start.elapsed().as_nanos() as f64 / calls as f64
}
