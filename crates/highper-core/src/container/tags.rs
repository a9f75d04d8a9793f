//! Services under one tag, made as they are iterated to.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};

use super::entry::FactoryFn;
use super::inner::{Inner, gone};
use super::needs::Needs;
use super::resolver::typed;
use super::scope::ScopeInner;
use crate::{ContainerError, Resolver, ServiceKey};

/// The services of a tag, in the order in which they were tagged. Each is made when it is iterated to,
/// and again each time. A tag that nobody knows is empty.
///
/// # Example
/// ```
/// # use std::sync::Arc;
/// # use highper_core::Container;
/// trait Report: Send + Sync { fn title(&self) -> String; }
/// struct Sales;
/// impl Report for Sales { fn title(&self) -> String { "Sales".to_owned() } }
///
/// let container = Container::builder()
///     .bind(|| Ok(Sales))
///     .tag("reports", |report: Arc<Sales>| report as Arc<dyn Report>)
///     .build()?;
/// let reports = container.tagged::<dyn Report>("reports");
/// assert_eq!(reports.len(), 1);
/// for report in &reports {
///     assert_eq!(report?.title(), "Sales");
/// }
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub struct Tagged<T: ?Sized> {
    members: Arc<[Member]>,
    inner: Weak<Inner>,
    scope: Option<Weak<ScopeInner>>,
    of: PhantomData<fn() -> Arc<T>>,
}

/// A service in a tag, seen as the tag's type.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) make: FactoryFn,
    pub(crate) needs: Needs,
}

/// A tag is known by its name and by the type of its services.
pub(crate) type TagKey = (std::borrow::Cow<'static, str>, TypeId);

impl<T: ?Sized + Send + Sync + 'static> Tagged<T> {
    pub(crate) fn new(inner: &Arc<Inner>, scope: Option<&Arc<ScopeInner>>, tag: &str) -> Self {
        let members = inner.members(tag, TypeId::of::<T>());
        Self {
            members,
            inner: Arc::downgrade(inner),
            scope: scope.map(Arc::downgrade),
            of: PhantomData,
        }
    }

    /// How many there are; none is made for it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Makes one after the other.
    pub fn iter(&self) -> impl Iterator<Item = Result<Arc<T>, ContainerError>> + '_ {
        self.members.iter().map(|member| self.make(member))
    }

    fn make(&self, member: &Member) -> Result<Arc<T>, ContainerError> {
        let key = ServiceKey::of::<T>();
        let inner = self.inner.upgrade().ok_or_else(|| gone(&key))?;
        let scope = match &self.scope {
            Some(scope) => Some(scope.upgrade().ok_or_else(|| gone(&key))?),
            None => None,
        };
        let value = (member.make)(&Resolver::new(&inner, scope.as_ref()))
            .map_err(|cause| ContainerError::failed(&key, cause))?;
        typed(&value, &key)
    }
}

/// Makes one after the other.
impl<'a, T: ?Sized + Send + Sync + 'static> IntoIterator for &'a Tagged<T> {
    type Item = Result<Arc<T>, ContainerError>;
    type IntoIter = Box<dyn Iterator<Item = Self::Item> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

impl<T: ?Sized> fmt::Debug for Tagged<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tagged({} services)", self.members.len())
    }
}
