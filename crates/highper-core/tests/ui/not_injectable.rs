//! A factory with an argument that is no service.

use highper_core::Container;

struct Db;

fn main() {
    let _ = Container::builder().singleton(|db: Db| Ok(1_u8));
}
