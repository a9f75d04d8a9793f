//! The addresses to listen on, and how they are bound.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

use socket2::{Domain, Protocol, Socket, Type};

/// An address to listen on, as a [`SocketAddr`] or as text that becomes one.
///
/// Text is parsed by [`ServerBuilder::build`](crate::ServerBuilder::build), which reports a bad
/// one together with all other problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenAddress(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Parsed(SocketAddr),
    Bad(String),
}

impl ListenAddress {
    pub(crate) fn parsed(&self) -> Option<SocketAddr> {
        match self.0 {
            Form::Parsed(address) => Some(address),
            Form::Bad(_) => None,
        }
    }
}

impl From<SocketAddr> for ListenAddress {
    fn from(address: SocketAddr) -> Self {
        Self(Form::Parsed(address))
    }
}

impl From<&str> for ListenAddress {
    fn from(text: &str) -> Self {
        Self(text.parse().map_or_else(|_| Form::Bad(text.to_owned()), Form::Parsed))
    }
}

impl From<String> for ListenAddress {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

/// The address; text that is none is quoted, control characters escaped.
impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Parsed(address) => address.fmt(f),
            Form::Bad(text) => write!(f, "{text:?}"),
        }
    }
}

/// The listeners of one address, one for each worker.
#[derive(Debug)]
pub(crate) struct Group {
    /// With the real port where 0 was asked for.
    pub(crate) address: SocketAddr,
    pub(crate) listeners: Vec<TcpListener>,
}

/// What the sockets of one address have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binding {
    pub(crate) address: SocketAddr,
    pub(crate) backlog: u32,
    pub(crate) nodelay: bool,
    /// Leave IPv4 alone on `[::]`, because another listener takes it.
    pub(crate) only_v6: bool,
}

impl Binding {
    /// Binds `count` listeners to this address, or none: the address must be free.
    ///
    /// `SO_REUSEPORT` alone would let a second server of the same user join in silence and take
    /// half of the connections. So one socket claims the address first, and is closed when the
    /// workers' sockets have joined it. It cannot stay as one of them: it came to listen outside
    /// their group, so that the kernel would not balance between them.
    pub(crate) fn bind(self, count: usize) -> io::Result<Group> {
        let claim = self.claim()?;
        // Port 0: the claim has got a port, the others follow it.
        let bound = claim.local_addr()?;
        let address = bound.as_socket().unwrap_or(self.address);
        if count == 1 {
            return Ok(Group { address, listeners: vec![claim.into()] });
        }
        claim.set_reuse_port(true)?;
        let join = || {
            let socket = self.socket()?;
            socket.set_reuse_port(true)?;
            socket.bind(&bound)?;
            socket.listen(self.backlog_for_kernel())?;
            Ok(socket.into())
        };
        let listeners = (0..count).map(|_| join()).collect::<io::Result<_>>()?;
        Ok(Group { address, listeners })
    }

    /// A socket that listens on the address alone.
    ///
    /// Without `SO_REUSEPORT` its `listen` fails while anybody, sharing or not, listens there, and
    /// of two servers that start at the same moment the kernel lets at most one through. `bind`
    /// would not do: with `SO_REUSEADDR`, which a restart needs to get past connections in
    /// TIME_WAIT, it fails only against sockets that listen already.
    fn claim(&self) -> io::Result<Socket> {
        let claim = self.socket()?;
        claim.bind(&self.address.into())?;
        claim.listen(self.backlog_for_kernel())?;
        Ok(claim)
    }

    fn socket(&self) -> io::Result<Socket> {
        let domain = Domain::for_address(self.address);
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        if self.address.is_ipv6() {
            socket.set_only_v6(self.only_v6)?;
        }
        // Accepted sockets inherit it: set here, it costs no system call for each connection.
        socket.set_tcp_nodelay(self.nodelay)?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }

    fn backlog_for_kernel(&self) -> i32 {
        i32::try_from(self.backlog).unwrap_or(i32::MAX)
    }
}

/// Must `address` be bound for IPv6 alone? `[::]` would take IPv4 as well, which fails when the
/// same port is asked for on 0.0.0.0 too.
pub(crate) fn only_v6(address: SocketAddr, all: &[SocketAddr]) -> bool {
    all.contains(&(Ipv4Addr::UNSPECIFIED, address.port()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(address: &str) -> Binding {
        Binding { address: address.parse().unwrap(), backlog: 16, nodelay: true, only_v6: false }
    }

    #[test]
    fn all_listeners_of_a_group_share_the_port_that_the_first_got() {
        let group = binding("127.0.0.1:0").bind(3).unwrap();
        assert_ne!(group.address.port(), 0);
        let addresses = group.listeners.iter().map(|listener| listener.local_addr().unwrap());
        assert_eq!(addresses.collect::<Vec<_>>(), [group.address; 3]);
    }

    #[test]
    fn an_address_shared_by_a_group_is_in_use_for_everybody_else() {
        for count in [1, 3] {
            let group = binding("127.0.0.1:0").bind(count).unwrap();
            let taken = group.address.to_string();
            for rivals in [1, 3] {
                let error = binding(&taken).bind(rivals).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
            }
            drop(group);
            binding(&taken).bind(count).unwrap();
        }
    }

    #[test]
    fn of_two_that_start_at_once_one_gets_the_address() {
        let claim = binding("127.0.0.1:0").claim().unwrap();
        let taken = claim.local_addr().unwrap().as_socket().unwrap().to_string();
        for rivals in [1, 3] {
            let error = binding(&taken).bind(rivals).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        }
        // Also when the rival had bound first and comes to listen second.
        drop(claim);
        let rival = binding(&taken).socket().unwrap();
        rival.bind(&taken.parse::<SocketAddr>().unwrap().into()).unwrap();
        let _winner = binding(&taken).bind(3).unwrap();
        assert_eq!(rival.listen(1).unwrap_err().kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn both_wildcards_can_be_bound_on_one_port() {
        if TcpListener::bind("[::1]:0").is_err() {
            return; // A machine without IPv6, as containers often are.
        }
        let v4 = binding("0.0.0.0:0").bind(2).unwrap();
        let address = SocketAddr::from(([0_u16; 8], v4.address.port()));
        assert!(only_v6(address, &[v4.address, address]));
        assert!(!only_v6(address, &[address]));
        Binding { address, only_v6: true, ..binding("[::]:0") }.bind(2).unwrap();
    }

    #[test]
    fn accepted_connections_inherit_nodelay() {
        for nodelay in [true, false] {
            let group = Binding { nodelay, ..binding("127.0.0.1:0") }.bind(1).unwrap();
            let listener = &group.listeners[0];
            listener.set_nonblocking(false).unwrap();
            let _client = std::net::TcpStream::connect(group.address).unwrap();
            assert_eq!(listener.accept().unwrap().0.nodelay().unwrap(), nodelay);
        }
    }
}
