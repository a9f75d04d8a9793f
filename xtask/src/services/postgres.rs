//! PostgreSQL: a fresh cluster, which trusts whoever is on this machine.

use std::{fs, os::unix::fs::chown, path::PathBuf, process::Command};

use rustix::process::geteuid;

use super::{Service, instance::Instance};
use crate::{Outcome, process};

pub(super) const SERVICE: Service = Service {
    name: "postgres",
    variable: "DATABASE_URL",
    programs: &[("postgres", "postgresql")],
    program,
    is_ready,
    url: |port| format!("postgres://{USER}@127.0.0.1:{port}/postgres"),
};

const USER: &str = "highper";

fn program(instance: &Instance) -> Outcome<Command> {
    let data = instance.folder().join("data");
    fs::create_dir(&data)?;
    let owner = owner()?;
    if let Some((_, user, group)) = &owner {
        chown(&data, Some(*user), Some(*group))?;
    }
    let mut made = as_owner(&owner, find("initdb")?);
    let made = process::listen(
        made.arg("--pgdata").arg(&data).args(["--username", USER, "--auth", "trust"]).args([
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--no-sync",
        ]),
    )?;
    if !made.success {
        let note = "its user must be able to enter every folder above";
        return Err(format!("initdb in {} failed ({note}): {}", data.display(), made.stderr).into());
    }
    let port = instance.port().ok_or("there is no port for PostgreSQL")?.to_string();
    let mut command = as_owner(&owner, find("postgres")?);
    command.arg("-D").arg(&data).args(["-p", &port]);
    // No sockets beside the port, and no care for power cuts: the data is thrown away.
    for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"] {
        command.args(["-c", setting]);
    }
    Ok(command)
}

fn is_ready(instance: &Instance) -> bool {
    let (Some(port), Ok(program)) = (instance.port(), find("pg_isready")) else { return false };
    let port = port.to_string();
    let mut command = Command::new(program);
    command.args(["--quiet", "--host", "127.0.0.1", "--port", &port, "--username", USER]);
    process::listen(&mut command).is_ok_and(|said| said.success)
}

fn find(program: &str) -> Outcome<PathBuf> {
    process::find(program).ok_or_else(|| format!("there is no {program}").into())
}

/// Name and numbers of the user whom PostgreSQL runs as: it refuses to be root.
type Owner = Option<(&'static str, u32, u32)>;

fn owner() -> Outcome<Owner> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let found = ["postgres", "nobody"].into_iter().find_map(|name| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map_while(|number| number.parse().ok());
        Some((name, numbers.next()?, numbers.next()?))
    });
    found.map(Some).ok_or_else(|| "neither postgres nor nobody is a user of this machine".into())
}

fn as_owner(owner: &Owner, program: PathBuf) -> Command {
    let Some((_, user, group)) = owner else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.args([format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".into()]);
    command.arg(program);
    command
}
