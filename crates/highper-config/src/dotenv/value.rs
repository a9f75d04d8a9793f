//! The value of an assignment: quotes, escapes, comments, `${NAME}`.

use std::mem;

use super::error::MissingPart;
use super::parse::{Piece, is_part_of_name};

/// Reads values from a text whose line ends are `\n`.
pub(crate) struct Scanner<'t> {
    rest: &'t str,
    line: u32,
}

impl<'t> Scanner<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { rest: text, line: 1 }
    }

    pub(crate) fn line(&self) -> u32 {
        self.line
    }

    /// The rest of this line; None at the end of the text.
    pub(crate) fn peek_line(&self) -> Option<&'t str> {
        (!self.rest.is_empty()).then(|| self.rest.split('\n').next().unwrap_or_default())
    }

    pub(crate) fn skip(&mut self, bytes: usize) {
        let (skipped, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.line += u32::try_from(skipped.matches('\n').count()).unwrap_or(u32::MAX);
        self.rest = rest;
    }

    /// What stands after the `=`, and the end of its line.
    pub(crate) fn value(&mut self) -> Result<Vec<Piece>, MissingPart> {
        let is_after_blank = self.skip_blanks();
        let mut value = Pieces::default();
        match self.rest.chars().next() {
            Some('#') if is_after_blank || is_comment(self.rest) => {
                self.skip(self.peek_line().unwrap_or_default().len());
            }
            Some('\'') => self.single_quoted(&mut value)?,
            Some('"') => self.double_quoted(&mut value)?,
            _ => self.unquoted(&mut value),
        }
        self.end_of_line()?;
        Ok(value.finish())
    }

    fn single_quoted(&mut self, value: &mut Pieces) -> Result<(), MissingPart> {
        let line = self.peek_line().unwrap_or_default();
        let end = line[1..].find('\'').ok_or_else(|| self.missing(UNCLOSED_SINGLE))?;
        value.text.push_str(&line[1..=end]);
        self.skip(end + 2);
        Ok(())
    }

    fn double_quoted(&mut self, value: &mut Pieces) -> Result<(), MissingPart> {
        let unclosed = self.missing(UNCLOSED_DOUBLE);
        self.skip(1);
        loop {
            match self.take() {
                Some('"') => return Ok(()),
                Some('\\') => {
                    let escaped = self.rest.chars().next().ok_or(MissingPart { ..unclosed })?;
                    value.text.push(unescaped(escaped).ok_or_else(|| self.missing(ESCAPE))?);
                    self.take();
                }
                Some('$') => self.nested(value),
                Some(c) => value.text.push(c),
                None => return Err(unclosed),
            }
        }
    }

    fn unquoted(&mut self, value: &mut Pieces) {
        while let Some(c) = self.rest.chars().next().filter(|c| !c.is_whitespace()) {
            self.take();
            match c {
                '$' => self.nested(value),
                c => value.text.push(c),
            }
        }
    }

    /// After a `$`: the rest of `${NAME}`, or nothing.
    fn nested(&mut self, value: &mut Pieces) {
        let after = self.rest.strip_prefix('{').unwrap_or_default();
        let (name, end) =
            after.split_at(after.find(|c| !is_part_of_name(c)).unwrap_or(after.len()));
        match !name.is_empty() && end.starts_with('}') {
            true => {
                value.nest(name);
                self.skip(name.len() + 2);
            }
            false => value.text.push('$'),
        }
    }

    /// Only blanks and a comment may follow a value.
    fn end_of_line(&mut self) -> Result<(), MissingPart> {
        let is_after_blank = self.skip_blanks();
        let rest = self.peek_line().unwrap_or_default();
        let is_comment = is_after_blank && rest.starts_with('#');
        if !rest.is_empty() && !is_comment {
            return Err(self.missing(TRAILING));
        }
        self.skip(rest.len() + 1);
        Ok(())
    }

    /// True if there was one.
    fn skip_blanks(&mut self) -> bool {
        let line = self.peek_line().unwrap_or_default();
        let blanks = line.len() - line.trim_start().len();
        self.skip(blanks);
        blanks > 0
    }

    fn take(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.skip(c.len_utf8());
        Some(c)
    }

    fn missing(&self, what: &'static str) -> MissingPart {
        MissingPart { line: self.line, what }
    }
}

/// A `#` that ends the value comes after a blank, or before one: `abc#def` and `#fff` are values.
fn is_comment(line: &str) -> bool {
    line.strip_prefix('#')
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

fn unescaped(c: char) -> Option<char> {
    Some(match c {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '"' | '\\' | '$' => c,
        _ => return None,
    })
}

#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    text: String,
}

impl Pieces {
    fn nest(&mut self, name: &str) {
        self.flush();
        self.done.push(Piece::Nested(name.to_owned()));
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.done.push(Piece::Text(mem::take(&mut self.text)));
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        self.flush();
        self.done
    }
}

const UNCLOSED_SINGLE: &str = "a missing closing quote; a value in single quotes ends on its line";
const UNCLOSED_DOUBLE: &str = "a missing closing quote";
const ESCAPE: &str =
    r#"an unexpected escape sequence; \n \r \t \f \v \" \\ \$ are known, single quotes have none"#;
const TRAILING: &str = "unexpected whitespace or text after the value; put quotes around all of it, or a blank before `#`";

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> String {
        let pieces = Scanner::new(value).value().unwrap();
        let show = |piece: Piece| match piece {
            Piece::Text(text) => text,
            Piece::Nested(name) => format!("<{name}>"),
        };
        pieces.into_iter().map(show).collect()
    }

    fn error(value: &str) -> &'static str {
        Scanner::new(value).value().unwrap_err().what
    }

    #[test]
    fn double_quotes_have_escapes_and_several_lines() {
        assert_eq!(text(r#""a\n\r\t\f\v\"\\\$b""#), "a\n\r\t\u{c}\u{b}\"\\$b");
        assert_eq!(text("\"BAR  \n\""), "BAR  \n");
        assert_eq!(text("\"a # b\" # c"), "a # b");
        assert_eq!(error(r#""\q""#), ESCAPE);
    }

    #[test]
    fn single_quotes_and_no_quotes_are_literal() {
        assert_eq!(text(r"'\n\\${A} #'"), r"\n\\${A} #");
        assert_eq!(text(r"\n\q"), r"\n\q");
        assert_eq!(text("it's"), "it's");
    }

    #[test]
    fn comments_come_after_a_blank() {
        assert_eq!(text("a # b"), "a");
        assert_eq!(text("a#b"), "a#b");
        assert_eq!(text("#fff"), "#fff");
        assert_eq!(text("# c"), "");
        assert_eq!(text(" #c"), "");
        assert_eq!(text("'a' #b"), "a");
    }

    #[test]
    fn values_without_quotes_have_no_spaces() {
        assert_eq!(error("bar baz"), TRAILING);
        assert_eq!(error("foo# comment"), TRAILING);
        assert_eq!(error("'a'b"), TRAILING);
        assert_eq!(error("'a'#b"), TRAILING);
    }

    #[test]
    fn a_missing_closing_quote_is_told_with_the_line_of_the_opening_one() {
        for value in ["\"erert", "'erert", "\"\\", "\"a\nb", "'a\nb'"] {
            let error = Scanner::new(value).value().unwrap_err();
            assert!(error.what.starts_with("a missing closing quote"), "{value}");
            assert_eq!(error.line, 1);
        }
    }

    #[test]
    fn nested_names_stand_in_braces() {
        assert_eq!(text("a${B.c}d$E${F"), "a<B.c>d$E${F");
        assert_eq!(
            text(r#""{$A} ${A} $A {A} \${A} ${} ${a b} ${A""#),
            "{$A} <A> $A {A} ${A} ${} ${a b} ${A"
        );
        assert_eq!(text("${${A}}"), "${<A>}");
    }
}
