//! Paths, `Range` and every other header that static files read: answered, and never with more than the file.

#![no_main]

use std::sync::LazyLock;

use highper_core::http::{HeaderValue, Method, Uri};
use highper_core::{Handler, Request};
use highper_fs::StaticFiles;
use libfuzzer_sys::fuzz_target;

static FILES: LazyLock<StaticFiles> = LazyLock::new(|| {
    StaticFiles::embedded([
        ("a.txt", "0123456789"),
        ("a.txt.gz", "zipped"),
        ("docs/index.html", "docs"),
    ])
    .precompressed()
    .fallback("a.txt")
    .build()
    .expect("names that can be asked for")
});

fuzz_target!(|input: (&str, &str)| {
    let (path, header) = input;
    let Ok(uri) = Uri::try_from(format!("/{path}")) else { return };
    let mut request = Request::new(Method::GET, uri);
    if let Ok(value) = HeaderValue::try_from(header) {
        for name in [
            "range",
            "if-range",
            "if-match",
            "if-none-match",
            "if-modified-since",
            "accept-encoding",
        ] {
            request.headers_mut().insert(name, value.clone());
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let response = runtime.block_on(FILES.call(request));
    if response.error().is_none() {
        assert!(response.body().as_bytes().is_none_or(|bytes| bytes.len() <= 10));
    }
});
