//! What a profile that callgrind wrote says.

use std::collections::HashSet;

/// What a program did from its start to its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Profile {
    pub(super) instructions: f64,
    /// Calls of the C library that give out memory, or more of it.
    pub(super) allocations: f64,
}

impl Profile {
    /// None where there is no total: the program did not end.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let total = text.lines().rev().find_map(|line| line.strip_prefix("totals:"))?;
        let instructions = total.trim().parse().ok()?;
        Some(Self { instructions, allocations: allocations(text) })
    }
}

/// Every call stands below the function that is called, which is named where it is met first, and has
/// its number from then on.
fn allocations(text: &str) -> f64 {
    let (mut allocators, mut calls, mut is_allocator) = (HashSet::new(), 0.0, false);
    for line in text.lines() {
        let called = line.strip_prefix("cfn=");
        if let Some(function) = called.or_else(|| line.strip_prefix("fn=")) {
            let (number, name) = function.split_once(' ').unwrap_or((function, ""));
            if ALLOCATORS.contains(&name) {
                allocators.insert(number);
            }
            is_allocator = called.is_some() && allocators.contains(number);
        } else if is_allocator && let Some(call) = line.strip_prefix("calls=") {
            let count = call.split(' ').next().and_then(|count| count.parse().ok());
            calls += count.unwrap_or(0.0);
        }
    }
    calls
}

/// What the system's allocator calls for Rust: by alignment, with zeros, and for more.
const ALLOCATORS: [&str; 5] = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"];

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "version: 1\nevents: Ir\nsummary: 7\n\nob=(1) server\nfl=(1) main.rs\n\
        fn=(1) main\n+3 4\ncob=(2) libc.so.6\ncfi=(2) malloc.c\ncfn=(2) malloc\ncalls=3 16\n+1 9\n\
        cfn=(3) free\ncalls=3 16\n* 9\ncfn=(4) realloc\ncalls=1 0\n* 1\n\nfn=(2)\n5 6\n\
        cfn=(5) _int_malloc\ncalls=3 0\n* 1\n\nfn=(6) serve\ncfn=(2)\ncalls=10 16\n* 1\ntotals: 123456\n";

    #[test]
    fn instructions_and_calls_of_the_allocator_are_read_from_a_profile() {
        let read = Profile { instructions: 123_456.0, allocations: 14.0 };
        assert_eq!(Profile::parse(PROFILE), Some(read));
        assert_eq!(Profile::parse("events: Ir\n"), None);
    }
}
