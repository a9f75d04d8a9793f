//! What the shop does besides serving.

use std::io::{self, Write};

use highper::{Command, Container};

use crate::catalogue::Catalogue;
use crate::downloads::{HEAD, line};

/// Prints the catalogue as CSV, as it is downloaded.
pub(crate) fn command() -> Command {
    let about = "Prints the catalogue as CSV, or the books whose title or author holds a text";
    Command::new("catalogue:export", about, async |container: Container, arguments| {
        let text = match arguments.as_slice() {
            [] => "",
            [text] => text.to_str().ok_or("the text to search for is not UTF-8")?,
            _ => return Err("one text to search for is enough; quote it if it has spaces".into()),
        };
        let catalogue = container.get::<Catalogue>()?;
        print(&catalogue, text).or_else(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(error.into()),
        })
    })
}

fn print(catalogue: &Catalogue, text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(HEAD.as_bytes())?;
    catalogue
        .search(text)
        .into_iter()
        .try_for_each(|book| output.write_all(line(book).as_bytes()))?;
    output.flush()
}
