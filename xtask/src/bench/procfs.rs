//! What the kernel tells about a running server.

use std::{fs, path::Path};

use crate::Outcome;

/// A process, watched from outside.
#[derive(Clone, Copy)]
pub(super) struct Watched {
    pub(super) pid: u32,
}

impl Watched {
    /// The ids of its threads.
    pub(super) fn threads(self) -> Outcome<Vec<i32>> {
        let mut threads = Vec::new();
        for entry in list(&self.path("task"))? {
            threads.push(entry?.file_name().to_string_lossy().parse()?);
        }
        Ok(threads)
    }

    /// The time that all its threads have spent on a CPU, in nanoseconds.
    pub(super) fn cpu_ns(self) -> Outcome<u64> {
        let mut total = 0;
        for thread in self.threads()? {
            // A thread may end between the list and here; a server's workers do not.
            let path = self.path(&format!("task/{thread}/schedstat"));
            let Ok(line) = fs::read_to_string(path) else { continue };
            total += first_number(&line).ok_or("schedstat has no figures on this kernel")?;
        }
        Ok(total)
    }

    /// Memory that is its own and was written to, in bytes: what the process alone costs.
    pub(super) fn private_dirty(self) -> Outcome<u64> {
        let path = self.path("smaps_rollup");
        let rollup = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        parse_private_dirty(&rollup).ok_or_else(|| format!("{path} has no Private_Dirty").into())
    }

    /// How many files and sockets it has open.
    pub(super) fn open_files(self) -> Outcome<usize> {
        Ok(list(&self.path("fd"))?.count())
    }

    fn path(self, file: &str) -> String {
        format!("/proc/{}/{file}", self.pid)
    }
}

fn list(path: &str) -> Outcome<fs::ReadDir> {
    Ok(fs::read_dir(Path::new(path)).map_err(|error| format!("{path}: {error}"))?)
}

fn parse_private_dirty(rollup: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Private_Dirty:"))?;
    Some(first_number(line)? * 1024)
}

fn first_number(line: &str) -> Option<u64> {
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_memory_is_read_in_bytes() {
        let rollup = "Rss: 10 kB\nPrivate_Clean:  4 kB\nPrivate_Dirty:    148 kB\n";
        assert_eq!(parse_private_dirty(rollup), Some(148 * 1024));
        assert_eq!(parse_private_dirty("Rss: 10 kB\n"), None);
    }

    #[test]
    fn this_process_can_be_watched() {
        let this = Watched { pid: std::process::id() };
        assert!(!this.threads().unwrap().is_empty());
        assert!(this.cpu_ns().unwrap() > 0);
        assert!(this.open_files().unwrap() >= 3);
    }
}
