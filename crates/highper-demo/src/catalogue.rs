//! The books, in memory: the shop forgets what was added when it closes.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use highper::{BoxError, BoxFuture, HealthCheck};
use serde::{Deserialize, Serialize};

/// A book as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Book {
    pub(crate) id: u32,
    #[serde(flatten)]
    pub(crate) details: Details,
}

/// A book as it is told to the shop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Details {
    pub(crate) title: String,
    pub(crate) author: String,
    /// In cents.
    pub(crate) price: u32,
}

/// The shop's books by number.
pub(crate) struct Catalogue {
    books: RwLock<BTreeMap<u32, Shelved>>,
}

struct Shelved {
    details: Details,
    /// Copies that are left.
    stock: u32,
}

/// Why a book cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unavailable {
    NoSuchBook,
    SoldOut,
}

/// The shelves are full then.
pub(crate) const MAX_BOOKS: usize = 10_000;

/// Copies of each book that the shop starts with.
const COPIES: u32 = 20;

impl Catalogue {
    /// The first books.
    pub(crate) fn stocked() -> Self {
        let books = [
            ("The Dispossessed", "Ursula K. Le Guin", 1290),
            ("Solaris", "Stanisław Lem", 1100),
            ("Kindred", "Octavia E. Butler", 1350),
            ("Roadside Picnic", "Arkady & Boris Strugatsky", 1190),
        ];
        let books = books.into_iter().map(|(title, author, price)| {
            Shelved::new(Details { title: title.to_owned(), author: author.to_owned(), price })
        });
        Self { books: RwLock::new((1..).zip(books).collect()) }
    }

    /// All books whose title or author holds `text`, by number.
    pub(crate) fn search(&self, text: &str) -> Vec<Book> {
        let text = text.to_lowercase();
        let matches = |part: &str| part.to_lowercase().contains(&text);
        self.read()
            .iter()
            .filter(|(_, Shelved { details, .. })| {
                matches(&details.title) || matches(&details.author)
            })
            .map(|(id, shelved)| shelved.book(*id))
            .collect()
    }

    pub(crate) fn find(&self, id: u32) -> Option<Book> {
        self.read().get(&id).map(|shelved| shelved.book(id))
    }

    /// The first books, as many as `limit`, with the copies that are left of each.
    pub(crate) fn stock(&self, limit: usize) -> Vec<(Book, u32)> {
        let books = self.read();
        books.iter().take(limit).map(|(id, shelved)| (shelved.book(*id), shelved.stock)).collect()
    }

    /// Takes a copy of a book off the shelf: the book, and how many are left.
    pub(crate) fn take(&self, id: u32) -> Result<(Book, u32), Unavailable> {
        let mut books = self.write();
        let shelved = books.get_mut(&id).ok_or(Unavailable::NoSuchBook)?;
        shelved.stock = shelved.stock.checked_sub(1).ok_or(Unavailable::SoldOut)?;
        Ok((shelved.book(id), shelved.stock))
    }

    /// Adds a book; none if the shelves are full.
    pub(crate) fn add(&self, details: Details) -> Option<Book> {
        let mut books = self.write();
        if books.len() >= MAX_BOOKS {
            return None;
        }
        let id = books.last_key_value().map_or(1, |(last, _)| last + 1);
        books.insert(id, Shelved::new(details.clone()));
        Some(Book { id, details })
    }

    /// Puts other details in place; none if there is no such book.
    pub(crate) fn replace(&self, id: u32, details: Details) -> Option<Book> {
        self.write().get_mut(&id)?.details = details.clone();
        Some(Book { id, details })
    }

    pub(crate) fn remove(&self, id: u32) -> bool {
        self.write().remove(&id).is_some()
    }

    // Nothing panics while it holds the lock, so a poisoned one is whole.
    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<u32, Shelved>> {
        self.books.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<u32, Shelved>> {
        self.books.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelved {
    fn new(details: Details) -> Self {
        Self { details, stock: COPIES }
    }

    fn book(&self, id: u32) -> Book {
        Book { id, details: self.details.clone() }
    }
}

/// Nobody is to be sent to a shop without books.
impl HealthCheck for Catalogue {
    fn name(&self) -> &str {
        "stock"
    }

    fn check(&self) -> BoxFuture<'_, Result<(), BoxError>> {
        let is_empty = self.read().is_empty();
        let result = if is_empty { Err("the shelves are empty".into()) } else { Ok(()) };
        Box::pin(std::future::ready(result))
    }
}
