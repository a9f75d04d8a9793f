//! Bodies: nothing, bytes at hand, or a stream, without a box for the first two.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::body_adapters::{Streamed, Wrapped};
use crate::{BodyError, BoxError, FileSlice, SendFile};

/// The most bytes of request body that are taken where nobody raised the limit: 128 KiB.
pub const DEFAULT_BODY_LIMIT: u64 = 128 * 1024;

/// The body of a request or a response.
///
/// # Example
/// ```
/// # use highper_core::Body;
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let body = Body::from("known length");
/// assert_eq!(body.collect().await.unwrap(), "known length");
/// # }
/// ```
#[derive(Default)]
pub struct Body {
    kind: Kind,
    bound: Bound,
}

/// A bound on a body, and how much of it was used; the greatest number is no bound.
#[derive(Clone, Copy)]
struct Bound {
    limit: u64,
    used: u64,
}

impl Bound {
    const NONE: Self = Self { limit: u64::MAX, used: 0 };
}

impl Default for Bound {
    fn default() -> Self {
        Self::NONE
    }
}

#[derive(Default)]
enum Kind {
    #[default]
    Empty,
    Full(Bytes),
    Stream(Pin<Box<dyn SendFile + Send>>),
}

impl Body {
    /// No body.
    #[must_use]
    #[inline]
    pub const fn empty() -> Self {
        Self { kind: Kind::Empty, bound: Bound::NONE }
    }

    /// A body of any kind that the ecosystem knows.
    pub fn wrap<B>(body: B) -> Self
    where
        B: HttpBody + Send + 'static,
        B::Error: Into<BoxError>,
    {
        if body.is_end_stream() {
            return Self::empty();
        }
        Self { kind: Kind::Stream(Box::pin(Wrapped { body })), bound: Bound::NONE }
    }

    /// A body that may give bytes of a file in place of data, which the kernel then sends by itself where
    /// the connection is neither encrypted nor shared.
    pub fn wrap_file(body: impl SendFile + Send + 'static) -> Self {
        if body.is_end_stream() {
            return Self::empty();
        }
        Self { kind: Kind::Stream(Box::pin(body)), bound: Bound::NONE }
    }

    /// A body of unknown length, sent piece by piece as the stream gives it.
    pub fn from_stream<S, D, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<D, E>> + Send + 'static,
        D: Into<Bytes> + 'static,
        E: Into<BoxError> + 'static,
    {
        Self { kind: Kind::Stream(Box::pin(Streamed { stream })), bound: Bound::NONE }
    }

    /// Bounds the body to `bytes` as a whole; the lowest of several bounds counts.
    #[must_use]
    pub fn limited(mut self, bytes: u64) -> Self {
        self.bound.limit = self.bound.limit.min(bytes);
        self
    }

    /// The bound, if there is one.
    #[must_use]
    pub fn limit(&self) -> Option<u64> {
        (self.bound.limit != u64::MAX).then_some(self.bound.limit)
    }

    /// True where it is known without reading that there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_end_stream()
    }

    /// The bytes, if all of them are at hand.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.kind {
            Kind::Empty => Some(&[]),
            Kind::Full(bytes) => Some(bytes),
            Kind::Stream(_) => None,
        }
    }

    /// Reads everything.
    ///
    /// # Errors
    /// If it is over its bound (found before reading where the length is declared), malformed, too
    /// slow, or the peer went away.
    pub async fn collect(mut self) -> Result<Bytes, BodyError> {
        if let Some(limit) = self.limit()
            && self.size_hint().lower() > limit
        {
            return Err(BodyError::too_large(limit));
        }
        let Some(first) = self.next_data().await.transpose()? else { return Ok(Bytes::new()) };
        let Some(second) = self.next_data().await.transpose()? else { return Ok(first) };
        // The declared length is the peer's word: reserve what has really come, then grow.
        let mut all = BytesMut::with_capacity(first.len() + second.len());
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        while let Some(data) = self.next_data().await.transpose()? {
            all.extend_from_slice(&data);
        }
        Ok(all.freeze())
    }

    /// The next piece of data; none at the end. Trailers are passed over.
    pub async fn next_data(&mut self) -> Option<Result<Bytes, BodyError>> {
        loop {
            match std::future::poll_fn(|cx| Pin::new(&mut *self).poll_frame(cx)).await? {
                Ok(frame) => match frame.into_data() {
                    Ok(data) => return Some(Ok(data)),
                    Err(_trailers) => {}
                },
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// Bytes of a file that come next in place of data, for an engine that lets the kernel send them. They
    /// count as read. None says nothing of the end: the next frame tells.
    pub fn take_slice(&mut self) -> Option<FileSlice> {
        // Where there is a bound, frames are counted against it.
        if self.bound.limit != u64::MAX {
            return None;
        }
        match &mut self.kind {
            Kind::Empty | Kind::Full(_) => None,
            Kind::Stream(stream) => stream.as_mut().take_slice(),
        }
    }

    /// The pieces of data as a stream.
    #[must_use]
    pub fn into_data_stream(self) -> BodyDataStream {
        BodyDataStream(self)
    }

    fn poll_kind(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.kind {
            Kind::Empty => Poll::Ready(None),
            Kind::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                self.kind = Kind::Empty;
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Kind::Stream(stream) => stream.as_mut().poll_frame(cx).map_err(BodyError::from_source),
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BodyError;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = ready!(self.poll_kind(cx));
        if let Some(Ok(frame)) = &frame {
            self.bound.used += frame.data_ref().map_or(0, |data| data.len() as u64);
            if self.bound.used > self.bound.limit {
                self.kind = Kind::Empty;
                return Poll::Ready(Some(Err(BodyError::too_large(self.bound.limit))));
            }
        }
        Poll::Ready(frame)
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Empty => true,
            Kind::Full(bytes) => bytes.is_empty(),
            Kind::Stream(stream) => stream.is_end_stream(),
        }
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(stream) => stream.size_hint(),
        }
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Contents may be secret: only the size is told.
        match &self.kind {
            Kind::Empty => f.write_str("Body(empty)"),
            Kind::Full(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Kind::Stream(_) => f.write_str("Body(stream)"),
        }
    }
}

macro_rules! body_from {
    ($($source:ty),*) => {$(
        impl From<$source> for Body {
            #[inline]
            fn from(data: $source) -> Self {
                Self { kind: Kind::Full(Bytes::from(data)), bound: Bound::NONE }
            }
        }
    )*};
}

body_from!(Bytes, &'static str, String, &'static [u8], Vec<u8>);

impl From<()> for Body {
    fn from((): ()) -> Self {
        Self::empty()
    }
}

/// The data of a body as a stream; see [`Body::into_data_stream`].
#[derive(Debug)]
pub struct BodyDataStream(Body);

impl Stream for BodyDataStream {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(Pin::new(&mut self.0).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => return Poll::Ready(Some(Ok(data))),
                    Err(_trailers) => {}
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Pieces(Vec<&'static str>);

    impl Stream for Pieces {
        type Item = Result<&'static str, BoxError>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            let piece = if self.0.is_empty() { None } else { Some(self.0.remove(0)) };
            Poll::Ready(piece.map(Ok))
        }
    }

    #[tokio::test]
    async fn a_stream_is_collected_in_order() {
        let body = Body::from_stream(Pieces(vec!["a", "b", "c"]));
        assert_eq!(body.collect().await.unwrap(), "abc");
    }

    #[tokio::test]
    async fn a_stream_over_its_bound_is_cut_at_the_bound() {
        let body = Body::from_stream(Pieces(vec!["aa", "bb", "cc"])).limited(3);
        let error = body.collect().await.unwrap_err();
        assert!(error.is_too_large() && error.to_string().contains("3 bytes"), "{error}");
        let body = Body::from_stream(Pieces(vec!["aa", "b"])).limited(3);
        assert_eq!(body.collect().await.unwrap(), "aab");
    }

    #[test]
    fn debug_output_tells_the_size_and_not_the_contents() {
        assert_eq!(format!("{:?}", Body::from("secret")), "Body(6 bytes)");
    }
}
