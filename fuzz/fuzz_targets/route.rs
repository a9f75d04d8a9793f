//! Paths through a table with every kind of route.

#![no_main]

use std::sync::OnceLock;

use highper_core::http::{Method, Uri};
use highper_core::{Container, Handler, Request};
use highper_router::{Path, Router, Routes, TrailingSlash};
use libfuzzer_sys::fuzz_target;
use tokio::runtime::Runtime;

fuzz_target!(|path: &str| {
    static TABLE: OnceLock<(Routes, Runtime)> = OnceLock::new();
    let (routes, runtime) = TABLE.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        (table(), runtime)
    });
    if let Ok(uri) = Uri::try_from(path) {
        let response = runtime.block_on(routes.call(Request::new(Method::GET, uri)));
        assert!(!response.status().is_server_error(), "{path:?}");
    }
});

fn table() -> Routes {
    Router::new()
        .trailing_slash(TrailingSlash::Redirect)
        .get("/", async || "")
        .get("/a/{x}", async |Path(x): Path<String>| x)
        .get("/n/{x}/{y}", async |Path((x, y)): Path<(u64, i8)>| format!("{x}{y}"))
        .get("/p{x}.json", async |Path(x): Path<String>| x)
        .get("/w/{*rest}", async |Path(rest): Path<String>| rest)
        .build(&Container::default())
        .expect("a table")
}
