//! The books as a REST resource, in JSON or MessagePack as the client asks.

use highper::http::{HeaderValue, StatusCode, header::LOCATION};
use highper::prelude::*;
use highper::serde::{Format, Negotiated};
use serde::Deserialize;

use crate::catalogue::{Catalogue, Details, MAX_BOOKS};

/// What a list can be narrowed to.
#[derive(Deserialize)]
pub(crate) struct Filter {
    #[serde(default)]
    search: String,
}

pub(crate) async fn list(
    Inject(catalogue): Inject<Catalogue>,
    Query(filter): Query<Filter>,
    format: Format,
) -> Response {
    format.respond(&catalogue.search(&filter.search))
}

pub(crate) async fn show(
    Inject(catalogue): Inject<Catalogue>,
    Path(id): Path<u32>,
    format: Format,
) -> Result<Response, Error> {
    let book = catalogue.find(id).ok_or_else(|| no_such_book(id))?;
    Ok(format.respond(&book))
}

pub(crate) async fn create(
    Inject(catalogue): Inject<Catalogue>,
    format: Format,
    Negotiated(details): Negotiated<Details>,
) -> Result<Response, Error> {
    check(&details)?;
    let book = catalogue.add(details).ok_or_else(|| {
        Error::new(
            StatusCode::INSUFFICIENT_STORAGE,
            format!("the shelves hold {MAX_BOOKS} books and are full"),
        )
    })?;
    let location = HeaderValue::try_from(format!("/api/books/{}", book.id))?;
    Ok(format.respond(&book).with_status(StatusCode::CREATED).with_header(LOCATION, location))
}

pub(crate) async fn replace(
    Inject(catalogue): Inject<Catalogue>,
    Path(id): Path<u32>,
    format: Format,
    Negotiated(details): Negotiated<Details>,
) -> Result<Response, Error> {
    check(&details)?;
    let book = catalogue.replace(id, details).ok_or_else(|| no_such_book(id))?;
    Ok(format.respond(&book))
}

pub(crate) async fn remove(
    Inject(catalogue): Inject<Catalogue>,
    Path(id): Path<u32>,
) -> Result<StatusCode, Error> {
    if catalogue.remove(id) { Ok(StatusCode::NO_CONTENT) } else { Err(no_such_book(id)) }
}

fn check(details: &Details) -> Result<(), Error> {
    for (field, value) in [("title", &details.title), ("author", &details.author)] {
        if value.trim().is_empty() {
            return Err(Error::unprocessable(format!("`{field}` is empty: a book has one"))
                .with_code("empty_field"));
        }
    }
    Ok(())
}

pub(crate) fn no_such_book(id: u32) -> Error {
    Error::not_found(format!("there is no book {id}")).with_code("no_such_book")
}
