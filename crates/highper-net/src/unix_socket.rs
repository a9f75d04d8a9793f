//! Unix sockets: how one is bound, and what becomes of its file.

use std::{
    fs::{self, File, Permissions, TryLockError},
    io,
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::Duration,
};

use socket2::{Domain, SockAddr, Socket, Type};

use crate::listen::UnixName;

/// The file of a Unix socket, removed when this is dropped by the process that owns it.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// Device and inode: another process may have put its own socket there meanwhile.
    identity: (u64, u64),
    is_owned: AtomicBool,
}

impl SocketFile {
    /// The file at `path`, which stays where it is until it is owned.
    pub(crate) fn found(path: &Path) -> io::Result<Self> {
        let identity = identity(path)?;
        Ok(Self { path: path.to_owned(), identity, is_owned: AtomicBool::new(false) })
    }

    /// Says whether it is this process that removes the file.
    pub(crate) fn own(&self, is_owned: bool) {
        self.is_owned.store(is_owned, Relaxed);
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let is_ours = identity(&self.path).is_ok_and(|found| found == self.identity);
        if *self.is_owned.get_mut() && is_ours {
            // Gone already, or a directory that has become read-only: the next start replaces it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// Binds a Unix socket that listens, its file with these permissions.
///
/// A file that is left over from a process which was killed is replaced; one on which somebody
/// listens is in use.
pub(crate) fn bind(
    name: &UnixName,
    mode: u32,
    backlog: i32,
) -> io::Result<(Socket, Option<SocketFile>)> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    let UnixName::File(path) = name else {
        socket.bind(&address(name)?)?;
        socket.listen(backlog)?;
        return Ok((socket, None));
    };
    let _alone = lock_directory(path);
    let address = address(name)?;
    match socket.bind(&address) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            remove_left_over(path, &address)?;
            socket.bind(&address)?;
        }
        bound => bound?,
    }
    let file = SocketFile::found(path)?;
    file.own(true);
    // Nobody can connect before `listen`: the umask's permissions are never in force.
    fs::set_permissions(path, Permissions::from_mode(mode))?;
    socket.listen(backlog)?;
    Ok((socket, Some(file)))
}

fn address(name: &UnixName) -> io::Result<SockAddr> {
    match name {
        UnixName::File(path) => SockAddr::unix(path),
        UnixName::Abstract(name) if cfg!(target_os = "linux") => {
            SockAddr::unix(format!("\0{name}"))
        }
        UnixName::Abstract(_) => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Removes the file of a socket on which nobody listens.
fn remove_left_over(path: &Path, address: &SockAddr) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // Where the backlog is full, a blocking connect would wait.
    probe.set_nonblocking(true)?;
    match probe.connect(address) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        // Also when we may not connect: somebody else's socket is not ours to remove.
        _ => Err(io::ErrorKind::AddrInUse.into()),
    }
}

/// Keeps two processes that start at once from each taking the other's socket, bound and not yet
/// listening, for a left-over.
fn lock_directory(path: &Path) -> Option<File> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    // A directory that cannot be opened is told by `bind`.
    let directory = File::open(parent.unwrap_or(Path::new("."))).ok()?;
    for _ in 0..LOCK_ATTEMPTS {
        match directory.try_lock() {
            Ok(()) => return Some(directory),
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// A rival holds the lock for some system calls. Whoever holds it for longer than a second is none,
/// and is not waited for.
const LOCK_ATTEMPTS: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use std::{
        env,
        os::unix::net::{UnixListener, UnixStream},
        process,
    };

    use super::*;

    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            let folder = env::temp_dir().join(format!("highper-{name}-{}", process::id()));
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        fn socket(&self) -> UnixName {
            UnixName::File(self.0.join("app.sock"))
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_file_has_its_mode_and_goes_with_its_owner() {
        let place = Place::new("mode");
        let (name, path) = (place.socket(), place.0.join("app.sock"));
        let (_socket, file) = bind(&name, 0o640, 8).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        UnixStream::connect(&path).unwrap();
        drop(file);
        assert!(!path.exists());
    }

    #[test]
    fn a_left_over_is_replaced_and_a_live_socket_is_in_use() {
        let place = Place::new("stale");
        let (name, path) = (place.socket(), place.0.join("app.sock"));
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let (_socket, _file) = bind(&name, 0o660, 8).unwrap();
        let error = bind(&name, 0o660, 8).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        UnixStream::connect(&path).unwrap();
    }

    #[test]
    fn a_file_that_is_no_socket_is_left_alone() {
        let place = Place::new("file");
        let path = place.0.join("app.sock");
        fs::write(&path, "precious").unwrap();
        let error = bind(&place.socket(), 0o660, 8).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"precious");
    }

    #[test]
    fn a_file_that_another_process_has_put_there_stays() {
        let place = Place::new("other");
        let (name, path) = (place.socket(), place.0.join("app.sock"));
        let (_socket, file) = bind(&name, 0o660, 8).unwrap();
        fs::remove_file(&path).unwrap();
        // Something in between, so that the file system does not give the inode again.
        fs::write(place.0.join("other"), "").unwrap();
        let _other = UnixListener::bind(&path).unwrap();
        drop(file);
        assert!(path.exists());
    }

    #[test]
    fn a_file_that_was_handed_over_stays() {
        let place = Place::new("handed");
        let (_socket, file) = bind(&place.socket(), 0o660, 8).unwrap();
        let file = file.unwrap();
        file.own(false);
        drop(file);
        assert!(place.0.join("app.sock").exists());
    }

    #[test]
    fn of_many_that_start_at_once_one_gets_the_address() {
        let place = Place::new("race");
        drop(UnixListener::bind(place.0.join("app.sock")).unwrap());
        let bound: Vec<_> = thread::scope(|scope| {
            let start = || scope.spawn(|| bind(&place.socket(), 0o660, 8));
            let starting: Vec<_> = (0..8).map(|_| start()).collect();
            starting.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(bound.iter().filter(|bound| bound.is_ok()).count(), 1);
        UnixStream::connect(place.0.join("app.sock")).unwrap();
    }
}
