//! Where services read configuration values.

/// Gives configuration values by their keys. Bind one as `Arc<dyn ConfigValues>`, and fields with
/// `#[inject(config = "app.name")]` are read from it.
///
/// # Example
/// ```
/// # use std::{collections::HashMap, sync::Arc};
/// # use highper_core::{ConfigValues, Container, Resolver};
/// #[derive(Debug)]
/// struct Fixed;
/// impl ConfigValues for Fixed {
///     fn value(&self, key: &str) -> Option<String> {
///         (key == "shelf.places").then(|| "12".to_owned())
///     }
/// }
///
/// let container = Container::builder().shared::<dyn ConfigValues>(Arc::new(Fixed)).build()?;
/// let places = container.call(|resolver: &Resolver<'_>| {
///     resolver.config_value::<u16>("places", "shelf.places")
/// })??;
/// assert_eq!(places, Some(12));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub trait ConfigValues: std::fmt::Debug + Send + Sync + 'static {
    /// The value of a key as text; none where it is not set.
    fn value(&self, key: &str) -> Option<String>;
}
