//! What stands around handlers.

use std::sync::Arc;

use crate::{CatchPanic, Handler, Request, Response};

/// Stands around a handler: may change the request, answer itself, or change the response.
///
/// Middleware nest like an onion, the first one outermost. `next` is borrowed: nothing is cloned or
/// boxed for a request.
///
/// # Example
/// ```
/// # use highper_core::{Error, Handler, IntoResponse, Middleware, Request, Response};
/// struct RequireKey(&'static str);
///
/// impl Middleware for RequireKey {
///     async fn handle<N: Handler>(&self, request: Request, next: &N) -> Response {
///         match request.header("x-key") {
///             Some(key) if key == self.0 => next.call(request).await,
///             _ => Error::unauthorized("send your key in the header x-key").into_response(),
///         }
///     }
/// }
/// ```
pub trait Middleware: Send + Sync + 'static {
    /// Handles `request`, calling `next` or not.
    fn handle<N: Handler>(
        &self,
        request: Request,
        next: &N,
    ) -> impl Future<Output = Response> + Send;
}

impl<M: Middleware> Middleware for Arc<M> {
    #[inline]
    fn handle<N: Handler>(
        &self,
        request: Request,
        next: &N,
    ) -> impl Future<Output = Response> + Send {
        M::handle(self, request, next)
    }
}

/// A middleware around a handler: a handler itself. A panic of the middleware is an answer, so that
/// those around it still add what is theirs.
#[derive(Clone, Debug)]
pub struct Layered<M, H> {
    middleware: M,
    next: H,
}

impl<M: Middleware, H: Handler> Layered<M, H> {
    /// Puts `middleware` around `next`.
    pub fn new(middleware: M, next: H) -> Self {
        Self { middleware, next }
    }
}

impl<M: Middleware, H: Handler> Handler for Layered<M, H> {
    #[inline]
    fn call(&self, request: Request) -> impl Future<Output = Response> + Send {
        CatchPanic::new(self.middleware.handle(request, &self.next))
    }
}

/// One middleware, or a tuple of up to twelve, the first one outermost.
///
/// A tuple is one type, so that its members call each other directly; only its outside is boxed
/// where a router stores it. Tuples nest where twelve are not enough.
pub trait MiddlewareStack: Sized + Send + Sync + 'static {
    /// Puts the stack around one handler.
    fn wrap<H: Handler>(self, next: H) -> impl Handler;

    /// Makes it something that can stand around many handlers.
    fn shared(self) -> impl MiddlewareStack + Clone;
}

impl<M: Middleware> MiddlewareStack for M {
    fn wrap<H: Handler>(self, next: H) -> impl Handler {
        Layered::new(self, next)
    }

    fn shared(self) -> impl MiddlewareStack + Clone {
        Arc::new(self)
    }
}

/// No middleware at all.
impl MiddlewareStack for () {
    fn wrap<H: Handler>(self, next: H) -> impl Handler {
        next
    }

    fn shared(self) -> impl MiddlewareStack + Clone {
        self
    }
}

macro_rules! stack_of {
    ($($member:ident)+) => {
        impl<$($member: MiddlewareStack),+> MiddlewareStack for ($($member,)+) {
            fn wrap<Inner: Handler>(self, next: Inner) -> impl Handler {
                #[allow(non_snake_case)]
                let ($($member,)+) = self;
                stack_of!(@nest next; $($member)+)
            }

            fn shared(self) -> impl MiddlewareStack + Clone {
                #[allow(non_snake_case)]
                let ($($member,)+) = self;
                ($($member.shared(),)+)
            }
        }
    };
    (@nest $next:ident; $outer:ident $($inner:ident)*) => {
        $outer.wrap(stack_of!(@nest $next; $($inner)*))
    };
    (@nest $next:ident;) => { $next };
}

stack_of!(A);
stack_of!(A B);
stack_of!(A B C);
stack_of!(A B C D);
stack_of!(A B C D E);
stack_of!(A B C D E F);
stack_of!(A B C D E F G);
stack_of!(A B C D E F G H);
stack_of!(A B C D E F G H I);
stack_of!(A B C D E F G H I J);
stack_of!(A B C D E F G H I J K);
stack_of!(A B C D E F G H I J K L);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IntoResponse;

    struct Trace(&'static str);

    impl Middleware for Trace {
        async fn handle<N: Handler>(&self, mut request: Request, next: &N) -> Response {
            request.extensions_mut().get_or_insert_default::<Vec<&str>>().push(self.0);
            next.call(request).await
        }
    }

    struct Answer;

    impl Handler for Answer {
        async fn call(&self, request: Request) -> Response {
            request.extensions().get::<Vec<&str>>().unwrap().join(" ").into_response()
        }
    }

    #[tokio::test]
    async fn the_first_is_outermost_and_stacks_are_reusable() {
        let stack = (Trace("a"), (Trace("b"), Trace("c")), Trace("d")).shared();
        for handler in [stack.clone().wrap(Answer), stack.wrap(Answer)] {
            let body = handler.call(Request::get("/")).await.into_body();
            assert_eq!(body.as_bytes(), Some(&b"a b c d"[..]));
        }
    }

    #[tokio::test]
    async fn eight_nested_middleware_are_sendable_behind_one_box() {
        let stack = (
            Trace("1"),
            Trace("2"),
            Trace("3"),
            Trace("4"),
            Trace("5"),
            Trace("6"),
            Trace("7"),
            Trace("8"),
        );
        let handler = crate::BoxHandler::new(stack.wrap(Answer));
        let answer = tokio::spawn(async move { handler.call_boxed(Request::get("/")).await });
        assert_eq!(answer.await.unwrap().into_body().as_bytes(), Some(&b"1 2 3 4 5 6 7 8"[..]));
    }
}
