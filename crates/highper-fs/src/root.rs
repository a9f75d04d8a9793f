//! A directory that nothing is opened outside of.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, open};

/// A directory, held open: it stays the same one when its name is given to another.
#[derive(Debug)]
pub(crate) struct Root {
    directory: OwnedFd,
    /// Only for systems without `openat2`.
    path: PathBuf,
}

/// Where names are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// On disk where need be: for a thread that may wait.
    Disk,
    /// In what the kernel has in memory. Whatever cannot be told from that is an error.
    Memory,
}

impl Root {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self { directory: open(&path, flags, Mode::empty())?, path })
    }

    /// Opens `name`, a path of plain segments, to be read; symbolic links are followed while they stay
    /// inside. Never waits for the other end of a FIFO, nor takes a terminal.
    pub(crate) fn open_beneath(&self, name: &str, lookup: Lookup) -> io::Result<(OwnedFd, Stat)> {
        let name = Path::new(if name.is_empty() { "." } else { name });
        let file = match lookup {
            Lookup::Disk => self.open_resolved(name)?,
            Lookup::Memory => self.open_known(name)?,
        };
        let stat = fstat(&file)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile | FileType::Directory => Ok((file, stat)),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    #[cfg(target_os = "linux")]
    fn open_resolved(&self, name: &Path) -> io::Result<OwnedFd> {
        use rustix::fs::{ResolveFlags, openat2};
        use rustix::io::Errno;

        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        for _ in 0..MAX_ATTEMPTS {
            match openat2(&self.directory, name, READ, Mode::empty(), resolve) {
                // Something was renamed on the way, and the kernel cannot tell that it stayed inside.
                Err(Errno::AGAIN) => {}
                // A kernel before 5.6, or a sandbox that does not know the call.
                Err(Errno::NOSYS | Errno::PERM) => return self.open_canonical(name),
                opened => return Ok(opened?),
            }
        }
        Err(io::ErrorKind::NotFound.into())
    }

    /// A kernel before 5.12 says that it does not know the flag, which is an error like any other.
    #[cfg(target_os = "linux")]
    fn open_known(&self, name: &Path) -> io::Result<OwnedFd> {
        use rustix::fs::{ResolveFlags, openat2};

        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::CACHED;
        Ok(openat2(&self.directory, name, READ, Mode::empty(), resolve)?)
    }

    #[cfg(not(target_os = "linux"))]
    fn open_known(&self, _: &Path) -> io::Result<OwnedFd> {
        Err(io::ErrorKind::Unsupported.into())
    }

    #[cfg(not(target_os = "linux"))]
    fn open_resolved(&self, name: &Path) -> io::Result<OwnedFd> {
        self.open_canonical(name)
    }

    /// Resolves first and looks where it ended. Who can write in the directory can win a race against it.
    fn open_canonical(&self, name: &Path) -> io::Result<OwnedFd> {
        let path = self.path.join(name).canonicalize()?;
        if !path.starts_with(&self.path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(open(&path, READ | OFlags::NOFOLLOW, Mode::empty())?)
    }
}

const READ: OFlags =
    OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// Attempts while directories are being renamed.
const MAX_ATTEMPTS: usize = 8;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn the_way_without_openat2_stays_inside_too() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        let inside = tempfile::tempdir().unwrap();
        std::fs::write(inside.path().join("file"), "x").unwrap();
        symlink(inside.path().join("file"), inside.path().join("link")).unwrap();
        symlink(outside.path().join("secret"), inside.path().join("out")).unwrap();
        symlink(outside.path(), inside.path().join("folder")).unwrap();
        let root = Root::open(inside.path()).unwrap();

        assert!(root.open_canonical(Path::new("file")).is_ok());
        assert!(root.open_canonical(Path::new("link")).is_ok());
        for name in ["out", "folder/secret", "..", "missing"] {
            assert!(root.open_canonical(Path::new(name)).is_err(), "{name}");
        }
    }
}
