//! Queries and `Accept` headers of any kind are read or refused.

#![no_main]

use std::collections::HashMap;

use highper_core::http::{HeaderValue, Method, Uri};
use highper_core::{FromRequest, Request};
use highper_serde::{Query, negotiate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(accept) = HeaderValue::try_from(text) {
        let _ = negotiate(Some(&accept), &["application/json", "application/msgpack"]);
    }
    if let Ok(uri) = Uri::try_from(format!("/?{text}")) {
        let mut request = Request::new(Method::GET, uri);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let query = runtime
            .block_on(Query::<HashMap<String, Vec<String>>>::from_request(&(), &mut request));
        let _ = query;
    }
});
