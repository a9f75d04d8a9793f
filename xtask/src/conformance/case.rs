//! What a case of conformance says: what a client sends, and what has to come back.

/// One rule of a standard, with bytes that show whether it is kept.
#[derive(Debug)]
pub(crate) struct Case {
    /// `topic/what`, unique.
    pub(crate) id: &'static str,
    /// Number of the RFC and section: `9112 3.2`.
    pub(crate) section: &'static str,
    pub(crate) level: Level,
    /// The rule in one line.
    pub(crate) rule: &'static str,
    pub(crate) send: &'static [Step],
    pub(crate) then: Then,
}

/// How strongly it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Must,
    Should,
    /// The standard leaves it open or to its grammar, and Highper has chosen: the strict way, so that
    /// nobody in front of it can read the same bytes differently.
    Choice,
}

/// One thing that the client does.
#[derive(Debug)]
pub(crate) enum Step {
    Text(&'static str),
    Bytes(&'static [u8]),
    /// The same text so many times.
    Times(&'static str, usize),
    /// What comes next is another packet.
    Cut,
    /// Waits until this text has come back.
    Until(&'static str),
    /// Ends its half of the connection.
    Finish,
}

/// What has to come back.
#[derive(Debug)]
pub(crate) struct Then {
    pub(crate) answers: &'static [Answer],
    pub(crate) end: End,
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It stays: a further request, sent once the answers have come, is answered.
    Open,
    /// It ends: a further request, sent right behind, is not answered.
    Closed,
    /// One more answer, of one of these statuses, says why it ends; a further request, sent right
    /// behind, is not answered.
    Refused(&'static [u16]),
    /// It ends by itself, and nothing further is sent.
    Ended,
    /// The standard leaves it open.
    Either,
}

/// One answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    /// One of these.
    pub(crate) statuses: &'static [u16],
    /// Exactly this, where it matters. After a 101: what the other protocol sends.
    pub(crate) body: Option<&'static str>,
    pub(crate) fields: &'static [Field],
    /// The answer to HEAD: no body, whatever its fields say.
    pub(crate) is_to_head: bool,
    /// It may also be left out.
    pub(crate) is_optional: bool,
}

/// What an answer's header says.
#[derive(Debug)]
pub(crate) enum Field {
    /// Exactly this value, without regard to case.
    Is(&'static str, &'static str),
    Present(&'static str),
    Absent(&'static str),
}

pub(crate) const fn must(
    id: &'static str,
    section: &'static str,
    rule: &'static str,
    send: &'static [Step],
    then: Then,
) -> Case {
    Case { id, section, level: Level::Must, rule, send, then }
}

pub(crate) const fn should(
    id: &'static str,
    section: &'static str,
    rule: &'static str,
    send: &'static [Step],
    then: Then,
) -> Case {
    Case { id, section, level: Level::Should, rule, send, then }
}

pub(crate) const fn choice(
    id: &'static str,
    section: &'static str,
    rule: &'static str,
    send: &'static [Step],
    then: Then,
) -> Case {
    Case { id, section, level: Level::Choice, rule, send, then }
}

/// Answered, and the connection stays.
pub(crate) const fn open(answers: &'static [Answer]) -> Then {
    Then { answers, end: End::Open }
}

/// Answered, and nothing after it is read as a request.
pub(crate) const fn closed(answers: &'static [Answer]) -> Then {
    Then { answers, end: End::Closed }
}

/// Answered, and the connection ends without another request.
pub(crate) const fn ended(answers: &'static [Answer]) -> Then {
    Then { answers, end: End::Ended }
}

/// Answered, and the connection may stay or end.
pub(crate) const fn either(answers: &'static [Answer]) -> Then {
    Then { answers, end: End::Either }
}

/// Refused with 400.
pub(crate) const REFUSED: Then = refused(&[400]);

/// Refused with one of these statuses.
pub(crate) const fn refused(statuses: &'static [u16]) -> Then {
    refused_after(&[], statuses)
}

/// Answers to what came before, then a refusal.
pub(crate) const fn refused_after(answers: &'static [Answer], statuses: &'static [u16]) -> Then {
    Then { answers, end: End::Refused(statuses) }
}

/// 200 with any body.
pub(crate) const OK: Answer = status(&[200]);

/// 100, to a client that waits for it.
pub(crate) const CONTINUE: Answer = status(&[100]);

/// 100, or nothing, to a client that did not wait for it.
pub(crate) const MAYBE_CONTINUE: Answer = Answer { is_optional: true, ..CONTINUE };

/// One of these statuses.
pub(crate) const fn status(statuses: &'static [u16]) -> Answer {
    Answer { statuses, body: None, fields: &[], is_to_head: false, is_optional: false }
}

/// 200 with this body.
pub(crate) const fn body(text: &'static str) -> Answer {
    Answer { body: Some(text), ..OK }
}

/// 200 to HEAD.
pub(crate) const HEAD: Answer = Answer { is_to_head: true, ..OK };

/// 101, after which the other protocol sends this.
pub(crate) const fn switched(text: &'static str) -> Answer {
    Answer { body: Some(text), ..status(&[101]) }
}

impl Then {
    /// All answers, the refusal among them.
    pub(crate) fn expected(&self) -> Vec<Answer> {
        let refusal = match self.end {
            End::Refused(statuses) => Some(status(statuses)),
            _ => None,
        };
        self.answers.iter().copied().chain(refusal).collect()
    }
}

impl Answer {
    pub(crate) const fn with(self, fields: &'static [Field]) -> Self {
        Self { fields, ..self }
    }
}

impl Case {
    /// The part of the id before the slash.
    pub(crate) fn topic(&self) -> &'static str {
        self.id.split('/').next().unwrap_or(self.id)
    }

    /// How many bytes are sent.
    pub(crate) fn size(&self) -> usize {
        let size = |step: &Step| match step {
            Step::Text(text) => text.len(),
            Step::Bytes(bytes) => bytes.len(),
            Step::Times(text, count) => text.len() * count,
            Step::Cut | Step::Until(_) | Step::Finish => 0,
        };
        self.send.iter().map(size).sum()
    }
}

impl Level {
    pub(crate) const ALL: [Self; 3] = [Self::Must, Self::Should, Self::Choice];

    /// The word of RFC 2119, or ours.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::Choice => "choice",
        }
    }
}
