//! Rust source code with colours, a line at a time.

use std::fmt::Write;

use crate::debug::html::Escaped;

/// A line of Rust as HTML. A line alone does not tell whether it stands in a comment or in a string of
/// several lines: such lines are coloured as code.
pub(crate) fn highlight(line: &str) -> String {
    let mut html = String::with_capacity(line.len() * 2);
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let (class, length) = token(rest, first);
        let (text, after) = rest.split_at(length);
        // Writing to a String cannot fail.
        let _ = match class {
            "" => write!(html, "{}", Escaped(text)),
            class => write!(html, "<i class={class}>{}</i>", Escaped(text)),
        };
        rest = after;
    }
    html
}

/// The class and the length of the token at the beginning: of at least one character.
fn token(rest: &str, first: char) -> (&'static str, usize) {
    match first {
        '/' if rest.starts_with("//") => ("c", rest.len()),
        '"' => ("s", quoted(rest, '"')),
        '\'' => character(rest),
        '0'..='9' => ("n", run(rest, |c| c.is_alphanumeric() || c == '_')),
        '#' if rest.starts_with("#[") || rest.starts_with("#![") => {
            ("a", rest.find(']').map_or(rest.len(), |at| at + 1))
        }
        c if is_word(c) => word(rest),
        c => ("", c.len_utf8()),
    }
}

fn word(rest: &str) -> (&'static str, usize) {
    let length = run(rest, is_word);
    let (word, after) = rest.split_at(length);
    let class = if KEYWORDS.contains(&word) {
        "k"
    } else if after.starts_with('!') && !after.starts_with("!=") || after.starts_with('(') {
        "f"
    } else if word.starts_with(char::is_uppercase) {
        "t"
    } else {
        ""
    };
    (class, length)
}

/// `'x'` and `'\n'` are characters, `'a` is a lifetime.
fn character(rest: &str) -> (&'static str, usize) {
    let mut characters = rest.char_indices().skip(1);
    let is_escape = characters.next().is_some_and(|(_, c)| c == '\\');
    match characters.next() {
        Some((at, '\'')) if !is_escape => ("s", at + 1),
        _ if is_escape => ("s", quoted(rest, '\'')),
        _ => ("t", 1 + run(&rest[1..], is_word)),
    }
}

/// As far as the closing quote, or the end of the line.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if std::mem::take(&mut escaped) => {}
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

const KEYWORDS: [&str; 38] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern",
    "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub",
    "ref", "return", "self", "Self", "static", "struct", "super", "trait", "true", "type",
    "unsafe", "use", "where", "while",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text_of(html: &str) -> String {
        let mut text = String::new();
        let mut rest = html;
        while let Some((before, after)) = rest.split_once('<') {
            text.push_str(before);
            rest = after.split_once('>').unwrap().1;
        }
        text.push_str(rest);
        [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&#39;", "'"),
            ("&#96;", "`"),
            ("&amp;", "&"),
        ]
        .iter()
        .fold(text, |text, (entity, c)| text.replace(entity, c))
    }

    #[test]
    fn tokens_have_their_classes() {
        assert_eq!(
            highlight("let x: Vec<&'a u8> = parse(\"a\\\"b\", 'c', 7); // <end>"),
            "<i class=k>let</i> x: <i class=t>Vec</i>&lt;&amp;<i class=t>&#39;a</i> u8&gt; = \
             <i class=f>parse</i>(<i class=s>&quot;a\\&quot;b&quot;</i>, <i class=s>&#39;c&#39;</i>, \
             <i class=n>7</i>); <i class=c>// &lt;end&gt;</i>"
        );
    }

    proptest! {
        #[test]
        fn no_character_of_a_line_is_lost_and_none_is_markup(line in "[ -~äß€\"'\\\\/#!]{0,60}") {
            let html = highlight(&line);
            prop_assert_eq!(text_of(&html), line);
            let bare = html.replace("</i>", "");
            for piece in bare.split('<').skip(1) {
                prop_assert!(piece.starts_with("i class=") && piece.as_bytes()[9] == b'>', "{}", html);
            }
        }
    }
}
