//! The program that this process runs, to be started again.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf, absolute};
use std::process::Command;

/// The program that this process runs, as it was started.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    path: PathBuf,
    name: OsString,
    arguments: Vec<OsString>,
}

impl Program {
    /// To be asked early: once its file has been replaced, the system no longer tells its path.
    pub(crate) fn of_this_process() -> io::Result<Self> {
        let executable = env::current_exe()?;
        let mut arguments = env::args_os();
        let name = arguments.next().unwrap_or_else(|| executable.clone().into());
        Ok(Self { path: path_as_given(&name, &executable), name, arguments: arguments.collect() })
    }

    /// Shows the name of the program in lists of processes: after [`Self::same`] it would be `exe`.
    pub(crate) fn name_this_process(&self) {
        if let Some(name) = self.path.file_name() {
            // Only on Linux, where it is needed; without /proc it goes by the other name.
            let _ = fs::write("/proc/self/comm", name.as_encoded_bytes());
        }
    }

    /// The file that is now at the path from which this process was started.
    pub(super) fn newest(&self) -> Command {
        self.command(&self.path)
    }

    /// The very same program, also when its file has been replaced: the workers of a supervisor
    /// are of one version.
    pub(super) fn same(&self) -> Command {
        match cfg!(target_os = "linux") {
            true => self.command(Path::new("/proc/self/exe")),
            false => self.newest(),
        }
    }

    fn command(&self, path: &Path) -> Command {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new(path);
        command.arg0(&self.name).args(&self.arguments);
        command
    }
}

/// The path with the links by which it was given, which are changed to deploy a new version; the
/// file itself where the name does not lead to it.
fn path_as_given(name: &OsString, executable: &Path) -> PathBuf {
    let name = Path::new(name);
    let leads_to_it = |path: &PathBuf| path.canonicalize().is_ok_and(|path| path == executable);
    let is_path = name.components().count() > 1;
    let in_folder = |folder: PathBuf| folder.join(name);
    let given = if is_path {
        absolute(name).ok().filter(leads_to_it)
    } else {
        let folders = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&folders).map(in_folder).find(leads_to_it)
    };
    given.unwrap_or_else(|| executable.to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_by_which_it_was_started_is_kept() {
        let folder = env::temp_dir().join(format!("highper-program-{}", std::process::id()));
        let _ = fs::create_dir_all(&folder);
        let executable = env::current_exe().unwrap().canonicalize().unwrap();
        let link = folder.join("current");
        symlink(&executable, &link).unwrap();
        assert_eq!(path_as_given(&link.clone().into(), &executable), link);
        fs::remove_file(&link).unwrap();
        assert_eq!(path_as_given(&link.into(), &executable), executable);
        assert_eq!(path_as_given(&"a name of fancy".into(), &executable), executable);
        fs::remove_dir(&folder).unwrap();
    }
}
