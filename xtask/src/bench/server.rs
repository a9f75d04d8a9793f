//! The servers there are to measure, and how they are built.

use std::path::PathBuf;

use crate::{Outcome, process, workspace::Workspace};

/// The peers in the order of the tables; each is the package `peer-NAME` in `benches/peers`.
pub(super) const PEERS: [&str; 9] = [
    "axum",
    "actix-web",
    "ntex",
    "xitca-web",
    "salvo",
    "may_minihttp",
    "hyper-multi-thread",
    "hyper-per-core",
    "epoll",
];

/// Those that speak WebSocket at `/ws`, which echoes, and at `/fan-out`, which sends to all.
pub(super) const WEBSOCKET_PEERS: [&str; 3] = ["axum", "actix-web", "tokio-tungstenite"];

/// The name of our own server in tables and JSON.
pub(super) const HIGHPER: &str = "highper";

const HIGHPER_PACKAGE: &str = "highper-bench-server";
const GENERATOR_PACKAGE: &str = "highper-load";

/// One server: a program that listens on 127.0.0.1 at the environment's `PORT`.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) name: String,
    pub(super) program: PathBuf,
    /// The command line that runs the program; empty where it runs by itself.
    pub(super) wrapper: Vec<String>,
    /// Beside `PORT` and `WORKERS`.
    pub(super) environment: Vec<(String, String)>,
}

impl Server {
    pub(super) fn highper(workspace: &Workspace) -> Self {
        let program = workspace.target.join("release").join(HIGHPER_PACKAGE);
        Self::new(HIGHPER, program)
    }

    /// Our own server with another setting, under a name of its own.
    pub(super) fn highper_with(
        workspace: &Workspace,
        name: &str,
        variable: &str,
        value: &str,
    ) -> Self {
        let environment = vec![(variable.to_owned(), value.to_owned())];
        Self { name: name.into(), environment, ..Self::highper(workspace) }
    }

    /// A server that is not ours to build.
    pub(super) fn installed(
        name: &str,
        program: PathBuf,
        wrapper: Vec<String>,
        environment: Vec<(String, String)>,
    ) -> Self {
        Self { wrapper, environment, ..Self::new(name, program) }
    }

    /// An application with its usual settings.
    pub(super) fn application(name: &str, program: PathBuf) -> Self {
        let environment = vec![("WORKERS".to_owned(), "0".to_owned())];
        Self { environment, ..Self::new(name, program) }
    }

    fn peer(workspace: &Workspace, name: &str) -> Self {
        let program = peers_target(workspace).join("release").join(format!("peer-{name}"));
        Self::new(name, program)
    }

    fn new(name: &str, program: PathBuf) -> Self {
        Self { name: name.into(), program, wrapper: Vec::new(), environment: Vec::new() }
    }

    /// Highper, then the peers.
    pub(super) fn list(workspace: &Workspace, peers: &[&str]) -> Vec<Self> {
        std::iter::once(Self::highper(workspace)).chain(self::peers(workspace, peers)).collect()
    }
}

pub(super) fn peers(workspace: &Workspace, peers: &[&str]) -> impl Iterator<Item = Server> {
    peers.iter().map(|name| Server::peer(workspace, name))
}

/// Where `highper-load` is after [`build`].
pub(super) fn generator(workspace: &Workspace) -> PathBuf {
    workspace.target.join("release").join(GENERATOR_PACKAGE)
}

/// Builds the generator, our server and the peers, in release.
///
/// # Errors
///
/// Something does not build.
pub(super) fn build(workspace: &Workspace, peers: &[&str]) -> Outcome {
    let mut ours = process::cargo(&workspace.root);
    ours.args(["build", "--release", "-p", GENERATOR_PACKAGE, "-p", HIGHPER_PACKAGE]);
    process::run(&mut ours)?;
    if peers.is_empty() {
        return Ok(());
    }
    let mut theirs = process::cargo(&workspace.root);
    theirs.args(["build", "--release", "--locked", "--manifest-path", "benches/peers/Cargo.toml"]);
    theirs.arg("--target-dir").arg(peers_target(workspace));
    for name in peers {
        theirs.args(["-p", &format!("peer-{name}")]);
    }
    process::run(&mut theirs)
}

/// Beside our own outputs, so that `cargo clean` takes them along.
fn peers_target(workspace: &Workspace) -> PathBuf {
    workspace.target.join("peers")
}
