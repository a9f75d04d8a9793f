//! A small bookshop that shows what Highper does: `cargo xtask demo`, then open the address it prints.

#![allow(clippy::print_stdout, reason = "the address is printed for whoever started it")]

#[cfg(feature = "mimalloc")]
mod allocator;

mod books;

mod catalogue;

mod downloads;

mod export;

mod live;

mod pages;

mod same_origin;

mod shop;

use highper::log::AccessLog;
use highper::prelude::*;

#[highper::main]
async fn main() -> ExitCode {
    let assets = match shop::assets() {
        Ok(assets) => assets,
        Err(error) => unreachable!("a test asks for each of them: {error}"),
    };
    let mut scheme = "http";
    Application::new()
        .configure(|settings| {
            if !settings.tls.certificates.is_empty() {
                scheme = "https";
            }
        })
        .access_log(AccessLog::new())
        .provider(shop::Shop)
        .routes(|router| shop::routes(router, assets))
        .on_listening(move |addresses| {
            for address in addresses {
                println!("The bookshop is open at {scheme}://{address}/  (Ctrl-C closes it)");
            }
        })
        .main()
        .await
}
