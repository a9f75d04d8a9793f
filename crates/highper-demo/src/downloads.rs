//! A download that is made while it is sent.

use futures_util::stream;
use highper::http::HeaderValue;
use highper::prelude::*;

use crate::catalogue::{Book, Catalogue};

/// The catalogue as CSV (RFC 4180), a line at a time.
pub(crate) async fn catalogue(Inject(catalogue): Inject<Catalogue>) -> Response {
    let head = [HEAD.to_owned()];
    let lines = catalogue.search("").into_iter().map(line);
    let lines = stream::iter(head.into_iter().chain(lines).map(Ok::<_, std::io::Error>));
    Response::typed(HeaderValue::from_static("text/csv; charset=utf-8"), Body::from_stream(lines))
        .with_header("content-disposition", "attachment; filename=\"catalogue.csv\"")
}

pub(crate) const HEAD: &str = "number,title,author,cents\r\n";

pub(crate) fn line(book: Book) -> String {
    let quoted = |text: String| text.replace('"', "\"\"");
    let (title, author) = (quoted(book.details.title), quoted(book.details.author));
    format!("{},\"{title}\",\"{author}\",{}\r\n", book.id, book.details.price)
}
