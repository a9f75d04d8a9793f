//! Links that open a file in an editor.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The editor in which a click on a frame opens its file.
///
/// # Example
/// ```
/// # use highper_mvc::Editor;
/// assert_eq!(Editor::VsCode.link("/shop/src/a b.rs", 7).unwrap(), "vscode://file/shop/src/a%20b.rs:7");
/// let own: Editor = "http://localhost:9/open?f=%file&l=%line".parse().unwrap();
/// assert_eq!(own.link("/a.rs", 7).unwrap(), "http://localhost:9/open?f=/a.rs&l=7");
/// assert!("ed".parse::<Editor>().is_err());
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum Editor {
    /// `sublime`
    Sublime,
    /// `textmate`
    TextMate,
    /// `emacs`
    Emacs,
    /// `macvim`
    MacVim,
    /// `phpstorm`
    PhpStorm,
    /// `idea`
    Idea,
    /// `rustrover`
    RustRover,
    /// `vscode`
    VsCode,
    /// `atom`
    Atom,
    /// `espresso`
    Espresso,
    /// `netbeans`
    NetBeans,
    /// `cursor`
    Cursor,
    /// `zed`
    Zed,
    /// `helix`: runs in a terminal, which has to know the scheme `helix:`.
    Helix,
    /// A link of its own, with `%file` and `%line`.
    Template(String),
    /// A link made by a function of file and line; none for no link.
    Custom(Arc<MakeLink>),
}

type MakeLink = dyn Fn(&str, u32) -> Option<String> + Send + Sync;

impl Editor {
    /// The link to a line of a file. None for what no link may be: a script.
    #[must_use]
    pub fn link(&self, file: &str, line: u32) -> Option<String> {
        let link = match self {
            Self::Custom(make) => make(file, line)?,
            _ => {
                let file = utf8_percent_encode(file, &IN_PATH).to_string();
                self.template().replace("%line", &line.to_string()).replace("%file", &file)
            }
        };
        let scheme = link.trim_start().split(':').next().unwrap_or_default().to_ascii_lowercase();
        let is_script = ["javascript", "data", "vbscript"].contains(&&*scheme);
        let is_scheme = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        (is_scheme && !is_script).then_some(link)
    }

    fn template(&self) -> &str {
        match self {
            Self::Template(template) => template,
            Self::Custom(_) => "",
            known => {
                NAMED.iter().find(|(_, _, editor)| editor.is(known)).map_or("", |named| named.1)
            }
        }
    }

    fn is(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// Slashes and colons are of the path; everything else that could end it is encoded.
const IN_PATH: AsciiSet =
    NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// What it is called in settings, its links.
static NAMED: [(&str, &str, Editor); 14] = [
    ("sublime", "subl://open?url=file://%file&line=%line", Editor::Sublime),
    ("textmate", "txmt://open?url=file://%file&line=%line", Editor::TextMate),
    ("emacs", "emacs://open?url=file://%file&line=%line", Editor::Emacs),
    ("macvim", "mvim://open/?url=file://%file&line=%line", Editor::MacVim),
    ("phpstorm", "phpstorm://open?file=%file&line=%line", Editor::PhpStorm),
    ("idea", "idea://open?file=%file&line=%line", Editor::Idea),
    ("rustrover", "rustrover://open?file=%file&line=%line", Editor::RustRover),
    ("vscode", "vscode://file%file:%line", Editor::VsCode),
    ("atom", "atom://core/open/file?filename=%file&line=%line", Editor::Atom),
    ("espresso", "x-espresso://open?filepath=%file&lines=%line", Editor::Espresso),
    ("netbeans", "netbeans://open/?f=%file:%line", Editor::NetBeans),
    ("cursor", "cursor://file%file:%line", Editor::Cursor),
    ("zed", "zed://file%file:%line", Editor::Zed),
    ("helix", "helix://open?file=%file&line=%line", Editor::Helix),
];

/// A name that no editor has, and that is no template either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownEditor(String);

impl FromStr for Editor {
    type Err = UnknownEditor;

    /// A name, or a template that has `%file`.
    fn from_str(text: &str) -> Result<Self, UnknownEditor> {
        if text.contains("%file") {
            return Ok(Self::Template(text.to_owned()));
        }
        let named = NAMED.iter().find(|(name, ..)| name.eq_ignore_ascii_case(text.trim()));
        named.map(|(.., editor)| editor.clone()).ok_or_else(|| UnknownEditor(text.to_owned()))
    }
}

impl fmt::Display for UnknownEditor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = NAMED.iter().map(|(name, ..)| *name).collect();
        let (text, names) = (self.0.escape_debug(), names.join(", "));
        write!(f, "`{text}` is no editor: name one of {names}, or a link with %file and %line")
    }
}

impl std::error::Error for UnknownEditor {}

impl fmt::Debug for Editor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Custom(_) => f.write_str("Editor(a function)"),
            named => write!(f, "Editor({})", named.template()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_editor_has_a_link_with_file_and_line() {
        for (name, ..) in &NAMED {
            let link = name.parse::<Editor>().unwrap().link("/shop/a&b.rs", 12).unwrap();
            assert!(link.contains("/shop/a%26b.rs") && link.contains("12"), "{name}: {link}");
        }
    }

    #[test]
    fn a_function_makes_any_link_but_a_script() {
        let custom =
            |text: &'static str| Editor::Custom(Arc::new(move |_, _| Some(text.to_owned())));
        assert_eq!(custom("my://x").link("/a", 1).unwrap(), "my://x");
        for script in
            ["javascript:alert(1)", " JavaScript:alert(1)", "java\nscript:x", "data:text/html,x"]
        {
            assert_eq!(custom(script).link("/a", 1), None, "{script:?}");
        }
    }
}
