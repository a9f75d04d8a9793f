//! The Highper that is measured: an application as a user writes it.
fn main() {}
