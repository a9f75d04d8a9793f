//! What a static file costs, beside nginx, which lets the kernel send it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    instructions::Wanted,
    metric::Metric,
    options::{LoadArgs, TimedArgs},
    server::{HIGHPER, Server},
    session::Session,
    throughput,
    workload::Workload,
};
use crate::{Outcome, process};

/// What is asked for.
pub(super) const PATH: &str = "/files/1m.bin";

/// The length of the file.
const FILE_BYTES: u32 = 1024 * 1024;

const NGINX: &str = "nginx";

/// nginx reads its port from its configuration only, so that is written when the port is known.
const START_NGINX: &str = "printf %s \"$CONFIG\" | sed \"s/@PORT@/$PORT/\" >\"$FILES/nginx.conf\" \
     && exec \"$0\" -p \"$FILES\" -c \"$FILES/nginx.conf\"";

/// Measures our server and nginx, and how the one compares with the other.
pub(super) fn run(session: &mut Session<'_>, args: &TimedArgs) -> Outcome {
    if let Err(error) = install_nginx() {
        session.fail(NGINX, None, error.to_string());
    }
    let directory = session.workspace.target.join("bench-files");
    fs::create_dir_all(&directory)?;
    fs::write(directory.join("1m.bin"), content())?;
    let servers = [highper(session, &directory), nginx(&directory)];
    let load = LoadArgs { timed: args.clone(), instructions: Wanted::None };
    // Nearly all of the work is the kernel's, where nothing counts instructions alike.
    let counter = session.counter.take();
    let measured = throughput::measure(session, &load, &servers, &[], &[Workload::File]);
    session.counter = counter;
    measured?;
    let name = Workload::File.name();
    let times = |server| session.samples.values(Metric::CpuTime, name, server);
    let ratios: Vec<f64> =
        times(HIGHPER).iter().zip(times(NGINX)).map(|(ours, theirs)| ours / theirs).collect();
    for ratio in ratios {
        session.samples.add(Metric::FileTimeRatio, name, HIGHPER, Some(ratio));
    }
    Ok(())
}

/// Bytes of which none is like the one before it.
pub(super) fn content() -> Vec<u8> {
    (0..FILE_BYTES).map(|at| (at % 251) as u8).collect()
}

fn highper(session: &Session<'_>, directory: &Path) -> Server {
    let directory = directory.to_string_lossy();
    Server::highper_with(session.workspace, HIGHPER, "FILES", &directory)
}

fn nginx(directory: &Path) -> Server {
    let program = find_nginx().unwrap_or_else(|| NGINX.into());
    let directory = directory.to_string_lossy().into_owned();
    let config = include_str!("nginx.conf").replace("@FILES@", &directory);
    let environment = vec![("CONFIG".to_owned(), config), ("FILES".to_owned(), directory)];
    let wrapper = ["sh", "-c", START_NGINX].map(str::to_owned).to_vec();
    Server::installed(NGINX, program, wrapper, environment)
}

/// # Errors
///
/// nginx is not there, and cannot be installed; says how to get it.
fn install_nginx() -> Outcome {
    if find_nginx().is_some() {
        return Ok(());
    }
    if !rustix::process::geteuid().is_root() {
        return Err("the peer of `bench files` is nginx: `apt-get install nginx-light`".into());
    }
    eprintln!("nginx is not there; installing it: apt-get install nginx-light");
    process::run(Command::new("apt-get").args(["install", "--yes", "nginx-light"]))
}

/// Outside of root's shells its folder is often not in `PATH`.
fn find_nginx() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(NGINX))
        .find(|program| program.is_file())
}
