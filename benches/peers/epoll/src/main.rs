//! The floor: a bare epoll loop with hand-written minimal HTTP. Nothing that answers these routes
//! over kernel sockets can do much less.

mod answer;
mod worker;

use std::{io, thread};

fn main() -> io::Result<()> {
    for _ in 1..peer_settings::workers() {
        thread::spawn(worker::work);
    }
    worker::work()
}
