//! The beginning of a proxy's connection: whose it is.

use std::{future::poll_fn, time::Duration};

use tokio::time::timeout;

use crate::{
    Stream,
    proxy_protocol::{MAX_HEADER, Parsed, parse},
    stream::Ends,
};

/// How long a proxy may take for its header: it sends it with the first segment.
const TIME: Duration = Duration::from_secs(5);

/// Reads the header of the PROXY protocol, and nothing that follows it. False if there is none: the
/// connection is to be closed; it is counted, and logged at most once a second.
pub(crate) async fn receive(stream: &mut Stream) -> bool {
    let proxy = stream.peer_addr().ip();
    let received = timeout(TIME, read_header(stream)).await;
    match received.unwrap_or(Err("the header did not come in time")) {
        Ok(ends) => stream.introduce(ends),
        Err(reason) => {
            stream.tally().refuse_introduction(proxy, reason);
            false
        }
    }
}

/// It is looked at where it is, in the kernel, and taken out once it is whole: what follows belongs to
/// the protocol.
async fn read_header(stream: &mut Stream) -> Result<Option<Ends>, &'static str> {
    let mut buffer = vec![0; MAX_HEADER];
    let mut seen = 0;
    loop {
        let peeked = poll_fn(|cx| stream.poll_peek(cx, &mut buffer, seen)).await;
        let peeked = peeked.map_err(|_| "the connection broke")?;
        match parse(&buffer[..peeked]) {
            Parsed::Malformed(reason) => return Err(reason),
            Parsed::Incomplete if peeked == seen => return Err("the connection ended in it"),
            Parsed::Incomplete => seen = peeked,
            Parsed::Header { length, ends } => {
                let read = poll_fn(|cx| stream.poll_read(cx, &mut buffer[..length])).await;
                if !read.is_ok_and(|read| read == length) {
                    return Err("the connection broke");
                }
                return Ok(ends.map(|told| Ends { peer: told.source, local: told.destination }));
            }
        }
    }
}
