//! A function that is not async.

use highper_router::Router;

fn show() -> &'static str {
    "books"
}

fn main() {
    let _ = Router::new().get("/books", show);
}
