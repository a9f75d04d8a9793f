//! The configuration as a service.

use std::sync::Arc;

use highper_config::Config;
use highper_core::{ContainerBuilder, ServiceProvider};

/// Binds the configuration, so that services are made of its sections.
#[derive(Debug)]
pub(crate) struct ConfigProvider(pub(crate) Config);

impl ServiceProvider for ConfigProvider {
    fn register(&self, services: &mut ContainerBuilder) {
        services.add_shared(Arc::new(self.0.clone()));
    }
}
