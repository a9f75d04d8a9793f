//! Reads answers as strictly as RFC 9112 writes them: a server's own mistakes are found here.

/// What the version of an answer is called among its fields.
const VERSION: &str = ":version";

/// One answer as it came.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) status: u16,
    pub(super) fields: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// How many bytes it took.
    pub(super) length: usize,
}

impl Found {
    /// The first answer of `bytes`; none as long as more of it has to come.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn parse(
        bytes: &[u8],
        is_to_head: bool,
        is_ended: bool,
    ) -> Result<Option<Self>, String> {
        let Some(head) = bytes.windows(4).position(|end| end == b"\r\n\r\n") else {
            return if is_ended && !bytes.is_empty() {
                Err("the connection ends within an answer's head".to_owned())
            } else {
                Ok(None)
            };
        };
        let text = std::str::from_utf8(&bytes[..head]).map_err(|_| "a head is not UTF-8")?;
        let mut lines = text.split("\r\n");
        let (version, status) = status_of(lines.next().unwrap_or_default())?;
        let mut fields = lines.map(field_of).collect::<Result<Vec<_>, _>>()?;
        fields.push((VERSION.to_owned(), version));
        let mut found = Self { status, fields, body: Vec::new(), length: head + 4 };
        found.check()?;
        let rest = &bytes[head + 4..];
        let Some((body, length)) = found.read_body(rest, is_to_head, is_ended)? else {
            return Ok(None);
        };
        found.body = body;
        found.length += length;
        Ok(Some(found))
    }

    /// The one value of a field, or the first of several.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// What holds for every answer.
    fn check(&self) -> Result<(), String> {
        let has = |name| self.field(name).is_some();
        let lengths = self.fields.iter().filter(|(name, _)| name == "content-length").count();
        if lengths > 1 || (lengths == 1 && has("transfer-encoding")) {
            return Err("an answer's length is told twice (RFC 9112, 6.2)".to_owned());
        }
        let is_bodiless = self.status < 200 || self.status == 204;
        if is_bodiless && (lengths == 1 || has("transfer-encoding")) {
            return Err(format!("a {} has a length (RFC 9110, 8.6)", self.status));
        }
        if (200..500).contains(&self.status) && !self.field("date").is_some_and(is_date) {
            return Err("an answer has no Date, or a malformed one (RFC 9110, 6.6.1)".to_owned());
        }
        if self.status == 405 && !has("allow") {
            return Err("a 405 has no Allow (RFC 9110, 15.5.6)".to_owned());
        }
        Ok(())
    }

    /// The body and how many bytes it took (RFC 9112, section 6.3).
    fn read_body(
        &self,
        bytes: &[u8],
        is_to_head: bool,
        is_ended: bool,
    ) -> Result<Option<(Vec<u8>, usize)>, String> {
        let to_the_end = || Ok(is_ended.then(|| (bytes.to_vec(), bytes.len())));
        if self.status == 101 {
            return to_the_end();
        }
        if is_to_head || self.status < 200 || matches!(self.status, 204 | 304) {
            return Ok(Some((Vec::new(), 0)));
        }
        if let Some(coding) = self.field("transfer-encoding") {
            return match coding {
                "chunked" => dechunk(bytes),
                other => Err(format!("Transfer-Encoding is `{other}`")),
            };
        }
        let Some(length) = self.field("content-length") else { return to_the_end() };
        let length: usize =
            length.parse().map_err(|_| format!("Content-Length is `{length}`, no number"))?;
        match bytes.get(..length) {
            Some(body) => Ok(Some((body.to_vec(), length))),
            None if is_ended => Err("the connection ends within an answer's body".to_owned()),
            None => Ok(None),
        }
    }
}

/// `HTTP-version SP status-code SP [reason-phrase]` (RFC 9112, section 4).
fn status_of(line: &str) -> Result<(String, u16), String> {
    let malformed = || format!("`{}` is no status line", line.escape_debug());
    let (version, rest) = line.split_once(' ').ok_or_else(malformed)?;
    let (code, _) = rest.split_once(' ').ok_or_else(malformed)?;
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    let status = code.parse().ok().filter(|status| is_code && *status >= 100);
    let is_known = matches!(version, "HTTP/1.1" | "HTTP/1.0");
    status.filter(|_| is_known).map(|status| (version.to_owned(), status)).ok_or_else(malformed)
}

/// `field-name ":" OWS field-value OWS` (RFC 9112, section 5).
fn field_of(line: &str) -> Result<(String, String), String> {
    let malformed = || format!("`{}` is no header field", line.escape_debug());
    let (name, value) = line.split_once(':').ok_or_else(malformed)?;
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_well_formed = !name.is_empty()
        && name.bytes().all(is_token)
        && !value.bytes().any(|byte| (byte < 0x20 && byte != b'\t') || byte == 0x7f);
    let field = || (name.to_ascii_lowercase(), value.trim_matches([' ', '\t']).to_owned());
    is_well_formed.then(field).ok_or_else(malformed)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn is_date(value: &str) -> bool {
    let shape: String = value
        .chars()
        .map(|letter| match letter {
            '0'..='9' => '0',
            'a'..='z' | 'A'..='Z' => 'a',
            other => other,
        })
        .collect();
    shape == "aaa, 00 aaa 0000 00:00:00 aaa" && value.ends_with(" GMT")
}

/// The data of a chunked body, and how many bytes it took; none as long as more has to come.
fn dechunk(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, String> {
    let (mut data, mut at) = (Vec::new(), 0);
    loop {
        let Some(line) = line_of(&bytes[at..]) else { return Ok(None) };
        let text = String::from_utf8_lossy(line);
        let is_size = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size = usize::from_str_radix(&text, 16)
            .ok()
            .filter(|_| is_size)
            .ok_or_else(|| format!("`{}` is no chunk size", text.escape_debug()))?;
        at += line.len() + 2;
        if size == 0 {
            break;
        }
        let Some(chunk) = bytes.get(at..at + size + 2) else { return Ok(None) };
        let Some(chunk) = chunk.strip_suffix(b"\r\n") else {
            return Err("a chunk does not end in CR LF".to_owned());
        };
        data.extend_from_slice(chunk);
        at += size + 2;
    }
    loop {
        let Some(line) = line_of(&bytes[at..]) else { return Ok(None) };
        at += line.len() + 2;
        if line.is_empty() {
            return Ok(Some((data, at)));
        }
        field_of(&String::from_utf8_lossy(line))?;
    }
}

/// The line that `bytes` begin with, if it has ended.
fn line_of(bytes: &[u8]) -> Option<&[u8]> {
    bytes.windows(2).position(|end| end == b"\r\n").map(|end| &bytes[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

    fn parse(head: &str, rest: &str) -> Result<Option<Found>, String> {
        Found::parse(format!("HTTP/1.1 {head}\r\n{DATE}{rest}").as_bytes(), false, false)
    }

    #[test]
    fn an_answer_ends_where_its_framing_says() {
        let sized = parse("200 OK", "content-length: 2\r\n\r\nabHTTP").unwrap().unwrap();
        assert_eq!((sized.status, &sized.body[..]), (200, &b"ab"[..]));
        let chunks = "transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nx: y\r\n\r\nHTTP";
        let chunked = parse("200 OK", chunks).unwrap().unwrap();
        assert_eq!(chunked.body, b"ab");
        assert!(parse("200 OK", "content-length: 9\r\n\r\nab").unwrap().is_none());
        assert!(parse("204 No Content", "\r\n").unwrap().unwrap().body.is_empty());
    }

    #[test]
    fn the_mistakes_of_a_server_are_found() {
        for (head, rest, why) in [
            ("200 OK", "content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n", "told twice"),
            ("204 No Content", "content-length: 0\r\n\r\n", "has a length"),
            ("405 No", "content-length: 0\r\n\r\n", "no Allow"),
            ("20 OK", "\r\n", "no status line"),
            ("200 OK", "a b: c\r\n\r\n", "no header field"),
            ("200 OK", "transfer-encoding: chunked\r\n\r\n+2\r\nab", "no chunk size"),
            ("200 OK", "transfer-encoding: chunked\r\n\r\n2\r\nabcd\r\n", "CR LF"),
        ] {
            let error = parse(head, rest).expect_err(rest);
            assert!(error.contains(why), "{error}");
        }
        let dateless = Found::parse(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", false, false);
        assert!(dateless.unwrap_err().contains("Date"));
    }
}
