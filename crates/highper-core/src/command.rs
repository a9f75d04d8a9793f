//! A command that a provider adds to the program.

use std::ffi::OsString;
use std::fmt;

use crate::{BoxError, BoxFuture, Container};

/// Something to be done once, in a process of its own, with the services of the application: filling a
/// database, sending a report.
///
/// All providers are registered and booted before it runs, nothing listens, and they shut down after it.
///
/// # Example
/// ```
/// # use highper_core::{Command, Container};
/// struct Catalogue(Vec<&'static str>);
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let count = Command::new("books:count", "Counts the books", async |container: Container, _| {
///     assert_eq!(container.get::<Catalogue>()?.0.len(), 1);
///     Ok(())
/// });
/// let container = Container::builder().instance(Catalogue(vec!["Dune"])).build().unwrap();
/// count.run(container, Vec::new()).await.unwrap();
/// # }
/// ```
pub struct Command {
    name: String,
    about: String,
    run: Run,
}

type Run =
    Box<dyn Fn(Container, Vec<OsString>) -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;

impl Command {
    /// A command: its name, as `books:count`; what it does, in a line for `--help`; and what runs, with
    /// the container and the arguments that follow the name.
    #[must_use]
    pub fn new<R, Done>(name: impl Into<String>, about: impl Into<String>, run: R) -> Self
    where
        R: Fn(Container, Vec<OsString>) -> Done + Send + Sync + 'static,
        Done: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        Self {
            name: name.into(),
            about: about.into(),
            run: Box::new(move |container, arguments| Box::pin(run(container, arguments))),
        }
    }

    /// The word by which it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it does, in a line.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Runs it.
    ///
    /// # Errors
    /// Why it did not do what it was asked.
    pub async fn run(
        &self,
        container: Container,
        arguments: Vec<OsString>,
    ) -> Result<(), BoxError> {
        (self.run)(container, arguments).await
    }
}

/// The command that this process runs, as a service: bound from the boot of providers on, and only where a
/// command runs. What a server alone needs is not begun where a provider finds it.
///
/// # Example
/// ```
/// # use std::sync::Arc;
/// # use highper_core::{Container, RunningCommand};
/// # let container = Container::builder().build().unwrap();
/// let command = container.call(|command: Option<Arc<RunningCommand>>| command).unwrap();
/// if command.is_none() {
///     // The process serves: begin to work on jobs.
/// }
/// ```
#[derive(Clone, Debug)]
pub struct RunningCommand(String);

impl RunningCommand {
    /// One of this name; applications bind it themselves.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The word by which it was called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Command({})", self.name)
    }
}
