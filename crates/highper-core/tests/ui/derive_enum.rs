//! A type that has no fields by name.

use highper_macros::Inject;

#[derive(Inject)]
#[inject(crate = "highper_core")]
enum Shelf {
    Small,
}

fn main() {}
