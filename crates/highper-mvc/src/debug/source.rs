//! The lines of source code around a place.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Some lines of a file, around the one that is meant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// The number of the first line, from 1.
    pub(crate) first: u32,
    /// The lines.
    pub(crate) lines: Vec<String>,
}

/// Lines before and after the one that is meant.
const AROUND: u32 = 9;
/// Longer files are no source code that a person wrote.
const MAX_FILE_BYTES: u64 = 2 * 1024 * 1024;
/// Of a longer line the beginning is shown.
const MAX_LINE_CHARS: usize = 400;

impl Excerpt {
    /// Reads the lines around `line`; none where the file is not there, too large, no file or shorter.
    ///
    /// Paths come from the debug information of the program, never from a request.
    pub(crate) fn read(path: &Path, line: u32) -> Option<Self> {
        let file = File::open(path).ok()?;
        let about = file.metadata().ok()?;
        if !about.is_file() || about.len() > MAX_FILE_BYTES {
            return None;
        }
        let mut bytes = Vec::new();
        // It may have grown meanwhile.
        file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).ok()?;
        Self::cut(&String::from_utf8_lossy(&bytes), line)
    }

    fn cut(text: &str, line: u32) -> Option<Self> {
        let first = line.checked_sub(1)?.saturating_sub(AROUND);
        let count = line + AROUND - first;
        let lines: Vec<String> = text
            .lines()
            .skip(first as usize)
            .take(count as usize)
            .map(|line| line.chars().take(MAX_LINE_CHARS).collect())
            .collect();
        // A file that was changed since it was compiled may be shorter.
        (first as usize + lines.len() >= line as usize).then_some(Self { first: first + 1, lines })
    }

    /// The lines with their numbers.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (u32, &str)> {
        (self.first..).zip(self.lines.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_around_are_cut_at_both_ends_of_the_file() {
        let text: String = (1..=30).map(|number| format!("line {number}\n")).collect();
        let numbers = |line| {
            let excerpt = Excerpt::cut(&text, line)?;
            let told: Vec<_> = excerpt.numbered().map(|(number, _)| number).collect();
            assert!(excerpt.numbered().all(|(number, text)| text == format!("line {number}")));
            Some((told[0], told[told.len() - 1]))
        };
        assert_eq!(numbers(1), Some((1, 10)));
        assert_eq!(numbers(15), Some((6, 24)));
        assert_eq!(numbers(30), Some((21, 30)));
        assert_eq!(numbers(31), None);
        assert_eq!(numbers(0), None);
    }

    #[test]
    fn what_is_no_plain_file_is_not_read() {
        assert_eq!(Excerpt::read(Path::new("/dev/zero"), 1), None);
        assert_eq!(Excerpt::read(Path::new("/"), 1), None);
        assert_eq!(Excerpt::read(Path::new("/nowhere/at/all.rs"), 1), None);
    }
}
