//! The page itself, and the form on it. Without a script it shows what there is, and takes orders.

use std::fmt::Write;

use highper::prelude::*;
use serde::Deserialize;

use super::backlog::Order;
use super::orders::{MAX_SHOWN_BOOKS, Orders};
use crate::books::no_such_book;
use crate::catalogue::{Book, Catalogue, Unavailable};
use crate::pages::{self, escape, price};

pub(crate) async fn page(
    Inject(orders): Inject<Orders>,
    Inject(catalogue): Inject<Catalogue>,
) -> Response {
    // The hidden button is the one that the Enter key in the field stands for: it orders nothing.
    let body = format!(
        "<p class=live><span id=state class=state role=status>As of when the page was loaded</span> \
         <span id=people></span></p>\
         <form id=order action=/live/orders method=post><button disabled hidden></button>\
         <p><label>Your name <input name=customer maxlength={MAX_NAME} placeholder={NOBODY} \
         autocomplete=given-name></label></p>{}</form><p id=problem class=problem role=alert></p>\
         <h2>Orders</h2><ol id=orders aria-live=polite aria-relevant=additions>{}</ol>\
         <script type=module src=/assets/live.js></script>",
        shelf(&catalogue.stock(MAX_SHOWN_BOOKS)),
        list(&orders.last()),
    );
    pages::page("Live", &body)
}

/// What the form says.
#[derive(Deserialize)]
pub(crate) struct Wish {
    book: u32,
    #[serde(default)]
    customer: String,
}

/// Takes an order, and shows the page again; the script of the page stays where it is.
pub(crate) async fn order(
    Inject(orders): Inject<Orders>,
    Form(wish): Form<Wish>,
) -> Result<Redirect, Error> {
    let customer = name(&wish.customer)?;
    orders.place(wish.book, customer).map_err(|why| match why {
        Unavailable::NoSuchBook => no_such_book(wish.book),
        Unavailable::SoldOut => {
            Error::conflict("the last copy is sold: choose another book").with_code("sold_out")
        }
    })?;
    Ok(Redirect::to("/live"))
}

/// The most characters of a customer's name.
const MAX_NAME: usize = 40;

/// Who gives no name.
const NOBODY: &str = "Somebody";

fn name(text: &str) -> Result<String, Error> {
    let text = text.trim();
    if text.chars().count() > MAX_NAME || text.contains(char::is_control) {
        let problem = format!("`customer` is a name of at most {MAX_NAME} characters, in one line");
        return Err(Error::unprocessable(problem).with_code("customer_name"));
    }
    Ok(if text.is_empty() { NOBODY } else { text }.to_owned())
}

fn shelf(books: &[(Book, u32)]) -> String {
    books.iter().fold(String::from("<ul id=books class=stock>"), |mut list, (book, left)| {
        let (id, title) = (book.id, escape(&book.details.title));
        let (copies, disabled) = match left {
            0 => ("Sold out".to_owned(), " disabled"),
            left => (format!("{left} left"), ""),
        };
        // Writing to a String cannot fail.
        let _ = write!(
            list,
            "<li data-book={id}><span class=book><a href=/books/{id}>{title}</a> \
             <span class=author>{}</span></span><span class=cost>{}</span>\
             <span class=left>{copies}</span>\
             <button name=book value={id} aria-label=\"Order {title}\"{disabled}>Order</button></li>",
            escape(&book.details.author),
            price(book.details.price),
        );
        list
    }) + "</ul>"
}

fn list(orders: &[Order]) -> String {
    orders.iter().fold(String::new(), |mut list, order| {
        // Writing to a String cannot fail.
        let _ = write!(
            list,
            "<li data-order={}><bdi>{}</bdi> ordered <bdi>{}</bdi> <time data-at={}></time></li>",
            order.id,
            escape(&order.customer),
            escape(&order.title),
            order.at,
        );
        list
    })
}
