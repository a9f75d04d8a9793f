//! curl, and what it got.

use std::process::Command;

use serde_json::Value;

use crate::command::{Output, run};
use crate::demo::Demo;

/// An answer as curl shows it.
pub(crate) struct Answer {
    /// `HTTP/1.1` or `HTTP/2`.
    pub(crate) version: String,
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Demo {
    /// Gets a page.
    pub(crate) fn get(&self, target: &str) -> Answer {
        self.curl(&[], target, b"")
    }

    /// Runs curl with these arguments, and `input` where they say `@-`.
    pub(crate) fn curl(&self, arguments: &[&str], target: &str, input: &[u8]) -> Answer {
        let output = curl(arguments, &[&self.url(target)], input);
        assert_eq!(output.code, Some(0), "curl {arguments:?} {target}: {}", output.stderr);
        Answer::parse(&output.stdout)
    }

    /// Sends a body of a content type.
    pub(crate) fn send(
        &self,
        method: &str,
        target: &str,
        content_type: &str,
        body: impl AsRef<[u8]>,
    ) -> Answer {
        let content_type = format!("content-type: {content_type}");
        let arguments = ["-X", method, "-H", &content_type, "--data-binary", "@-"];
        self.curl(&arguments, target, body.as_ref())
    }
}

/// Runs curl, quiet but for errors, with the heads of answers in its output.
pub(crate) fn curl(arguments: &[&str], urls: &[&str], input: &[u8]) -> Output {
    // `-q` has to be the first: no settings of whoever runs the tests.
    let mut command = Command::new("curl");
    command.args(["-q", "-sS", "-i", "--noproxy", "*", "--max-time", "20"]);
    run(command.args(arguments).args(urls), input)
}

impl Answer {
    fn parse(output: &[u8]) -> Self {
        let end = output.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let (head, body) = (String::from_utf8_lossy(&output[..end]), &output[end + 4..]);
        let mut lines = head.lines();
        let mut words = lines.next().unwrap_or_default().split(' ');
        let version = words.next().unwrap_or_default().to_owned();
        let status: u16 = words.next().unwrap_or_default().parse().expect("a status");
        // Interim answers (100) have a head of their own.
        if status < 200 {
            return Self::parse(body);
        }
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
        Self { version, status, headers: headers.collect(), body: body.to_owned() }
    }

    /// A header; an empty text if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map_or("", |(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn message_pack(&self) -> Value {
        rmp_serde::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks that this is a problem of this status as JSON, and gives its detail.
    pub(crate) fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], status, "{self:?}");
        problem["detail"].as_str().expect("a detail").to_owned()
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {:?}\n{}", self.version, self.status, self.headers, self.text())
    }
}
