//! Limits of the kernel that stand in the way of very many connections: raised, and put back.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::Outcome;

const FOLDER: &str = "/proc/sys";

/// The kernel counts the memory of TCP in pages.
const PAGE: u64 = 4096;

/// One setting: its name, and the least that each of its numbers must be.
struct Need {
    name: &'static str,
    least: Vec<u64>,
}

/// Settings raised; they get their old values back when this is dropped.
pub(super) struct Tuning {
    /// Each file with what stood in it.
    raised: Vec<(PathBuf, String)>,
}

impl Tuning {
    /// Raises what is too low for so many connections with both ends on this machine.
    ///
    /// # Errors
    ///
    /// A setting may not be written: names the commands for root.
    pub(super) fn raise(connections: u32, at_once: u32) -> Outcome<Self> {
        let mut tuning = Self { raised: Vec::new() };
        let mut refused = Vec::new();
        for need in needs(u64::from(connections), u64::from(at_once)) {
            let path = Path::new(FOLDER).join(need.name.replace('.', "/"));
            // A kernel without this limit has nothing to raise.
            let Ok(current) = fs::read_to_string(&path) else { continue };
            let Some(wanted) = raised(&current, &need.least) else { continue };
            match fs::write(&path, &wanted) {
                Ok(()) => tuning.raised.push((path, current.trim().to_owned())),
                Err(_) => refused.push(format!("\n  sysctl -w {}='{wanted}'", need.name)),
            }
        }
        if refused.is_empty() {
            return Ok(tuning);
        }
        let commands = refused.concat();
        Err(format!("the kernel's limits are too low; as root, run:{commands}").into())
    }
}

impl Drop for Tuning {
    fn drop(&mut self) {
        for (path, value) in self.raised.drain(..).rev() {
            if let Err(error) = fs::write(&path, &value) {
                eprintln!("cannot put `{value}` back into {}: {error}", path.display());
            }
        }
    }
}

fn needs(connections: u64, at_once: u64) -> Vec<Need> {
    let ends = 2 * connections;
    // A connection at rest has nothing queued; this is for those in work, and to be far from the
    // point where the kernel begins to save.
    let pages = connections * 2048 / PAGE;
    [
        ("fs.file-max", vec![ends + 100_000]),
        ("fs.epoll.max_user_watches", vec![ends + 100_000]),
        ("net.core.somaxconn", vec![2 * at_once]),
        ("net.ipv4.tcp_max_syn_backlog", vec![2 * at_once]),
        ("net.ipv4.tcp_max_orphans", vec![ends]),
        ("net.ipv4.tcp_mem", vec![pages, 2 * pages, 3 * pages]),
        ("net.netfilter.nf_conntrack_max", vec![ends]),
    ]
    .map(|(name, least)| Need { name, least })
    .into()
}

/// The setting with each number at its least; none where it suffices as it is.
fn raised(current: &str, least: &[u64]) -> Option<String> {
    let numbers: Vec<u64> =
        current.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    let pairs = numbers.iter().zip(least);
    if pairs.clone().all(|(number, least)| number >= least) {
        return None;
    }
    let wanted: Vec<String> = pairs.map(|(number, least)| number.max(least).to_string()).collect();
    Some(wanted.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_raised_where_a_number_of_it_is_too_low() {
        assert_eq!(raised("100\n", &[100]), None);
        assert_eq!(raised("100\n", &[101]).as_deref(), Some("101"));
        assert_eq!(raised("10\t20\t30\n", &[15, 15, 40]).as_deref(), Some("15 20 40"));
        assert_eq!(raised("auto\n", &[1]), None);
    }

    #[test]
    fn what_was_raised_is_put_back() {
        let file = std::env::temp_dir().join(format!("highper-tuning-{}", std::process::id()));
        fs::write(&file, "2 2").unwrap();
        drop(Tuning { raised: vec![(file.clone(), "1 1".into())] });
        assert_eq!(fs::read_to_string(&file).unwrap(), "1 1");
        fs::remove_file(&file).unwrap();
    }
}
