//! What the shop is made of: its services and its routes.

use std::sync::Arc;

use highper::fs::{StaticFiles, StaticFilesError, embed};
use highper::middleware::BodyLimit;
use highper::prelude::*;
use highper::{Command, ContainerBuilder, HEALTH_CHECKS, HealthCheck, ServiceProvider};

use crate::catalogue::Catalogue;
use crate::live::Orders;
use crate::same_origin::SameOrigin;
use crate::{books, downloads, export, live, pages};

/// The services of the shop.
#[derive(Debug)]
pub(crate) struct Shop;

impl ServiceProvider for Shop {
    fn register(&self, services: &mut ContainerBuilder) {
        services.singleton(|| Ok(Catalogue::stocked()));
        services.singleton(|catalogue: Arc<Catalogue>| Ok(Orders::new(catalogue)));
        services.tag(HEALTH_CHECKS, |catalogue: Arc<Catalogue>| catalogue as Arc<dyn HealthCheck>);
    }

    fn commands(&self) -> Vec<Command> {
        vec![export::command()]
    }
}

/// A review or a book is short; nothing larger is read.
const MAX_BOOK_BYTES: u64 = 16 * 1024;

/// A form of an order is shorter.
const MAX_ORDER_BYTES: u64 = 4 * 1024;

/// The style, the icon and the script of the pages; in the program, which so runs from any directory.
pub(crate) fn assets() -> Result<StaticFiles, StaticFilesError> {
    StaticFiles::embedded(embed!("assets", "style.css", "favicon.svg", "live.js"))
        .cache_control("*", "max-age=3600")
        .build()
}

/// Every route of the shop.
pub(crate) fn routes(router: Router, assets: StaticFiles) -> Router {
    router
        .get("/assets/{*path}", assets)
        .get("/", pages::home)
        .name("home")
        .get("/books/{id}", pages::book)
        .name("book")
        .get("/search", pages::search)
        .get("/shelf", async || Redirect::permanent("/"))
        .get("/downloads/catalogue.csv", downloads::catalogue)
        .get("/broken", pages::broken)
        .get("/panic", pages::panic)
        .get("/live", live::page)
        .name("live")
        .group("/live", |live| {
            live.middleware((BodyLimit::bytes(MAX_ORDER_BYTES), SameOrigin))
                .post("/orders", live::order)
                .get("/socket", live::Socket)
                .get("/events", live::events)
        })
        .group("/api", |api| {
            api.middleware((BodyLimit::bytes(MAX_BOOK_BYTES), NoStore))
                .get("/books", books::list)
                .post("/books", books::create)
                .get("/books/{id}", books::show)
                .name("api.book")
                .put("/books/{id}", books::replace)
                .delete("/books/{id}", books::remove)
        })
}

/// Stock changes: answers of the API are not to be kept.
struct NoStore;

impl Middleware for NoStore {
    async fn handle<N: Handler>(&self, request: Request, next: &N) -> Response {
        next.call(request).await.with_header("cache-control", "no-store")
    }
}
