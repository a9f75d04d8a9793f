//! The server under test: an example that listens for each of its kinds, and says where.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use crate::{Outcome, process, workspace::Workspace};

/// A running server, one address for each kind. It ends with its standard input, so with us.
pub(super) struct Servers {
    child: Child,
    pub(super) addresses: Vec<(&'static str, SocketAddr)>,
}

impl Servers {
    /// Builds and starts it. `names` are its kinds, in the order in which it names them.
    ///
    /// # Errors
    ///
    /// It cannot be built, or does not say where it listens.
    pub(super) fn start(
        workspace: &Workspace,
        package: &str,
        example: &str,
        names: &[&'static str],
    ) -> Outcome<Self> {
        let mut build = process::cargo(&workspace.root);
        process::run(build.args(["build", "--package", package, "--example", example]))?;
        let program = workspace.target.join("debug/examples").join(example);
        let mut command = Command::new(&program);
        // What a handler that panics says is part of a case, and no news.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command
            .spawn()
            .map_err(|error| format!("{} does not start: {error}", program.display()))?;
        let output = child.stdout.take().ok_or("the server has no standard output")?;
        let mut servers = Self { child, addresses: Vec::new() };
        let mut lines = BufReader::new(output).lines();
        for &name in names {
            let line = lines.next().ok_or("the server ends before it listens")??;
            let address = line.strip_prefix(name).and_then(|address| address.trim().parse().ok());
            let address = address
                .ok_or_else(|| format!("the server says `{line}` instead of {name}'s address"))?;
            servers.addresses.push((name, address));
        }
        Ok(servers)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It has nothing that would have to be saved.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
