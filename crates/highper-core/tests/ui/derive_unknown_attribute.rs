//! An attribute that there is not.

use highper_macros::Inject;

#[derive(Inject)]
#[inject(crate = "highper_core")]
struct Shelf {
    #[inject(confg = "shelf.places")]
    places: u16,
}

fn main() {}
