//! The body of an answer in its framing: frames in, bytes out.

use bytes::Bytes;
use highper_core::BodyError;
use http::HeaderMap;
use http_body::Frame;

use super::answer::{Framing, push_chunk_size, push_last_chunk};
use super::output::Output;

/// Appends a frame of an answer's body, or its end; true if it was the last.
///
/// # Errors
/// The body is not as long as was told.
pub(super) fn push_frame(
    output: &mut Output,
    framing: &mut Framing,
    frame: Option<Frame<Bytes>>,
) -> Result<bool, BodyError> {
    let Some(frame) = frame else {
        return push_end(output, *framing, None).map(|()| true);
    };
    let data = match frame.into_data() {
        Ok(data) => data,
        Err(frame) => {
            let trailers = frame.into_trailers().ok();
            return push_end(output, *framing, trailers.as_ref()).map(|()| true);
        }
    };
    if data.is_empty() {
        return Ok(false);
    }
    match framing {
        Framing::Chunked => {
            push_chunk_size(output.bytes(), data.len());
            output.push_chunk(data);
        }
        Framing::Length(left) => {
            *left = within(*left, data.len() as u64)?;
            output.push(data);
        }
        Framing::ToTheEnd => output.push(data),
        Framing::Nothing => {}
    }
    Ok(false)
}

fn push_end(
    output: &mut Output,
    framing: Framing,
    trailers: Option<&HeaderMap>,
) -> Result<(), BodyError> {
    match framing {
        Framing::Chunked => push_last_chunk(output.bytes(), trailers),
        Framing::Length(1..) => {
            return Err(BodyError::malformed("it is shorter than was declared"));
        }
        Framing::Length(0) | Framing::Nothing | Framing::ToTheEnd => {}
    }
    Ok(())
}

/// What is left of a declared length after so much more.
///
/// # Errors
/// It is less.
pub(super) fn within(left: u64, length: u64) -> Result<u64, BodyError> {
    let rest = left.checked_sub(length);
    rest.ok_or_else(|| BodyError::malformed("it is longer than was declared"))
}
