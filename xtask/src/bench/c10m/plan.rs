//! How many processes a crowd needs, and whether the machine can hold it.

use crate::{Outcome, bench::metric::thousands};

/// Files that a server or a client may have open beside its connections.
const OTHER_FILES: u64 = 500;

/// What is left to everything else on the machine.
const RESERVE: u64 = 2_000_000_000;

/// With less than this available a run ends.
pub(super) const FLOOR: u64 = RESERVE / 2;

/// The connections of each pair of a server and a client process.
///
/// # Errors
///
/// A process may hardly open any file.
pub(super) fn split(connections: u32, open_files: u64) -> Outcome<Vec<u32>> {
    let each = u32::try_from(open_files.saturating_sub(OTHER_FILES)).unwrap_or(u32::MAX);
    if each == 0 {
        let sentence = format!("a process may open {open_files} files, which is too few");
        return Err(format!("{sentence}; raise the limit (`ulimit -n`) above {OTHER_FILES}").into());
    }
    let pairs = connections.div_ceil(each);
    let (share, rest) = (connections / pairs, connections % pairs);
    Ok((0..pairs).map(|pair| share + u32::from(pair < rest)).collect())
}

/// What each of so many processes does at once, so that all together do about `total`.
pub(super) fn at_once(total: u32, processes: usize) -> usize {
    (total as usize / processes.max(1)).max(1)
}

/// # Errors
///
/// The memory does not suffice; says how many connections would fit.
pub(super) fn check_memory(connections: u32, bytes_each: u32, available: u64) -> Outcome {
    let fitting = available.saturating_sub(RESERVE) / u64::from(bytes_each);
    if u64::from(connections) <= fitting {
        return Ok(());
    }
    let [connections, bytes, fitting] =
        [f64::from(connections), f64::from(bytes_each), fitting as f64].map(thousands);
    let (available, reserve) = (available as f64 / 1e9, RESERVE as f64 / 1e9);
    Err(format!(
        "{connections} connections at {bytes} bytes, client and server in user space and kernel, \
         do not fit into the {available:.1} GB available with {reserve:.0} GB of them kept in \
         reserve; {fitting} would: use `--connections`, or `--bytes-each` if you know better"
    )
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_split_evenly_into_what_processes_may_open() {
        let pairs = split(1_000_000, 20_000).unwrap();
        assert_eq!(pairs.len(), 52);
        assert_eq!(pairs.iter().sum::<u32>(), 1_000_000);
        assert!(pairs.iter().all(|pair| (19_230..=19_500).contains(pair)), "{pairs:?}");
        assert_eq!(split(10, 20_000).unwrap(), [10]);
        assert!(split(10, 500).unwrap_err().to_string().contains("ulimit"));
    }

    #[test]
    fn every_process_does_at_least_one_thing_at_once() {
        assert_eq!(at_once(64, 52), 1);
        assert_eq!(at_once(512, 2), 256);
    }

    #[test]
    fn too_many_connections_are_refused_with_the_number_that_fits() {
        assert!(check_memory(1_000_000, 8_500, 10_500_000_000).is_ok());
        let error = check_memory(1_000_001, 8_500, 10_500_000_000).unwrap_err().to_string();
        assert!(error.contains("; 1,000,000 would"), "{error}");
        assert!(check_memory(1, 8_500, 1_000).is_err());
    }
}
