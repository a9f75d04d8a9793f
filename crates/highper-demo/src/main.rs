//! A small bookshop that shows what Highper does: `cargo xtask demo`, then open the address it prints.

#![allow(clippy::print_stdout, reason = "the address is printed for whoever started it")]

#[cfg(feature = "mimalloc")]
mod allocator;

mod books;

mod catalogue;

mod downloads;

mod pages;

mod shop;

use highper::prelude::*;

#[highper::main]
async fn main() -> Result<(), StartError> {
    Application::new()
        .provider(shop::Shop)
        .routes(shop::routes)
        .on_listening(|addresses| {
            for address in addresses {
                println!("The bookshop is open at http://{address}/  (Ctrl-C closes it)");
            }
        })
        .run()
        .await
}
