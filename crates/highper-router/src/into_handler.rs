//! Async functions with extractors become handlers.

use std::marker::PhantomData;

use highper_core::{
    BoxFuture, Container, FromRequest, Handler, IntoResponse, MissingBinding, Request, Response,
    Scope,
};

/// What can be registered as the handler of a route: an async function of up to twelve extractors, or
/// a [`Handler`].
///
/// `Args` only tells the implementations apart; it is found by the compiler and never written.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot handle requests",
    label = "not an async function of extractors, and not a `Handler`",
    note = "a handler is an `async fn`: its arguments, at most twelve, implement `FromRequest`, and its result `IntoResponse`",
    note = "its future has to be `Send`: hold no `Rc`, `RefCell` guard or `MutexGuard` over an `.await`"
)]
pub trait IntoHandler<Args>: Send + 'static {
    /// The handler that it becomes.
    type Handler: Handler;

    /// Binds what its extractors need from the container.
    ///
    /// # Errors
    /// If one of them needs what is not there.
    fn into_handler(self, container: &Container) -> Result<Self::Handler, MissingBinding>;
}

/// Marks what is a [`Handler`] already.
#[derive(Debug)]
pub struct ByHandler(());

impl<H: Handler> IntoHandler<ByHandler> for H {
    type Handler = H;

    fn into_handler(self, _: &Container) -> Result<H, MissingBinding> {
        Ok(self)
    }
}

/// An async function and what its extractors have bound.
pub struct FnHandler<F, Args, Bound> {
    function: F,
    bound: Bound,
    args: PhantomData<fn() -> Args>,
}

impl<F, Args, Bound> std::fmt::Debug for FnHandler<F, Args, Bound> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(std::any::type_name::<F>())
    }
}

/// The scope, if the arguments have opened it; one from further out is ended there.
#[inline]
fn opened(is_in_scope: bool, request: &Request) -> Option<Scope> {
    if is_in_scope { None } else { request.scope().cloned() }
}

/// In a box, so that routes without a scope do not carry room for it.
#[cold]
fn end(scope: Scope) -> BoxFuture<'static, ()> {
    Box::pin(async move { scope.end().await })
}

macro_rules! handler_of {
    ($($arg:ident $index:tt),*) => {
        impl<F, Fut, Res, $($arg),*> IntoHandler<($($arg,)*)> for F
        where
            F: Fn($($arg),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = Res> + Send,
            Res: IntoResponse,
            $($arg: FromRequest + 'static,)*
        {
            type Handler = FnHandler<F, ($($arg,)*), ($($arg::Bound,)*)>;

            #[allow(unused_variables, reason = "a function without arguments binds nothing")]
            fn into_handler(self, container: &Container) -> Result<Self::Handler, MissingBinding> {
                Ok(FnHandler {
                    function: self,
                    bound: ($($arg::bind(container)?,)*),
                    args: PhantomData,
                })
            }
        }

        impl<F, Fut, Res, $($arg),*> Handler for FnHandler<F, ($($arg,)*), ($($arg::Bound,)*)>
        where
            F: Fn($($arg),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = Res> + Send,
            Res: IntoResponse,
            $($arg: FromRequest + 'static,)*
        {
            #[allow(unused_mut, non_snake_case, reason = "arguments are named as their types")]
            async fn call(&self, mut request: Request) -> Response {
                let is_in_scope = request.scope().is_some();
                $(
                    let $arg = match $arg::from_request(&self.bound.$index, &mut request).await {
                        Ok(part) => part,
                        Err(rejection) => {
                            let response = rejection.into_response();
                            if let Some(scope) = opened(is_in_scope, &request) {
                                end(scope).await;
                            }
                            return response;
                        }
                    };
                )*
                let scope = opened(is_in_scope, &request);
                // What is left of the request need not live as long as the answer takes.
                drop(request);
                let response = (self.function)($($arg),*).await.into_response();
                if let Some(scope) = scope {
                    end(scope).await;
                }
                response
            }
        }
    };
}

handler_of!();
handler_of!(A 0);
handler_of!(A 0, B 1);
handler_of!(A 0, B 1, C 2);
handler_of!(A 0, B 1, C 2, D 3);
handler_of!(A 0, B 1, C 2, D 3, E 4);
handler_of!(A 0, B 1, C 2, D 3, E 4, G 5);
handler_of!(A 0, B 1, C 2, D 3, E 4, G 5, H 6);
handler_of!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7);
handler_of!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8);
handler_of!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8, K 9);
handler_of!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8, K 9, L 10);
handler_of!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8, K 9, L 10, M 11);
