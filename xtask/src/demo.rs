//! `demo`: the bookshop, built in release and served.

use std::{
    net::{IpAddr, SocketAddr},
    os::unix::process::CommandExt,
    process::Command,
};

use clap::Args;

use crate::{Outcome, process, workspace::Workspace};

/// Where to serve.
#[derive(Args)]
pub(crate) struct DemoArgs {
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// IP address to listen on; 0.0.0.0 shows the demo to the whole network
    #[arg(long, default_value = "127.0.0.1")]
    addr: IpAddr,
}

/// Builds the demo and becomes it, so that signals and the exit code are the demo's own.
pub(crate) fn run(workspace: &Workspace, args: &DemoArgs) -> Outcome {
    let mut build = process::cargo(&workspace.root);
    process::run(build.args(["build", "--release", "--package", "highper-demo"]))?;

    let address = SocketAddr::new(args.addr, args.port);
    let program = workspace.target.join("release/highper-demo");
    let error = Command::new(&program).env("ADDRESS", address.to_string()).exec();
    Err(format!("{} does not start: {error}", program.display()).into())
}
