//! The channels of an application, as a service.

use std::sync::Arc;

use highper_core::{ConfigValues, ContainerBuilder, ServiceProvider};

use crate::redis_broadcaster::channels;

/// Binds [`Channels`](crate::Channels): over all processes of the application where `REDIS_URL` is set (`redis.url`, with the
/// feature `redis`), else those of this process.
///
/// # Example
/// ```
/// use highper_core::{Container, ServiceProvider};
/// use highper_ws::{Channels, ChannelsProvider};
///
/// let mut services = Container::builder();
/// ChannelsProvider.register(&mut services);
/// let channels = services.build()?.get::<Channels>()?;
/// assert_eq!(channels.count("lobby"), 0);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ChannelsProvider;

impl ServiceProvider for ChannelsProvider {
    fn register(&self, services: &mut ContainerBuilder) {
        services.singleton(|config: Option<Arc<dyn ConfigValues>>| {
            let url = config.and_then(|config| config.value("redis.url"));
            channels(url.as_deref().filter(|url| !url.is_empty()))
        });
    }
}
