//! Frames that wait for their connection: mostly one.

use std::collections::VecDeque;

use bytes::Bytes;

/// A queue whose first frame takes no memory of its own: of those to whom one message is sent, each has
/// a queue for a moment.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    first: Option<Bytes>,
    /// Empty where there is no first one.
    rest: VecDeque<Bytes>,
}

impl Frames {
    pub(crate) fn push(&mut self, frame: Bytes) {
        match self.first {
            None => self.first = Some(frame),
            Some(_) => self.rest.push_back(frame),
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        let first = self.first.take()?;
        self.first = self.rest.pop_front();
        Some(first)
    }

    pub(crate) fn first_mut(&mut self) -> Option<&mut Bytes> {
        self.first.as_mut()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Has it taken memory for many?
    pub(crate) fn is_large(&self) -> bool {
        self.rest.capacity() > LARGE
    }
}

/// So many frames are much for one connection.
const LARGE: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_in_the_order_in_which_they_went_in() {
        let mut frames = Frames::default();
        assert!(frames.is_empty() && frames.pop().is_none());
        frames.push("a".into());
        frames.push("b".into());
        assert_eq!(frames.first_mut().map(|frame| &frame[..]), Some(&b"a"[..]));
        assert_eq!(frames.pop().as_deref(), Some(&b"a"[..]));
        frames.push("c".into());
        assert_eq!(frames.pop().as_deref(), Some(&b"b"[..]));
        assert_eq!(frames.pop().as_deref(), Some(&b"c"[..]));
        assert!(frames.is_empty() && frames.pop().is_none());
    }
}
