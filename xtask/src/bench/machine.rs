//! Where the figures come from: without it they say little.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use super::instructions::Counter;

/// The `machine` part of the JSON; what cannot be found out is null.
pub(super) fn describe(root: &Path, counter: Option<Counter>) -> Value {
    json!({
        "cpu": field("/proc/cpuinfo", "model name"),
        "cores": std::thread::available_parallelism().ok().map(usize::from),
        "memory_bytes": field("/proc/meminfo", "MemTotal").and_then(|text| kilobytes(&text)),
        "kernel": read("/proc/sys/kernel/osrelease"),
        "instruction_counter": counter.map(Counter::name),
        "rustc": say(root, &["rustc", "--version"]),
        "commit": say(root, &["git", "describe", "--always", "--dirty"]),
        "date": say(root, &["date", "-u", "+%Y-%m-%dT%H:%M:%SZ"]),
    })
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = read(path)?;
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then(|| value.trim().to_owned())
    })
}

fn kilobytes(text: &str) -> Option<u64> {
    Some(text.strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

fn read(path: &str) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim().to_owned())
}

fn say(root: &Path, command: &[&str]) -> Option<String> {
    let output = Command::new(command[0]).args(&command[1..]).current_dir(root).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_in_bytes() {
        assert_eq!(kilobytes("16 kB"), Some(16_384));
        assert_eq!(kilobytes("16"), None);
    }
}
