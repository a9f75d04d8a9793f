//! The answer of a handler of any type, in memory that one hands to the next.
#![allow(
    unsafe_code,
    reason = "a box for each request is 4 % of it, and safe code cannot use the memory of another type again"
)]

use std::alloc::Layout;
use std::cell::RefCell;
use std::fmt;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::ptr::{NonNull, drop_in_place};
use std::task::{Context, Poll};

use crate::Response;

/// What [`DynHandler::call_dyn`](crate::DynHandler::call_dyn) gives: a boxed future of a response. Where it is of a
/// usual size its memory is that of an earlier one of the same thread.
///
/// # Example
/// ```
/// # use highper_core::{HandlerFuture, IntoResponse};
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let future = HandlerFuture::new(async { "hello".into_response() });
/// assert_eq!(future.await.status(), 200);
/// # }
/// ```
pub struct HandlerFuture<'a>(NonNull<dyn Future<Output = Response> + Send + 'a>);

// SAFETY: it owns its future alone, and that may be sent.
unsafe impl Send for HandlerFuture<'_> {}

impl<'a> HandlerFuture<'a> {
    /// Boxes a future.
    #[inline]
    pub fn new<F: Future<Output = Response> + Send + 'a>(future: F) -> Self {
        if !fits(Layout::new::<F>()) {
            return Self(NonNull::from(Box::leak(Box::new(future))));
        }
        let memory = NonNull::from(Box::leak(take_block())).cast::<F>();
        // SAFETY: the block belongs to nobody else, and is as large and as aligned as the future needs.
        unsafe { memory.write(future) };
        Self(memory)
    }
}

impl Future for HandlerFuture<'_> {
    type Output = Response;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        // SAFETY: the future is there until the drop, and is not moved from where `new` has put it.
        unsafe { Pin::new_unchecked(self.0.as_mut()) }.poll(cx)
    }
}

impl Drop for HandlerFuture<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the future is there; nothing else refers to it.
        let layout = Layout::for_value(unsafe { self.0.as_ref() });
        if !fits(layout) {
            // SAFETY: `new` has leaked such a box for whatever does not fit.
            return drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
        // SAFETY: it is dropped once, and not used again. Should that panic, the block is leaked.
        unsafe { drop_in_place(self.0.as_ptr()) };
        // SAFETY: `new` has leaked a block for whatever fits.
        leave_block(unsafe { Box::from_raw(self.0.as_ptr().cast()) });
    }
}

impl fmt::Debug for HandlerFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandlerFuture")
    }
}

/// Memory for a future: as much as those of nearly all routes take.
type Block = MaybeUninit<[u128; 32]>;

/// So many blocks wait for the next futures of a thread: more than one request nests.
const MAX_SPARES: usize = 16;

thread_local! {
    #[expect(clippy::vec_box, reason = "each is lent for itself")]
    static SPARES: RefCell<Vec<Box<Block>>> = const { RefCell::new(Vec::new()) };
}

#[inline]
fn fits(layout: Layout) -> bool {
    layout.size() <= size_of::<Block>() && layout.align() <= align_of::<Block>()
}

#[inline]
fn take_block() -> Box<Block> {
    let spare = SPARES.try_with(|spares| spares.borrow_mut().pop()).ok().flatten();
    spare.unwrap_or_else(|| Box::new(Block::uninit()))
}

#[inline]
fn leave_block(block: Box<Block>) {
    // At the end of a thread there is nobody to leave it to.
    let _ = SPARES.try_with(|spares| {
        let mut spares = spares.borrow_mut();
        if spares.len() < MAX_SPARES {
            spares.push(block);
        }
    });
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn, ready};
    use std::sync::Arc;
    use std::task::Waker;

    use super::*;
    use crate::IntoResponse;

    /// A future that holds so many bytes, and `held`, over an await.
    async fn holding<const N: usize>(held: Arc<()>) -> Response {
        let bytes = [N as u8; N];
        let mut is_first = true;
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        assert!(bytes.iter().all(|byte| *byte == N as u8) && Arc::strong_count(&held) > 0);
        N.to_string().into_response()
    }

    #[repr(align(64))]
    struct Aligned(std::future::Ready<()>);

    async fn answer(future: HandlerFuture<'_>) -> String {
        let body = future.await.into_body().collect().await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn futures_of_every_size_give_their_answer_and_drop_what_they_hold() {
        let held = Arc::new(());
        for _ in 0..3 {
            let small = HandlerFuture::new(holding::<1>(Arc::clone(&held)));
            let large = HandlerFuture::new(holding::<10_000>(Arc::clone(&held)));
            let middle = HandlerFuture::new(holding::<300>(Arc::clone(&held)));
            assert_eq!(answer(large).await, "10000");
            assert_eq!(answer(small).await, "1");
            assert_eq!(answer(middle).await, "300");
            assert_eq!(Arc::strong_count(&held), 1);
        }
    }

    #[test]
    fn what_is_dropped_before_its_end_drops_what_it_holds() {
        let held = Arc::new(());
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..2 * MAX_SPARES {
            let mut small = HandlerFuture::new(holding::<8>(Arc::clone(&held)));
            let large = HandlerFuture::new(holding::<10_000>(Arc::clone(&held)));
            assert!(Pin::new(&mut small).poll(&mut cx).is_pending());
            drop((small, large));
            assert_eq!(Arc::strong_count(&held), 1);
        }
    }

    #[test]
    fn memory_is_used_again_and_not_kept_without_bound() {
        let address = |future: &HandlerFuture<'_>| future.0.as_ptr().addr();
        let first = HandlerFuture::new(ready("a".into_response()));
        let place = address(&first);
        drop(first);
        let second = HandlerFuture::new(holding::<100>(Arc::default()));
        assert_eq!(address(&second), place, "also by a future of another type");
        let many: Vec<_> = (0..3 * MAX_SPARES).map(|_| HandlerFuture::new(pending())).collect();
        drop(many);
        assert_eq!(SPARES.with_borrow(Vec::len), MAX_SPARES);
    }

    #[tokio::test]
    async fn an_alignment_beyond_the_block_is_kept() {
        let aligned = Aligned(ready(()));
        let future = HandlerFuture::new(async move {
            let aligned = aligned;
            assert_eq!((&raw const aligned).addr() % 64, 0);
            aligned.0.await;
            "ok".into_response()
        });
        assert_eq!(answer(future).await, "ok");
    }

    #[test]
    fn it_may_end_on_another_thread() {
        let held = Arc::new(());
        let future = HandlerFuture::new(holding::<8>(Arc::clone(&held)));
        std::thread::spawn(move || drop(future)).join().unwrap();
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
