use highper_macros::Inject;

#[derive(Inject)]
#[inject(crate = "highper_core")]
enum Shelf {
    Small,
}

fn main() {}
