//! Plays one case to a server, and says what was not as it should be.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use super::{
    answer::Found,
    case::{Answer, Case, End, Field, Step},
};

/// How the client cuts what it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// As the case says.
    Whole,
    /// Every byte in a packet of its own: no server may see a difference.
    Bytewise,
}

/// Why a case failed, with all that was sent and received.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) manner: Manner,
    pub(super) why: String,
    pub(super) sent: Vec<u8>,
    pub(super) received: Vec<u8>,
}

/// The further request, which shows whether the connection still takes one.
const FURTHER: &str = "GET /further HTTP/1.1\r\nHost: a\r\n\r\n";

/// What answers it.
const FURTHER_BODY: &[u8] = b"/further";

/// A case that has not ended by then has failed. The server's own time-outs are 2 s.
const DEADLINE: Duration = Duration::from_secs(10);

/// No case is answered with more.
const MAX_RECEIVED: usize = 1024 * 1024;

/// Long enough that two writes are two packets, and mostly two reads of the server. What a case asks
/// for does not depend on it.
const CUT: Duration = Duration::from_millis(5);

/// Longer cases are not played byte by byte.
const MAX_BYTEWISE: usize = 2 * 1024;

/// All manners in which a case is played.
pub(super) fn manners(case: &Case) -> &'static [Manner] {
    if case.size() <= MAX_BYTEWISE { &[Manner::Whole, Manner::Bytewise] } else { &[Manner::Whole] }
}

/// Plays a case on a connection of its own.
pub(super) fn play(case: &Case, server: SocketAddr, manner: Manner) -> Result<(), Box<Failure>> {
    let mut client = match Client::connect(server, manner) {
        Ok(client) => client,
        Err(error) => {
            let why = format!("{server} takes no connection: {error}");
            return Err(Box::new(Failure { manner, why, sent: Vec::new(), received: Vec::new() }));
        }
    };
    client.play(case).map_err(|why| {
        Box::new(Failure { manner, why, sent: client.sent, received: client.received })
    })
}

struct Client {
    stream: TcpStream,
    manner: Manner,
    ends_at: Instant,
    sent: Vec<u8>,
    received: Vec<u8>,
    /// The server has ended its half.
    is_ended: bool,
    /// The server takes no more.
    is_broken: bool,
}

impl Client {
    fn connect(server: SocketAddr, manner: Manner) -> std::io::Result<Self> {
        let stream = TcpStream::connect_timeout(&server, DEADLINE)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(DEADLINE))?;
        let ends_at = Instant::now() + DEADLINE;
        let (sent, received) = (Vec::new(), Vec::new());
        Ok(Self { stream, manner, ends_at, sent, received, is_ended: false, is_broken: false })
    }

    fn play(&mut self, case: &Case) -> Result<(), String> {
        for step in case.send {
            self.perform(step)?;
        }
        let answers = &case.then.expected();
        match case.then.end {
            End::Open | End::Either => {
                let length = self.wait_for(answers)?;
                self.write(FURTHER.as_bytes());
                self.further(length, case.then.end)
            }
            End::Closed | End::Refused(_) => {
                self.write(FURTHER.as_bytes());
                self.wait_for_end(answers)
            }
            End::Ended => self.wait_for_end(answers),
        }
    }

    fn perform(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Text(text) => self.write(text.as_bytes()),
            Step::Bytes(bytes) => self.write(bytes),
            Step::Times(text, count) => self.write(text.repeat(*count).as_bytes()),
            Step::Cut => thread::sleep(CUT),
            Step::Until(text) => return self.read_until(text),
            Step::Finish => {
                // A connection that is gone shows in what comes back.
                let _ = self.stream.shutdown(Shutdown::Write);
            }
        }
        Ok(())
    }

    /// A server may end the connection in the middle of it, which is no failure by itself.
    fn write(&mut self, bytes: &[u8]) {
        self.sent.extend_from_slice(bytes);
        let size = if self.manner == Manner::Bytewise { 1 } else { bytes.len().max(1) };
        for piece in bytes.chunks(size) {
            self.is_broken = self.is_broken || self.stream.write_all(piece).is_err();
        }
    }

    fn read_until(&mut self, text: &str) -> Result<(), String> {
        let text = text.as_bytes();
        while !self.received.windows(text.len()).any(|part| part == text) {
            if self.is_ended {
                return Err(format!("the connection ends before `{}`", text.escape_ascii()));
            }
            self.read()?;
        }
        Ok(())
    }

    fn read(&mut self) -> Result<(), String> {
        let left = self.ends_at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(format!("nothing more comes within {} s", DEADLINE.as_secs()));
        }
        if self.received.len() > MAX_RECEIVED {
            return Err(format!("more than {MAX_RECEIVED} bytes come"));
        }
        self.stream.set_read_timeout(Some(left)).map_err(|error| error.to_string())?;
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => self.is_ended = true,
            Ok(read) => self.received.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // A reset takes nothing from what came before it.
            Err(_) => self.is_ended = true,
        }
        Ok(())
    }

    /// Reads all answers; how many bytes they took.
    fn wait_for(&mut self, answers: &[Answer]) -> Result<usize, String> {
        loop {
            let matched = matched(&self.received, answers, self.is_ended)?;
            if matched.is_complete() {
                return Ok(matched.length);
            }
            if self.is_ended {
                return Err(format!("the connection ends after {} answers", matched.found.len()));
            }
            self.read()?;
        }
    }

    fn wait_for_end(&mut self, answers: &[Answer]) -> Result<(), String> {
        while !self.is_ended {
            self.read().map_err(|why| format!("the connection does not end: {why}"))?;
        }
        let matched = matched(&self.received, answers, true)?;
        if !matched.is_complete() {
            return Err(format!("the connection ends after {} answers", matched.found.len()));
        }
        if matched.length < self.received.len() {
            return Err("there is more than the answers: what followed was read".to_owned());
        }
        Ok(())
    }

    fn further(&mut self, length: usize, end: End) -> Result<(), String> {
        loop {
            let rest = &self.received[length..];
            match Found::parse(rest, false, self.is_ended)? {
                Some(found) if found.body == FURTHER_BODY && found.length == rest.len() => {
                    return Ok(());
                }
                Some(_) => return Err("an answer comes that nobody asked for".to_owned()),
                None if self.is_ended && end == End::Either && rest.is_empty() => return Ok(()),
                None if self.is_ended => {
                    return Err("the connection ends before a further request".to_owned());
                }
                None => self.read().map_err(|why| format!("a further request: {why}"))?,
            }
        }
    }
}

/// The answers that came, beside those that are expected.
struct Matched {
    found: Vec<Found>,
    length: usize,
    missing: usize,
}

impl Matched {
    fn is_complete(&self) -> bool {
        self.missing == 0
    }
}

fn matched(bytes: &[u8], answers: &[Answer], is_ended: bool) -> Result<Matched, String> {
    let mut matched = Matched { found: Vec::new(), length: 0, missing: 0 };
    let mut expected = answers.iter();
    while let Some(mut answer) = expected.next() {
        let rest = &bytes[matched.length..];
        let next = Found::parse(rest, answer.is_to_head, is_ended)?;
        let Some(found) = next else {
            let required = |answer: &&Answer| !answer.is_optional;
            matched.missing = expected.filter(required).count() + usize::from(required(&answer));
            break;
        };
        while answer.is_optional && !answer.statuses.contains(&found.status) {
            let Some(after) = expected.next() else { return Ok(matched) };
            answer = after;
        }
        compare(&found, answer, matched.found.len() + 1)?;
        matched.length += found.length;
        matched.found.push(found);
    }
    Ok(matched)
}

fn compare(found: &Found, answer: &Answer, number: usize) -> Result<(), String> {
    if !answer.statuses.contains(&found.status) {
        return Err(format!(
            "answer {number} is {} instead of {:?}",
            found.status, answer.statuses
        ));
    }
    if let Some(body) = answer.body
        && found.body != body.as_bytes()
    {
        let body = found.body.escape_ascii();
        return Err(format!(
            "answer {number} has the body `{body}` instead of `{:?}`",
            answer.body
        ));
    }
    for field in answer.fields {
        let (name, is_right) = match field {
            Field::Is(name, value) => {
                (name, found.field(name).is_some_and(|is| is.eq_ignore_ascii_case(value)))
            }
            Field::Present(name) => (name, found.field(name).is_some()),
            Field::Absent(name) => (name, found.field(name).is_none()),
        };
        if !is_right {
            let value = found.field(name);
            return Err(format!("answer {number} has {name}: {value:?}, expected {field:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::case::{MAYBE_CONTINUE, OK, body, status};

    const ANSWER: &str = "HTTP/1.1 200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
                          content-length: 2\r\n\r\nab";

    #[test]
    fn answers_are_compared_one_by_one() {
        let both = ANSWER.repeat(2);
        assert!(matched(both.as_bytes(), &[OK, body("ab")], false).unwrap().is_complete());
        assert!(matched(both.as_bytes(), &[OK, body("cd")], false).is_err());
        assert!(matched(both.as_bytes(), &[OK, status(&[400])], false).is_err());
        assert!(!matched(ANSWER.as_bytes(), &[OK, OK], false).unwrap().is_complete());
    }

    #[test]
    fn an_interim_answer_may_be_left_out_where_the_case_says_so() {
        let expected = [MAYBE_CONTINUE, OK];
        let with = format!("HTTP/1.1 100 Continue\r\n\r\n{ANSWER}");
        assert!(matched(with.as_bytes(), &expected, false).unwrap().is_complete());
        assert!(matched(ANSWER.as_bytes(), &expected, false).unwrap().is_complete());
        assert!(matched(with.as_bytes(), &[OK], false).is_err());
    }
}
