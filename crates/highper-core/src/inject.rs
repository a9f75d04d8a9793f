//! Services as arguments of handlers.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use crate::container::Entry;
use crate::{Container, Error, FromRequest, MissingBinding, Request};

/// A singleton from the container, resolved once at boot: a request costs no look-up.
///
/// # Example
/// ```
/// # use highper_core::{Container, FromRequest, Inject};
/// struct Clock;
/// let container = Container::builder().instance(Clock).build().unwrap();
/// assert!(Inject::<Clock>::bind(&container).is_ok());
/// assert!(Inject::<String>::bind(&container).unwrap_err().to_string().contains("String"));
/// ```
#[derive(Debug)]
pub struct Inject<T: ?Sized>(pub Arc<T>);

impl<T: ?Sized> Deref for Inject<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized + Send + Sync + 'static> FromRequest for Inject<T> {
    type Bound = Arc<T>;
    type Rejection = Infallible;

    fn bind(container: &Container) -> Result<Arc<T>, MissingBinding> {
        Ok(container.the_one()?)
    }

    async fn from_request(bound: &Arc<T>, _: &mut Request) -> Result<Self, Infallible> {
        Ok(Self(Arc::clone(bound)))
    }
}

/// A service of the request's scope: a scoped one is made once for the request, one that is bound with
/// `bind` each time. The scope is opened by the first of these; a request without any has none.
///
/// # Example
/// ```
/// # use highper_core::{Container, FromRequest, Request, Scoped};
/// # use std::sync::Arc;
/// struct Basket;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let container = Container::builder().scoped(|| Ok(Basket)).build().unwrap();
/// let bound = Scoped::<Basket>::bind(&container).unwrap();
/// let mut request = Request::get("/");
/// let one = Scoped::<Basket>::from_request(&bound, &mut request).await.unwrap();
/// let same = Scoped::<Basket>::from_request(&bound, &mut request).await.unwrap();
/// assert!(Arc::ptr_eq(&one.0, &same.0));
/// # }
/// ```
#[derive(Debug)]
pub struct Scoped<T: ?Sized>(pub Arc<T>);

impl<T: ?Sized> Deref for Scoped<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What [`Scoped`] looks up at boot.
pub struct ScopedBinding<T: ?Sized> {
    container: Container,
    entry: Arc<Entry>,
    of: PhantomData<fn() -> Arc<T>>,
}

impl<T: ?Sized + Send + Sync + 'static> FromRequest for Scoped<T> {
    type Bound = ScopedBinding<T>;
    type Rejection = Error;

    fn bind(container: &Container) -> Result<ScopedBinding<T>, MissingBinding> {
        let entry = container.binding::<T>()?;
        Ok(ScopedBinding { container: container.clone(), entry, of: PhantomData })
    }

    async fn from_request(bound: &ScopedBinding<T>, request: &mut Request) -> Result<Self, Error> {
        let scope = request.open_scope(&bound.container);
        scope.provide(&bound.entry).map(Self).map_err(Error::internal)
    }
}

impl<T: ?Sized> fmt::Debug for ScopedBinding<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScopedBinding({})", self.entry.key)
    }
}
