//! An argument that is no extractor.

use highper_router::Router;

struct Catalogue;

async fn show(_: Catalogue) -> &'static str {
    "books"
}

fn main() {
    let _ = Router::new().get("/books", show);
}
