//! How a TCP address is bound.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use socket2::{Domain, Protocol, SockAddr, Socket, Type};

/// What all listeners have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListenOptions {
    pub(crate) backlog: u32,
    pub(crate) nodelay: bool,
    pub(crate) reuse_port: bool,
    pub(crate) unix_mode: u32,
}

impl ListenOptions {
    pub(crate) fn backlog_for_kernel(self) -> i32 {
        i32::try_from(self.backlog).unwrap_or(i32::MAX)
    }
}

/// The sockets of one address, and the address with the real port.
type Bound = (SocketAddr, Vec<Socket>);

/// What the sockets of one address have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binding {
    pub(crate) address: SocketAddr,
    pub(crate) options: ListenOptions,
    /// Leave IPv4 alone on `[::]`, because another listener takes it.
    pub(crate) only_v6: bool,
}

impl Binding {
    /// Binds `count` listeners to this address, or none: the address must be free, or shared with
    /// others who do not mind (`reuse_port`).
    ///
    /// `SO_REUSEPORT` alone would let a second server of the same user join in silence and take
    /// half of the connections. So one socket claims the address first, and is closed when the
    /// workers' sockets have joined it. It cannot stay as one of them: it came to listen outside
    /// their group, so that the kernel would not balance between them.
    pub(crate) fn bind(self, count: usize) -> io::Result<Bound> {
        if self.options.reuse_port {
            let first = self.join(&self.address.into())?;
            let bound = first.local_addr()?;
            let others = (1..count).map(|_| self.join(&bound));
            let sockets = [Ok(first)].into_iter().chain(others).collect::<io::Result<_>>()?;
            return Ok((bound.as_socket().unwrap_or(self.address), sockets));
        }
        let claim = self.claim()?;
        // Port 0: the claim has got a port, the others follow it.
        let bound = claim.local_addr()?;
        let address = bound.as_socket().unwrap_or(self.address);
        if count == 1 {
            return Ok((address, vec![claim]));
        }
        claim.set_reuse_port(true)?;
        let sockets = (0..count).map(|_| self.join(&bound)).collect::<io::Result<_>>()?;
        Ok((address, sockets))
    }

    /// A socket that listens on the address with others.
    fn join(&self, address: &SockAddr) -> io::Result<Socket> {
        let socket = self.socket()?;
        socket.set_reuse_port(true)?;
        socket.bind(address)?;
        socket.listen(self.options.backlog_for_kernel())?;
        Ok(socket)
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
        claim.listen(self.options.backlog_for_kernel())?;
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
        socket.set_tcp_nodelay(self.options.nodelay)?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }
}

/// Must `address` be bound for IPv6 alone? `[::]` would take IPv4 as well, which fails when the
/// same port is asked for on 0.0.0.0 too.
pub(crate) fn only_v6(address: SocketAddr, all: &[SocketAddr]) -> bool {
    all.contains(&(Ipv4Addr::UNSPECIFIED, address.port()).into())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    const OPTIONS: ListenOptions =
        ListenOptions { backlog: 16, nodelay: true, reuse_port: false, unix_mode: 0o660 };

    fn binding(address: &str) -> Binding {
        Binding { address: address.parse().unwrap(), options: OPTIONS, only_v6: false }
    }

    #[test]
    fn all_listeners_of_a_group_share_the_port_that_the_first_got() {
        let (address, sockets) = binding("127.0.0.1:0").bind(3).unwrap();
        assert_ne!(address.port(), 0);
        let addresses = sockets.iter().map(|socket| socket.local_addr().unwrap().as_socket());
        assert_eq!(addresses.collect::<Vec<_>>(), [Some(address); 3]);
    }

    #[test]
    fn an_address_shared_by_a_group_is_in_use_for_everybody_else() {
        for count in [1, 3] {
            let group = binding("127.0.0.1:0").bind(count).unwrap();
            let taken = group.0.to_string();
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
        let address = SocketAddr::from(([0_u16; 8], v4.0.port()));
        assert!(only_v6(address, &[v4.0, address]));
        assert!(!only_v6(address, &[address]));
        Binding { address, only_v6: true, ..binding("[::]:0") }.bind(2).unwrap();
    }

    #[test]
    fn accepted_connections_inherit_nodelay() {
        for nodelay in [true, false] {
            let options = ListenOptions { nodelay, ..OPTIONS };
            let binding = Binding { options, ..binding("127.0.0.1:0") };
            let (address, sockets) = binding.bind(1).unwrap();
            sockets[0].set_nonblocking(false).unwrap();
            let _client = TcpStream::connect(address).unwrap();
            assert_eq!(sockets[0].accept().unwrap().0.tcp_nodelay().unwrap(), nodelay);
        }
    }

    #[test]
    fn an_address_is_shared_by_all_who_say_so() {
        let sharing = |address: &str| {
            let options = ListenOptions { reuse_port: true, ..OPTIONS };
            Binding { options, ..binding(address) }
        };
        let (address, first) = sharing("127.0.0.1:0").bind(2).unwrap();
        let (_, second) = sharing(&address.to_string()).bind(1).unwrap();
        let error = binding(&address.to_string()).bind(1).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        drop((first, second));
    }
}
