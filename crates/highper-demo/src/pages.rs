//! The pages of the shop.

use std::fmt::Write;

use highper::prelude::*;
use serde::Deserialize;

use crate::books::no_such_book;
use crate::catalogue::{Book, Catalogue};

pub(crate) async fn home(Inject(catalogue): Inject<Catalogue>) -> Response {
    page("Bookshop", &shelf(&catalogue.search("")))
}

pub(crate) async fn book(
    Inject(catalogue): Inject<Catalogue>,
    Path(id): Path<u32>,
) -> Result<Response, Error> {
    let Book { details, .. } = catalogue.find(id).ok_or_else(|| no_such_book(id))?;
    let body = format!(
        "<p class=author>{}</p><p class=price>{}</p><p><a href=/>Back to the shelf</a></p>",
        escape(&details.author),
        price(details.price),
    );
    Ok(page(&details.title, &body))
}

/// What somebody looks for.
#[derive(Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
}

pub(crate) async fn search(
    Inject(catalogue): Inject<Catalogue>,
    Query(Search { q }): Query<Search>,
) -> Response {
    let found = catalogue.search(&q);
    let body = format!("<p>{} found for “{}”</p>{}", found.len(), escape(&q), shelf(&found));
    page("Search", &body)
}

/// An error whose cause stays in the log.
pub(crate) async fn broken() -> Result<Response, Error> {
    let number: u32 = "not a number".parse()?;
    Ok(page("Unreachable", &number.to_string()))
}

/// A bug: answered with 500, and the shop stays open.
#[allow(clippy::panic, reason = "this page shows what a panic does")]
pub(crate) async fn panic() -> Response {
    panic!("the shelf fell over")
}

fn shelf(books: &[Book]) -> String {
    books.iter().fold(String::from("<ul>"), |mut list, book| {
        // Writing to a String cannot fail.
        let _ = write!(
            list,
            "<li><a href=/books/{}>{}</a> <span class=author>{}</span> <span class=price>{}</span></li>",
            book.id,
            escape(&book.details.title),
            escape(&book.details.author),
            price(book.details.price),
        );
        list
    }) + "</ul>"
}

pub(crate) fn price(cents: u32) -> String {
    format!("€ {}.{:02}", cents / 100, cents % 100)
}

/// Text as HTML; nothing in it is markup.
pub(crate) fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}

/// Nothing runs in a page of the shop but what the shop serves, and no other site frames it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

pub(crate) fn page(title: &str, body: &str) -> Response {
    let title = escape(title);
    Html(format!(
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width\"><title>{title}</title>\
         <link rel=stylesheet href=/assets/style.css><link rel=icon href=/assets/favicon.svg>\
         <header><a href=/>Highper Books</a><nav><a href=/live>Live</a></nav>\
         <form action=/search><input name=q placeholder=Search aria-label=Search></form></header>\
         <main><h1>{title}</h1>{body}</main>\
         <footer><a href=/api/books>API</a> · <a href=/downloads/catalogue.csv>Catalogue</a> · \
         <a href=/broken>An error</a></footer></html>"
    ))
    .into_response()
    .with_header("content-security-policy", POLICY)
}
