//! A result that is no answer.

use highper_router::Router;

struct Book;

async fn show() -> Book {
    Book
}

fn main() {
    let _ = Router::new().get("/books", show);
}
