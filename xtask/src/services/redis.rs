//! Redis, which keeps nothing on the disk.

use std::{
    io::{Read, Write},
    process::Command,
};

use super::{Service, instance::Instance};
use crate::{Outcome, process};

pub(super) const SERVICE: Service = Service {
    name: "redis",
    variable: "REDIS_URL",
    programs: &[("redis-server", "redis-server")],
    program,
    is_ready,
    url: |port| format!("redis://127.0.0.1:{port}"),
};

fn program(instance: &Instance) -> Outcome<Command> {
    let port = instance.port().ok_or("there is no port for Redis")?.to_string();
    let mut command =
        Command::new(process::find("redis-server").ok_or("there is no redis-server")?);
    command.args(["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "no"]);
    Ok(command)
}

fn is_ready(instance: &Instance) -> bool {
    let ask = || {
        let mut stream = instance.connect()?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).map(|()| answer)
    };
    ask().is_ok_and(|answer| answer == *b"+PONG")
}
