//! The PROXY protocol, versions 1 and 2: how a proxy tells whose connection it passes on.
//!
//! [`parse`] reads the header from bytes and does no I/O; [`Trusted`] says whose header is believed.
//! A header is nothing but a claim, so that everybody else's bytes are left alone: a forged header
//! is then a request that is none.
//!
//! Source: <https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt>.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use ipnet::IpNet;

/// The peers that tell by a header whose connection they pass on, as networks.
///
/// # Example
/// ```
/// use highper_net::proxy_protocol::Trusted;
///
/// let trusted: Trusted = "10.0.0.0/8, 192.0.2.7, fd00::/8".parse()?;
/// assert!(trusted.contains([10, 1, 2, 3].into()));
/// assert!(!trusted.contains([192, 0, 2, 8].into()));
/// # Ok::<(), highper_net::proxy_protocol::NotANetwork>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trusted(Vec<IpNet>);

/// What is neither an IP address nor a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotANetwork(String);

/// What the first bytes of a connection are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// The beginning of a header, at most [`MAX_HEADER`] bytes in all.
    Incomplete,
    /// A header of `length` bytes; what follows is the peer's.
    Header {
        /// How many bytes it takes.
        length: usize,
        /// The ends of the connection that is passed on. None: the proxy speaks for itself (a health
        /// check), or does not know; the connection's own ends are the ones.
        ends: Option<Ends>,
    },
    /// No header: the rest of the sentence "the header ...".
    Malformed(&'static str),
}

/// The ends of the connection that a proxy passes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Whose connection it is.
    pub source: SocketAddr,
    /// Where it came in at the proxy.
    pub destination: SocketAddr,
}

/// The longest header that is taken, in bytes.
pub const MAX_HEADER: usize = V2_FIXED + MAX_V2_REST;

/// Reads the header at the beginning of a connection.
///
/// # Example
/// ```
/// use highper_net::proxy_protocol::{Parsed, parse};
///
/// let Parsed::Header { length, ends } = parse(b"PROXY TCP4 192.0.2.7 10.0.0.1 5555 80\r\nGET /")
/// else { panic!("a header") };
/// assert_eq!(length, 39);
/// assert_eq!(ends.unwrap().source, ([192, 0, 2, 7], 5555).into());
/// ```
#[must_use]
pub fn parse(bytes: &[u8]) -> Parsed {
    let agrees = |prefix: &[u8]| bytes.iter().zip(prefix).all(|(one, other)| one == other);
    let parsed = if agrees(V2_SIGNATURE) {
        version_2(bytes)
    } else if agrees(V1_PREFIX) {
        version_1(bytes)
    } else {
        Err("is missing")
    };
    parsed.unwrap_or_else(Parsed::Malformed)
}

/// With which every header of version 2 begins.
const V2_SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

const V1_PREFIX: &[u8] = b"PROXY ";

/// Signature, version and command, family, length.
const V2_FIXED: usize = 16;

/// Addresses and what else a proxy tells; 536 bytes is what one should stay below, certificates can
/// take more.
const MAX_V2_REST: usize = 4096;

/// With the line end. From the specification, where it is the longest that can be.
const MAX_V1: usize = 107;

type Outcome = Result<Parsed, &'static str>;

fn version_1(bytes: &[u8]) -> Outcome {
    let window = &bytes[..bytes.len().min(MAX_V1)];
    let Some(end) = window.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else {
        return if bytes.len() < MAX_V1 { Ok(Parsed::Incomplete) } else { Err("is too long") };
    };
    match (window[end], window.get(end + 1)) {
        (b'\r', Some(b'\n')) => {}
        (b'\r', None) if bytes.len() < MAX_V1 => return Ok(Parsed::Incomplete),
        _ => return Err("does not end with CR LF"),
    }
    let (line, length) = (&window[V1_PREFIX.len()..end], end + 2);
    // Whatever follows this word is to be ignored, text or not.
    if line == b"UNKNOWN" || line.starts_with(b"UNKNOWN ") {
        return Ok(Parsed::Header { length, ends: None });
    }
    let mut words = str::from_utf8(line).unwrap_or_default().split(' ');
    let ends = match words.next() {
        Some("TCP4") => ends_of::<Ipv4Addr>(words),
        Some("TCP6") => ends_of::<Ipv6Addr>(words),
        _ => return Err("has an unknown protocol"),
    };
    let ends = ends.ok_or("has malformed addresses")?;
    Ok(Parsed::Header { length, ends: Some(ends) })
}

fn ends_of<'a, Ip: FromStr + Into<IpAddr>>(words: impl Iterator<Item = &'a str>) -> Option<Ends> {
    let [source, destination, source_port, destination_port] = four(words)?;
    let ip = |text: &str| text.parse::<Ip>().ok().map(Into::into);
    let source = SocketAddr::new(ip(source)?, port(source_port)?);
    let destination = SocketAddr::new(ip(destination)?, port(destination_port)?);
    Some(Ends { source, destination })
}

fn four<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<[&'a str; 4]> {
    let four = [words.next()?, words.next()?, words.next()?, words.next()?];
    words.next().is_none().then_some(four)
}

/// Digits only, and no leading zero: there is one way to write a number.
fn port(text: &str) -> Option<u16> {
    let is_canonical =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_canonical)
}

fn version_2(bytes: &[u8]) -> Outcome {
    // What is there is judged at once: a peer is not waited for that is wrong already.
    let command = bytes.get(12).map(|byte| match byte {
        0x20 => Ok(Command::Local),
        0x21 => Ok(Command::Proxy),
        _ => Err("has an unknown version or command"),
    });
    let command = command.transpose()?;
    let (Some(command), Some(&family), Some(&[high, low])) =
        (command, bytes.get(13), bytes.get(14..V2_FIXED).and_then(|length| length.first_chunk()))
    else {
        return Ok(Parsed::Incomplete);
    };
    let rest = usize::from(u16::from_be_bytes([high, low]));
    if rest > MAX_V2_REST {
        return Err("is too long");
    }
    let length = V2_FIXED + rest;
    let Some(rest) = bytes.get(V2_FIXED..length) else { return Ok(Parsed::Incomplete) };
    let ends = match (command, family) {
        // The proxy's own connection; all else is to be ignored.
        (Command::Local, _) => None,
        // Unknown, or over a Unix socket: there is no IP address to tell.
        (Command::Proxy, 0x00) => None,
        (Command::Proxy, 0x31) if rest.len() >= 216 => None,
        (Command::Proxy, 0x11) => Some(binary_ends::<4>(rest)?),
        (Command::Proxy, 0x21) => Some(binary_ends::<16>(rest)?),
        (Command::Proxy, 0x31) => return Err(TOO_SHORT),
        _ => return Err("tells of no stream connection"),
    };
    Ok(Parsed::Header { length, ends })
}

enum Command {
    Local,
    Proxy,
}

const TOO_SHORT: &str = "is too short for its addresses";

/// Two addresses of `N` bytes, then two ports; what follows is skipped.
fn binary_ends<const N: usize>(rest: &[u8]) -> Result<Ends, &'static str>
where
    [u8; N]: Into<IpAddr>,
{
    let (source, rest) = rest.split_first_chunk::<N>().ok_or(TOO_SHORT)?;
    let (destination, rest) = rest.split_first_chunk::<N>().ok_or(TOO_SHORT)?;
    let (ports, _) = rest.split_first_chunk::<4>().ok_or(TOO_SHORT)?;
    let port = |at: usize| u16::from_be_bytes([ports[at], ports[at + 1]]);
    Ok(Ends {
        source: SocketAddr::new((*source).into(), port(0)),
        destination: SocketAddr::new((*destination).into(), port(2)),
    })
}

impl Trusted {
    /// Is the header of a peer with this address believed? An IPv4 address counts as such when it is
    /// written as `::ffff:a.b.c.d` too. Peers over a Unix socket have 127.0.0.1.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.iter().any(|network| network.contains(&ip))
    }
}

/// Addresses and networks, with commas between them.
impl FromStr for Trusted {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let network = |part: &str| {
            let part = part.trim();
            let address = || part.parse::<IpAddr>().ok().map(IpNet::from);
            part.parse().ok().or_else(address).ok_or_else(|| NotANetwork(part.to_owned()))
        };
        text.split(',').map(network).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for NotANetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is neither an IP address nor a network, as 10.0.0.0/8",
            self.0.escape_debug()
        )
    }
}

impl std::error::Error for NotANetwork {}

#[cfg(test)]
mod tests;
