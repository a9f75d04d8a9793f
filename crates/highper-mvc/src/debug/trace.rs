//! From a backtrace to frames.

use std::path::{Path, PathBuf};

use highper_core::{Error, Place};

use crate::Frame;

/// The most frames of a trace that are shown; the innermost ones.
pub const MAX_FRAMES: usize = 128;

/// The frames of an error, the innermost first: without what made the error and took the backtrace. Where
/// there is no backtrace, the place alone.
pub(crate) fn frames_of(error: &Error) -> Vec<Frame> {
    let folder = std::env::current_dir().unwrap_or_default();
    let trace = error.backtrace().map(ToString::to_string).unwrap_or_default();
    let mut frames = parse(&trace, &folder);
    let place = error.place();
    let is_place = |frame: &Frame| frame.line == Some(place.line) && ends_like(frame, &place);
    match frames.iter().take(MACHINERY).position(is_place) {
        Some(first) => drop(frames.drain(..first)),
        // A call over several lines has its place at one of them and its frame at another.
        None => {
            drop_machinery(&mut frames);
            frames.insert(0, frame_of(&place, &frames, &folder));
        }
    }
    frames.truncate(MAX_FRAMES);
    frames
}

fn ends_like(frame: &Frame, place: &Place<'_>) -> bool {
    frame.file.as_ref().is_some_and(|file| file.ends_with(place.file))
}

/// The compiler tells places relative to the workspace, which is not always where a program is started;
/// a frame of the same file knows better.
fn frame_of(place: &Place<'_>, frames: &[Frame], folder: &Path) -> Frame {
    let known =
        frames.iter().find(|frame| ends_like(frame, place)).and_then(|frame| frame.file.clone());
    let file = known.unwrap_or_else(|| from_above(folder, Path::new(place.file)));
    let mut frame = Frame::new("the error was made here");
    (frame.file, frame.line) = (Some(file), Some(place.line));
    frame
}

/// `file` in `folder`, or in a folder around it if it is there.
fn from_above(folder: &Path, file: &Path) -> PathBuf {
    const AROUND: usize = 4;
    let mut folders = folder.ancestors().take(AROUND).map(|folder| folder.join(file));
    folders.find(|path| path.is_file()).unwrap_or_else(|| file.to_owned())
}

/// Reads what the standard library's `Backtrace` writes: `  3: function`, then `  at file:line:column`; calls that were
/// inlined have no number.
///
/// The standard library gives frames in no other way. Its form is older than it is promised; where it
/// changes, traces are shorter and nothing breaks.
fn parse(text: &str, folder: &Path) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        let enough = frames.len() == MAX_FRAMES + MACHINERY;
        match (line.strip_prefix("at "), frames.last_mut()) {
            (Some(place), Some(frame)) => place_frame(frame, place, folder),
            _ if enough => break,
            _ => frames.push(Frame::new(function_of(line))),
        }
    }
    frames
}

/// Without its number, without the hash of its symbol, and without its type arguments, which fill pages
/// where a function was inlined.
fn function_of(line: &str) -> &str {
    let function = without_hash(line);
    match function.split_once('<') {
        Some((name, _)) if function.ends_with('>') && !name.is_empty() && !name.ends_with(':') => {
            name
        }
        _ => function,
    }
}

fn without_hash(line: &str) -> &str {
    let function = match line.split_once(": ") {
        Some((number, function)) if number.bytes().all(|byte| byte.is_ascii_digit()) => function,
        _ => line,
    };
    match function.rsplit_once("::h") {
        Some((function, hash))
            if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) =>
        {
            function
        }
        _ => function,
    }
}

fn place_frame(frame: &mut Frame, place: &str, folder: &Path) {
    let mut rest = place;
    let mut numbers = Vec::with_capacity(2);
    while let Some((before, number)) = rest.rsplit_once(':')
        && let Ok(number) = number.parse::<u32>()
        && numbers.len() < 2
    {
        numbers.push(number);
        rest = before;
    }
    let relative = rest.strip_prefix("./").unwrap_or(rest);
    // A path that is absolute stays what it is.
    frame.file = Some(folder.join(relative));
    frame.line = numbers.last().copied();
}

/// The most frames before the first of interest.
const MACHINERY: usize = 32;

/// Drops the calls that only made the error and took the backtrace.
fn drop_machinery(frames: &mut Vec<Frame>) {
    let is_machinery = |frame: &Frame| {
        let name = frame.function.trim_start_matches(['<', '_']);
        // Calls that were inlined have no path in front of their names.
        let file = frame.file.as_deref().and_then(Path::to_str).unwrap_or_default();
        let is_of_core =
            ["error.rs", "call_stack.rs", "panic.rs"].iter().any(|name| file.ends_with(name));
        MAKERS.iter().any(|maker| name.starts_with(maker))
            || file.starts_with("/rustc/")
            || is_of_core && file.contains("/highper-core")
    };
    let first = frames.iter().take(MACHINERY).position(|frame| !is_machinery(frame));
    frames.drain(..first.unwrap_or_default());
}

const MAKERS: [&str; 11] = [
    "std::",
    "core::",
    "alloc::",
    "rustc::",
    "__rustc::",
    "rust_begin_unwind",
    "rust_panic",
    "T as core::convert::Into<U>",
    "highper_core::call_stack::",
    "highper_core::error::",
    "highper_core::panic::",
];

#[cfg(test)]
mod tests {
    use std::backtrace::Backtrace;

    use super::*;

    const TEXT: &str = "   0: std::backtrace::Backtrace::create
   1: <highper_core::error::Error as core::convert::From<E>>::from
             at ./crates/highper-core/src/error.rs:10:9
   2: shop::pages::book::{{closure}}
             at ./src/pages.rs:46:23
      shop::inlined::h0123456789abcdef
             at /home/ada/a:b/in.rs:7
      generic<shop::Book, alloc::vec::Vec<u8>>
             at /home/ada/a:b/in.rs:7
   3: <unknown>
";

    #[test]
    fn a_backtrace_is_read_with_inlined_calls_and_without_its_own_making() {
        let mut frames = parse(TEXT, Path::new("/shop"));
        assert_eq!(frames.len(), 6);
        drop_machinery(&mut frames);
        let told: Vec<_> = frames.iter().map(|frame| (&*frame.function, frame.place())).collect();
        assert_eq!(
            told,
            [
                ("shop::pages::book::{{closure}}", Some("/shop/src/pages.rs:46".to_owned())),
                ("shop::inlined", Some("/home/ada/a:b/in.rs:7".to_owned())),
                ("generic", Some("/home/ada/a:b/in.rs:7".to_owned())),
                ("<unknown>", None),
            ]
        );
    }

    #[test]
    fn a_text_of_another_form_breaks_nothing() {
        for text in ["", "at x", "disabled backtrace", "at :1:2\n:\n::\n 1: \n at", "\u{0}\n9:9"] {
            let _ = parse(text, Path::new("/"));
        }
        assert_eq!(parse(&"f\n".repeat(9999), Path::new("/")).len(), MAX_FRAMES + MACHINERY);
    }

    /// A change of the standard library's form is found here, not by whoever needs a trace.
    #[test]
    fn the_form_of_this_toolchain_is_read() {
        #[inline(never)]
        fn taken_here() -> String {
            Backtrace::force_capture().to_string()
        }
        let mut frames = parse(&taken_here(), &std::env::current_dir().unwrap());
        drop_machinery(&mut frames);
        let own = frames.iter().find(|frame| frame.function.contains("taken_here")).unwrap();
        assert!(own.file.as_ref().unwrap().ends_with("src/debug/trace.rs"), "{own:?}");
        assert!(own.file.as_ref().unwrap().is_file() && own.line.is_some(), "{own:?}");
    }
}
