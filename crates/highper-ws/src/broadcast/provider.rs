//! The channels of an application, as a service.

use std::sync::Arc;

use highper_core::{ConfigValues, ContainerBuilder, ServiceProvider};

use crate::redis_broadcaster::channels;

/// Binds [`Channels`](crate::Channels): over all processes of the application where `REDIS_URL` is set (`redis.url`, with the
/// feature `redis`), else those of this process. Applications that share a Redis are told apart by
/// `REDIS_PREFIX` (`redis.prefix`), or else by the number of the database in the address.
///
/// # Example
/// ```
/// use highper_core::{Container, ServiceProvider};
/// use highper_ws::{Channels, ChannelsProvider};
///
/// let mut services = Container::builder();
/// ChannelsProvider.register(&mut services);
/// let channels = services.build()?.get::<Channels>()?;
/// assert_eq!(channels.local_count("lobby"), 0);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ChannelsProvider;

impl ServiceProvider for ChannelsProvider {
    fn register(&self, services: &mut ContainerBuilder) {
        services.singleton(|config: Option<Arc<dyn ConfigValues>>| {
            let value = |key| config.as_ref()?.value(key).filter(|value| !value.is_empty());
            channels(value("redis.url").as_deref(), value("redis.prefix").as_deref())
        });
    }
}
