//! `services`: throw-away instances of what applications are attached to, for tests and for trying out.

mod instance;
mod postgres;
mod rabbitmq;
mod redis;
mod status;

use std::{env, process::Command};

use clap::{Args, Subcommand, ValueEnum};

use self::{instance::Instance, status::Status};
use crate::{
    Outcome,
    console::{Ink, paint},
    packages::{self, Packaged},
    workspace::Workspace,
};

/// What to do with them.
#[derive(Args)]
pub(crate) struct ServicesArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Start them, on ports of their own, and print the variables that attach an application
    ///
    /// Their data is under target/services and gone when they are stopped. What runs already is left alone.
    /// A missing program is installed with apt-get where that needs no password.
    #[command(after_help = "Attach a shell:\n  export $(cargo xtask services up redis)")]
    Up(Chosen),
    /// Stop them and remove their data
    Down(Chosen),
    /// Show which run, and where
    Status(Chosen),
}

#[derive(Args)]
struct Chosen {
    /// Which; all if none is named
    #[arg(value_enum)]
    names: Vec<Name>,
    /// Print JSON on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    Redis,
    Postgres,
    Rabbitmq,
}

/// How one of them is run.
struct Service {
    name: &'static str,
    /// The variable that attaches an application to it.
    variable: &'static str,
    programs: &'static [Packaged],
    /// Prepares the folder; the program that is returned serves on the port until it gets SIGTERM.
    program: fn(&Instance) -> Outcome<Command>,
    /// Does it answer?
    is_ready: fn(&Instance) -> bool,
    url: fn(u16) -> String,
}

impl Name {
    fn service(self) -> Service {
        match self {
            Self::Redis => redis::SERVICE,
            Self::Postgres => postgres::SERVICE,
            Self::Rabbitmq => rabbitmq::SERVICE,
        }
    }
}

/// Does what is asked.
pub(crate) fn run(workspace: &Workspace, args: &ServicesArgs) -> Outcome {
    match &args.action {
        Action::Up(chosen) => {
            let running = chosen.instances(workspace).map(|instance| {
                up(&instance)?;
                Ok(instance)
            });
            let running = running.collect::<Outcome<Vec<_>>>()?;
            if chosen.json {
                return status::print_json(&running);
            }
            for (name, value) in running.iter().filter_map(Instance::variable) {
                println!("{name}={value}");
            }
            Ok(())
        }
        Action::Down(chosen) => {
            let all: Vec<_> = chosen.instances(workspace).collect();
            all.iter().try_for_each(Instance::stop)?;
            if chosen.json { status::print_json(&all) } else { Ok(()) }
        }
        Action::Status(chosen) => {
            let all: Vec<_> = chosen.instances(workspace).collect();
            if chosen.json {
                return status::print_json(&all);
            }
            println!("{}", status::table(&all.iter().map(Status::of).collect::<Vec<_>>()));
            Ok(())
        }
    }
}

impl Chosen {
    fn instances<'a>(&'a self, workspace: &'a Workspace) -> impl Iterator<Item = Instance> + 'a {
        let names = if self.names.is_empty() { Name::value_variants() } else { &self.names };
        names.iter().map(|name| Instance::new(workspace, name.service()))
    }
}

/// Starts one unless it runs, and says so on standard error.
fn up(instance: &Instance) -> Outcome {
    let service = instance.service();
    if instance.is_running() && (service.is_ready)(instance) {
        return Ok(());
    }
    packages::provide(service.programs, "services are to be started with programs")?;
    eprintln!("{} {}", paint(Ink::Dim, "starting"), service.name);
    instance.start()
}

/// What the tests are attached to, as long as this lives.
pub(crate) struct Backing(Vec<Attached>);

struct Attached {
    variable: (&'static str, String),
    /// What was started for them, and ends with them.
    instance: Option<Instance>,
}

/// Those that tests need.
const NEEDED_BY_TESTS: [Name; 1] = [Name::Redis];

/// Starts what the tests need and the environment does not name.
///
/// # Errors
/// A program that cannot be installed, or a service that does not start.
pub(crate) fn for_tests(workspace: &Workspace) -> Outcome<Backing> {
    let mut backing = Backing(Vec::new());
    for name in NEEDED_BY_TESTS {
        let instance = Instance::new(workspace, name.service());
        if env::var_os(instance.service().variable).is_some() {
            continue;
        }
        let was_running = instance.is_running();
        up(&instance)?;
        let variable = instance.variable().ok_or("it has no port, though it runs")?;
        let instance = Some(instance).filter(|_| !was_running);
        backing.0.push(Attached { variable, instance });
    }
    Ok(backing)
}

impl Backing {
    /// The environment of the tests.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|attached| (attached.variable.0, attached.variable.1.as_str()))
    }
}

impl Drop for Backing {
    fn drop(&mut self) {
        for instance in self.0.iter().filter_map(|attached| attached.instance.as_ref()) {
            if let Err(error) = instance.stop() {
                eprintln!("{} {error}", paint(Ink::Yellow, "note:"));
            }
        }
    }
}
