//! Assembles a Highper application: settings from files and the environment, service providers, routes,
//! server, signals. Everything that can be wrong is found at the start and told at once.
//!
//! ```no_run
//! use highper_app::{Application, StartError, block_on};
//!
//! fn main() -> Result<(), StartError> {
//!     block_on(Application::new().routes(|router| router.get("/", || async { "Hello" })).run())
//! }
//! ```

mod settings;

mod server_section;

mod config_provider;

mod application;

mod app_handler;

mod assembly;

mod run;

mod start_error;

mod signals;

mod process;

mod runtime;

pub use app_handler::AppHandler;
pub use application::Application;
pub use runtime::block_on;
pub use settings::Settings;
pub use start_error::StartError;
