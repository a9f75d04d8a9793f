//! A field that is no service.

use highper_macros::Inject;

#[derive(Inject)]
#[inject(crate = "highper_core")]
struct Shelf {
    places: u16,
}

fn main() {}
