//! A directory as a page.

use std::fmt::Write;
use std::io;
use std::os::fd::OwnedFd;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rustix::fs::{Dir, FileType};

use crate::request_path::is_plain;

/// What is in a directory, sorted by name.
#[derive(Debug)]
pub(crate) struct Listed {
    entries: Vec<(String, bool)>,
    is_cut: bool,
}

/// Reads the names that could be asked for: no hidden files, nothing special, no names that are not text.
/// Symbolic links are left out, because it would take a look at each to know where they lead.
pub(crate) fn read(directory: &OwnedFd) -> io::Result<Listed> {
    let (mut entries, mut is_cut) = (Vec::new(), false);
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let is_directory = match entry.file_type() {
            FileType::Directory => true,
            FileType::RegularFile => false,
            _ => continue,
        };
        let Ok(name) = entry.file_name().to_str() else { continue };
        if !is_plain(name) {
            continue;
        }
        if entries.len() == MAX_LISTED {
            is_cut = true;
            break;
        }
        entries.push((name.to_owned(), is_directory));
    }
    entries.sort_unstable();
    Ok(Listed { entries, is_cut })
}

impl Listed {
    /// A page with a link to each; nothing in a name is markup.
    pub(crate) fn to_html(&self, is_root: bool) -> String {
        let mut page = String::from(
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport \
             content=\"width=device-width\"><title>Files</title><h1>Files</h1><ul>",
        );
        if !is_root {
            page.push_str("<li><a href=\"../\">../</a>");
        }
        for (name, is_directory) in &self.entries {
            let slash = if *is_directory { "/" } else { "" };
            // `./` before it: a name may look like a scheme.
            let link = utf8_percent_encode(name, IN_LINK);
            // Writing to a String cannot fail.
            let _ = write!(page, "<li><a href=\"./{link}{slash}\">{}{slash}</a>", escape(name));
        }
        page.push_str("</ul>");
        if self.is_cut {
            let _ = write!(page, "<p>Only {MAX_LISTED} of them are shown.");
        }
        page
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The most entries of a page.
const MAX_LISTED: usize = 1000;

/// Everything but what is plain in every part of a URI.
const IN_LINK: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
