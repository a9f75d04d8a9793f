//! What the ecosystem knows as bodies, with our data and our errors.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::{BoxError, FileSlice, SendFile};

pin_project_lite::pin_project! {
    /// Any body, its data as `Bytes` and its error boxed.
    pub(crate) struct Wrapped<B> {
        #[pin]
        pub(crate) body: B,
    }
}

impl<B> HttpBody for Wrapped<B>
where
    B: HttpBody,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.project().body.poll_frame(cx).map(|frame| {
            frame.map(|frame| {
                frame
                    .map(|frame| frame.map_data(|mut data| data.copy_to_bytes(data.remaining())))
                    .map_err(Into::into)
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> SendFile for Wrapped<B>
where
    B: HttpBody,
    B::Error: Into<BoxError>,
{
    fn take_slice(self: Pin<&mut Self>) -> Option<FileSlice> {
        None
    }
}

pin_project_lite::pin_project! {
    /// A stream of pieces as a body.
    pub(crate) struct Streamed<S> {
        #[pin]
        pub(crate) stream: S,
    }
}

impl<S, D, E> HttpBody for Streamed<S>
where
    S: Stream<Item = Result<D, E>>,
    D: Into<Bytes>,
    E: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.project().stream.poll_next(cx).map(|piece| {
            piece.map(|piece| piece.map(|data| Frame::data(data.into())).map_err(Into::into))
        })
    }
}

impl<S, D, E> SendFile for Streamed<S>
where
    S: Stream<Item = Result<D, E>>,
    D: Into<Bytes>,
    E: Into<BoxError>,
{
    fn take_slice(self: Pin<&mut Self>) -> Option<FileSlice> {
        None
    }
}
