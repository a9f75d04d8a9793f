//! The arguments of the program.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, value_parser};
use clap_complete::Shell;
use highper_core::{BootErrors, Command};

/// The commands of the program: its own, and those that providers add.
pub(super) fn of(commands: &[Command]) -> clap::Command {
    let own = own().into_iter().chain(commands.iter().map(added));
    clap::Command::new(program_name())
        .about("Serves, or does one of the commands below and ends.")
        .after_help(SOURCES)
        .disable_help_subcommand(true)
        .arg(
            Arg::new("set")
                .long("set")
                .value_name("KEY=VALUE")
                .help(
                    "Sets a value of the configuration, as server.port=8080; goes before all else",
                )
                // The configuration has read it before.
                .action(ArgAction::Append)
                .global(true),
        )
        .subcommands(own)
}

/// Tells of commands that could not be called.
pub(super) fn check(commands: &[Command], errors: &mut BootErrors) {
    let own: Vec<_> = own().iter().map(|command| command.get_name().to_owned()).collect();
    for (index, command) in commands.iter().enumerate() {
        let name = command.name();
        let is_known = own.iter().any(|known| known == name)
            || commands[..index].iter().any(|earlier| earlier.name() == name);
        if is_known {
            errors.push(format_args!("command `{name}`: there is one already; rename it"));
        }
        let is_word = |c: char| c.is_ascii_alphanumeric() || "-_:.".contains(c);
        if name.is_empty() || name.starts_with('-') || !name.chars().all(is_word) {
            let name = name.escape_debug();
            errors.push(format_args!("command `{name}`: a name is a word, as shop:import"));
        }
    }
}

fn own() -> Vec<clap::Command> {
    vec![
        clap::Command::new("serve").about("Serves until SIGTERM or Ctrl-C (the default)"),
        clap::Command::new("routes").about("Lists the routes").arg(json()),
        clap::Command::new("config:show")
            .about("Shows the configuration in effect, where each value comes from; secrets masked")
            .arg(json()),
        clap::Command::new("config:check")
            .about("Checks configuration, services and routes, and tells all problems at once")
            .arg(json()),
        clap::Command::new("health")
            .about("Asks a running server whether it is ready for requests; for health checks")
            .arg(json())
            .arg(
                Arg::new(ADDRESS).long(ADDRESS).value_name("ADDRESS").help(
                    "The server: 127.0.0.1:8080 or unix:/run/app.sock [default: its ADDRESS]",
                ),
            )
            .arg(
                Arg::new(LIVE)
                    .long(LIVE)
                    .help("Asks whether it answers at all, whatever it depends on")
                    .action(ArgAction::SetTrue),
            )
            .arg(
                Arg::new(TIMEOUT)
                    .long(TIMEOUT)
                    .value_name("SECONDS")
                    .help("How long it may take, up to 3600")
                    .default_value("5")
                    .value_parser(ValueParser::new(seconds)),
            ),
        clap::Command::new("restart").about(
            "Has the running server of PID_FILE start its newest program, without losing a client",
        ),
        clap::Command::new("completions").about("Prints the completions of a shell").arg(
            Arg::new(SHELL)
                .required(true)
                .value_parser(value_parser!(Shell))
                .help("The shell that is to know the commands"),
        ),
    ]
}

/// A command of a provider takes its arguments as they are.
fn added(command: &Command) -> clap::Command {
    clap::Command::new(command.name().to_owned()).about(command.about().to_owned()).arg(
        Arg::new(ARGUMENTS)
            .value_name("ARGUMENT")
            .num_args(0..)
            .trailing_var_arg(true)
            .allow_hyphen_values(true)
            .value_parser(value_parser!(OsString))
            .help("What the command takes"),
    )
}

fn json() -> Arg {
    Arg::new(JSON).long(JSON).help("Prints JSON, for programs").action(ArgAction::SetTrue)
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=3600.0).contains(seconds));
    seconds
        .and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok())
        .filter(|limit| !limit.is_zero())
        .ok_or_else(|| "write a number of seconds above 0 and up to 3600, as 5 or 0.5".to_owned())
}

/// As it was called.
pub(super) fn program_name() -> String {
    let called = std::env::args_os().next().map(PathBuf::from);
    let name = called.as_ref().and_then(|path| path.file_name());
    name.map_or_else(|| "app".to_owned(), |name| name.to_string_lossy().into_owned())
}

pub(super) const ADDRESS: &str = "address";
pub(super) const ARGUMENTS: &str = "arguments";
pub(super) const JSON: &str = "json";
pub(super) const LIVE: &str = "live";
pub(super) const SHELL: &str = "shell";
pub(super) const TIMEOUT: &str = "timeout";

const SOURCES: &str = "\
The configuration comes from config/*.toml, .env files, the environment and --set;
of two that have a key the later one wins. `config:show` shows what is in effect.
NO_COLOR=1 turns colours off.";
