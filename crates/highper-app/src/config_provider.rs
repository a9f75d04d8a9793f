//! The configuration as a service.

use std::sync::Arc;

use highper_config::Config;
use highper_core::{ConfigValues, ContainerBuilder, ServiceProvider};

/// Binds the configuration, so that services are made of its sections and values, and tells the
/// container the environment. The first of all providers: those after it depend on both.
#[derive(Debug)]
pub(crate) struct ConfigProvider(pub(crate) Config);

impl ServiceProvider for ConfigProvider {
    fn register(&self, services: &mut ContainerBuilder) {
        services.environment(self.0.environment().to_owned());
        services.shared(Arc::new(self.0.clone()));
        services.shared::<dyn ConfigValues>(Arc::new(self.0.clone()));
    }
}
