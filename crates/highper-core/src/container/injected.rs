//! Functions whose arguments the container fills in.

use std::sync::Arc;

use super::needs::Needs;
use crate::{Container, ContainerError, Resolver};

/// What the container can hand to a function as an argument: `Arc<T>` of a bound service,
/// `Option<Arc<T>>`, [`Factory<T>`](crate::Factory), [`Container`], and every struct that derives `Inject`.
#[diagnostic::on_unimplemented(
    message = "the container cannot hand out a `{Self}`",
    label = "not something that is injected",
    note = "write `Arc<{Self}>` for a service that is bound in the container",
    note = "or derive `Inject` for `{Self}`, to have its fields injected"
)]
pub trait FromContainer: Sized {
    /// How long one lives that is bound by [`inject`](crate::ContainerBuilder::inject).
    const LIFETIME: crate::Lifetime = crate::Lifetime::Singleton;

    /// Tells what it needs, so that boot can look whether all is there.
    fn needs(needs: &mut Needs);

    /// Makes it.
    ///
    /// # Errors
    /// If something that it needs cannot be had.
    fn from_container(resolver: &Resolver<'_>) -> Result<Self, ContainerError>;
}

/// A service.
impl<T: ?Sized + Send + Sync + 'static> FromContainer for Arc<T> {
    fn needs(needs: &mut Needs) {
        needs.service::<T>();
    }

    fn from_container(resolver: &Resolver<'_>) -> Result<Self, ContainerError> {
        resolver.get()
    }
}

/// A service, where it is bound.
impl<T: ?Sized + Send + Sync + 'static> FromContainer for Option<Arc<T>> {
    fn needs(needs: &mut Needs) {
        needs.optional::<T>();
    }

    fn from_container(resolver: &Resolver<'_>) -> Result<Self, ContainerError> {
        resolver.optional()
    }
}

/// The container itself. A service that keeps it keeps all services alive; keep a
/// [`Factory`](crate::Factory) instead.
impl FromContainer for Container {
    fn needs(_: &mut Needs) {}

    fn from_container(resolver: &Resolver<'_>) -> Result<Self, ContainerError> {
        Ok(resolver.container())
    }
}

/// A function of up to eight arguments that the container fills in, or of one `&Resolver`.
///
/// `Args` only tells the implementations apart; it is found by the compiler and never written. Prefer
/// arguments: what a function takes from a `Resolver` is found out only when it runs.
#[diagnostic::on_unimplemented(
    message = "the container cannot call `{Self}`",
    label = "not a function of injected arguments that gives `{Output}`",
    note = "every argument is written with its type: `|db: Arc<Db>| Ok(Shelf::new(db))`",
    note = "arguments, at most eight, implement `FromContainer`: `Arc<T>`, `Option<Arc<T>>`, `Factory<T>`, structs with `#[derive(Inject)]`"
)]
pub trait InjectedFn<Args, Output> {
    /// What its arguments need.
    fn needs(needs: &mut Needs);

    /// Fills the arguments in and calls it.
    ///
    /// # Errors
    /// If an argument cannot be had.
    fn call(&self, resolver: &Resolver<'_>) -> Result<Output, ContainerError>;
}

/// Marks a function that asks a `Resolver` itself.
#[derive(Debug)]
pub struct ByResolver(());

impl<F, Output> InjectedFn<ByResolver, Output> for F
where
    F: Fn(&Resolver<'_>) -> Output,
{
    fn needs(_: &mut Needs) {}

    fn call(&self, resolver: &Resolver<'_>) -> Result<Output, ContainerError> {
        Ok(self(resolver))
    }
}

macro_rules! injected_fn {
    ($($arg:ident),*) => {
        impl<F, Output, $($arg),*> InjectedFn<($($arg,)*), Output> for F
        where
            F: Fn($($arg),*) -> Output,
            $($arg: FromContainer,)*
        {
            #[allow(unused_variables, reason = "a function without arguments needs nothing")]
            fn needs(needs: &mut Needs) {
                $($arg::needs(needs);)*
            }

            #[allow(unused_variables, reason = "a function without arguments needs nothing")]
            fn call(&self, resolver: &Resolver<'_>) -> Result<Output, ContainerError> {
                Ok(self($($arg::from_container(resolver)?),*))
            }
        }
    };
}

injected_fn!();
injected_fn!(A);
injected_fn!(A, B);
injected_fn!(A, B, C);
injected_fn!(A, B, C, D);
injected_fn!(A, B, C, D, E);
injected_fn!(A, B, C, D, E, G);
injected_fn!(A, B, C, D, E, G, H);
injected_fn!(A, B, C, D, E, G, H, I);
