//! Sockets that listen: for the workers of this process, and for those of others.

use std::{fmt, io, os::fd::OwnedFd, sync::Arc};

use socket2::{Domain, SockAddr, Socket, Type};

use crate::{
    Endpoint, ListenAddress, Scheme,
    bind::{Binding, ListenOptions},
    inherited,
    listen::{Form, UnixName, Which},
    unix_socket::{self, SocketFile},
};

/// Sockets that are bound and listen, by address. Made by [`ServerBuilder::bind`] and
/// [`Server::listeners`]; what is made of them in another process goes into its
/// [`ServerBuilder::adopt`].
///
/// As long as one copy of a socket is open anywhere, clients can connect, and wait until somebody
/// accepts them: a process that ends takes no client with it that it had not yet accepted.
///
/// The files of Unix sockets are removed when the last copy in the process that owns them is
/// dropped; the process which bound them owns them, until it says otherwise.
///
/// [`ServerBuilder::bind`]: crate::ServerBuilder::bind
/// [`ServerBuilder::adopt`]: crate::ServerBuilder::adopt
/// [`Server::listeners`]: crate::Server::listeners
pub struct Listeners {
    groups: Vec<Group>,
}

/// The sockets of one address.
#[derive(Debug)]
pub(crate) struct Group {
    listed: ListenAddress,
    endpoint: Endpoint,
    sockets: Vec<Socket>,
    file: Option<Arc<SocketFile>>,
}

/// A socket of one worker, bound, listening and non-blocking.
#[derive(Debug)]
pub(crate) struct Listening {
    pub(crate) socket: Socket,
    pub(crate) endpoint: Endpoint,
    pub(crate) scheme: Option<Scheme>,
}

impl Listeners {
    pub(crate) fn new(groups: Vec<Group>) -> Self {
        Self { groups }
    }

    /// The addresses that are bound, in the order in which they were listed.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.groups.iter().map(|group| &group.endpoint)
    }

    /// The address of the first that is to speak TLS, as it was listed.
    pub(crate) fn first_with_tls(&self) -> Option<&ListenAddress> {
        let mut listed = self.groups.iter().map(|group| &group.listed);
        listed.find(|address| address.scheme() == Some(Scheme::Https))
    }

    /// More descriptors of the same sockets.
    ///
    /// # Errors
    /// When the system has no descriptors left.
    pub fn try_clone(&self) -> io::Result<Self> {
        let clone = |group: &Group| {
            let sockets = group.sockets.iter().map(Socket::try_clone).collect::<io::Result<_>>()?;
            let (listed, endpoint) = (group.listed.clone(), group.endpoint.clone());
            Ok(Group { listed, endpoint, sockets, file: group.file.clone() })
        };
        Ok(Self { groups: self.groups.iter().map(clone).collect::<io::Result<_>>()? })
    }

    /// The part that falls to process `index` of `processes`, for [`ServerBuilder::adopt`] there.
    /// Each process gets at least one socket of each address, and each socket goes to at least one.
    ///
    /// [`ServerBuilder::adopt`]: crate::ServerBuilder::adopt
    ///
    /// # Errors
    /// When the system has no descriptors left.
    pub fn share(
        &self,
        index: usize,
        processes: usize,
    ) -> io::Result<Vec<(ListenAddress, Vec<OwnedFd>)>> {
        let share = |group: &Group| {
            let sockets = group.share(index, processes)?;
            Ok((group.listed.clone(), sockets.into_iter().map(OwnedFd::from).collect()))
        };
        self.groups.iter().map(share).collect()
    }

    /// Says whether it is this process that removes the files of the Unix sockets: no longer, when
    /// another one has taken them over; from now on, in that one.
    ///
    /// Files of sockets that the service manager has opened are always left to it.
    pub fn own_files(&self, is_owned: bool) {
        let files = self.groups.iter().filter_map(|group| group.file.as_ref());
        files.for_each(|file| file.own(is_owned));
    }

    /// Closes the sockets. The files of Unix sockets stay until this is dropped.
    pub fn close(&mut self) {
        self.groups.iter_mut().for_each(|group| group.sockets.clear());
    }

    /// The files of Unix sockets, which go when this is dropped; the sockets are closed.
    pub(crate) fn into_files(self) -> Vec<Arc<SocketFile>> {
        self.groups.into_iter().filter_map(|group| group.file).collect()
    }

    /// For each worker its sockets.
    pub(crate) fn for_workers(&self, workers: usize) -> io::Result<Vec<Vec<Listening>>> {
        let own = |index| {
            let mut own = Vec::new();
            for group in &self.groups {
                let scheme = group.listed.scheme();
                let with = |socket| Listening { socket, endpoint: group.endpoint.clone(), scheme };
                own.extend(group.share(index, workers)?.into_iter().map(with));
            }
            Ok(own)
        };
        (0..workers).map(own).collect()
    }
}

/// The addresses.
impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.endpoints()).finish()
    }
}

impl Group {
    /// Binds TCP listeners.
    pub(crate) fn tcp(listed: &ListenAddress, binding: Binding, count: usize) -> io::Result<Self> {
        let (address, sockets) = binding.bind(count)?;
        let endpoint = Endpoint::Tcp(address);
        Ok(Self { listed: listed.clone(), endpoint, sockets, file: None })
    }

    /// Binds a Unix socket: one for all, as the kernel does not spread connections over several.
    pub(crate) fn unix(
        listed: &ListenAddress,
        name: &UnixName,
        options: ListenOptions,
    ) -> io::Result<Self> {
        let (socket, file) =
            unix_socket::bind(name, options.unix_mode, options.backlog_for_kernel())?;
        let endpoint = Endpoint::Unix(name.to_string().into());
        Ok(Self {
            listed: listed.clone(),
            endpoint,
            sockets: vec![socket],
            file: file.map(Arc::new),
        })
    }

    /// Takes the sockets that the service manager has opened.
    pub(crate) fn inherited(
        listed: &ListenAddress,
        which: &Which,
        options: ListenOptions,
    ) -> Result<Vec<Self>, String> {
        let sockets = inherited::take(which)?;
        sockets.into_iter().map(|socket| Self::adopted(listed, vec![socket], options)).collect()
    }

    /// Takes sockets that were bound in another process.
    pub(crate) fn adopted(
        listed: &ListenAddress,
        sockets: Vec<OwnedFd>,
        options: ListenOptions,
    ) -> Result<Self, String> {
        let sockets = sockets
            .into_iter()
            .map(|socket| adopt(socket.into(), options))
            .collect::<Result<Vec<_>, String>>()?;
        let first = sockets.first().ok_or("no socket was handed over for it")?;
        let endpoint = endpoint(first).map_err(|error| error.to_string())?;
        let file = match listed.form() {
            Form::Unix(name) => name.file(),
            _ => None,
        };
        // Without its file nobody finds the socket any more, but those who wait there are served.
        let file = file.and_then(|path| SocketFile::found(path).ok()).map(Arc::new);
        Ok(Self { listed: listed.clone(), endpoint, sockets, file })
    }

    fn share(&self, index: usize, of: usize) -> io::Result<Vec<Socket>> {
        let count = self.sockets.len();
        if count == 0 {
            return Ok(Vec::new());
        }
        let own = (0..count.max(of)).filter(|place| place % of == index);
        own.map(|place| self.sockets[place % count].try_clone()).collect()
    }
}

/// Checks a socket that came from elsewhere, and gives it what can still be given.
fn adopt(socket: Socket, options: ListenOptions) -> Result<Socket, String> {
    let failed = |error: io::Error| error.to_string();
    if socket.r#type().map_err(failed)? != Type::STREAM {
        return Err("it is not a stream socket; the unit needs ListenStream=".to_owned());
    }
    if !socket.is_listener().map_err(failed)? {
        return Err(
            "it does not listen; a connection was handed over (the unit needs Accept=no), \
                    or a socket before `listen` was called"
                .to_owned(),
        );
    }
    socket.set_nonblocking(true).and_then(|()| socket.set_cloexec(true)).map_err(failed)?;
    if socket.local_addr().map_err(failed)?.domain() != Domain::UNIX {
        socket.set_tcp_nodelay(options.nodelay).map_err(failed)?;
    }
    Ok(socket)
}

fn endpoint(socket: &Socket) -> io::Result<Endpoint> {
    let address = socket.local_addr()?;
    Ok(match address.as_socket() {
        Some(address) => Endpoint::Tcp(address),
        None => Endpoint::Unix(unix_name(&address).into()),
    })
}

fn unix_name(address: &SockAddr) -> String {
    match (address.as_pathname(), address.as_abstract_namespace()) {
        (Some(path), _) => UnixName::File(path.to_owned()).to_string(),
        (None, Some(name)) => {
            UnixName::Abstract(String::from_utf8_lossy(name).into_owned()).to_string()
        }
        (None, None) => "unix:(unnamed)".to_owned(),
    }
}
