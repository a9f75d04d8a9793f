//! Which sources a configuration has, in which order.

use std::path::PathBuf;

use highper_core::BootErrors;

use crate::naming::Naming;
use crate::node::path_of;
use crate::project::{DEFAULT_ENVIRONMENT, environment_name, is_environment_name};
use crate::{Arguments, Config, ConfigSource, Dotenv, Environment, Layer, Toml};

/// Gathers sources; of two that have a key the later one wins.
///
/// # Example
/// ```
/// # use highper_config::{Config, Environment, Toml};
/// let config = Config::builder()
///     .source(Toml::defaults("[server]\nport = 8080"))
///     .source(Environment::of([("PORT".to_owned(), "9000".to_owned())]))
///     .variable("PORT", "server.port")
///     .build()?;
/// assert_eq!(config.show().to_string(), "server.port = 9000  # PORT in the environment\n");
/// # Ok::<(), highper_core::BootErrors>(())
/// ```
#[derive(Debug, Default)]
pub struct ConfigBuilder {
    sources: Vec<Box<dyn ConfigSource>>,
    naming: Naming,
    environment: Option<String>,
    errors: BootErrors,
}

impl ConfigBuilder {
    /// Adds a source, over those that are there.
    #[must_use]
    pub fn source(mut self, source: impl ConfigSource) -> Self {
        self.sources.push(Box::new(source));
        self
    }

    /// Adds the files of a project, the environment and the arguments, in this order:
    ///
    /// 1. `config/*.toml`
    /// 2. `config/{environment}/*.toml`
    /// 3. `.env`, `.env.local`, `.env.{environment}`, `.env.{environment}.local`
    /// 4. the environment
    /// 5. the arguments
    ///
    /// None of the files has to be there. The environment's name is `APP_ENV`, from the environment or
    /// else from `.env` or `.env.local`; without it `production`, because that shows the least.
    #[must_use]
    pub fn project(
        mut self,
        root: impl Into<PathBuf>,
        environment: Environment,
        arguments: Arguments,
    ) -> Self {
        let root = root.into();
        // `./config/app.toml` is shown as `config/app.toml`.
        let root = root.strip_prefix(".").map(PathBuf::from).unwrap_or(root);
        let variables: Vec<_> = environment.owned_texts().collect();
        let dotenv = Dotenv::isolated().over(variables).path(&root).all();
        let name = environment_name(&environment, &dotenv);
        if !is_environment_name(&name) {
            self.errors.push(format_args!(
                "APP_ENV: `{}` is not a name of 1 to 64 letters, digits, `_` and `-`",
                name.escape_debug()
            ));
            return self;
        }
        let dotenv = [".env", ".env.local", &format!(".env.{name}"), &format!(".env.{name}.local")]
            .into_iter()
            .fold(dotenv, Dotenv::file);
        let config = root.join("config");
        self.source(Toml::folder(config.clone()))
            .source(Toml::folder(config.join(&name)))
            .source(dotenv)
            .source(environment)
            .source(arguments)
            .named(name)
    }

    /// Gives a key a variable of its own, instead of the one that the rule would give it.
    #[must_use]
    pub fn variable(mut self, variable: impl Into<String>, key: impl Into<String>) -> Self {
        let key = key.into();
        match path_of(&key) {
            Some(path) if path.len() > 1 => self.naming.name(variable.into(), key),
            _ => self.errors.push(format_args!("`{}` is no key to name", key.escape_debug())),
        }
        self
    }

    /// Reads all sources.
    ///
    /// # Errors
    /// Everything that is wrong with any of them, with its file and line. No value is told.
    pub fn build(self) -> Result<Config, BootErrors> {
        let mut errors = self.errors;
        let mut layers = Vec::new();
        for source in &self.sources {
            let mut layer = Layer::default();
            source.read(&mut layer);
            errors.extend(std::mem::take(&mut layer.errors));
            layers.push(layer);
        }
        errors.into_result()?;
        let environment = self.environment.unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned());
        Ok(Config::new(layers, self.naming, environment))
    }

    fn named(mut self, environment: String) -> Self {
        self.environment = Some(environment);
        self
    }
}
