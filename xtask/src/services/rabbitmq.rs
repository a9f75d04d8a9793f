//! RabbitMQ: a node of its own, whose name server is its own too.

use std::{
    fs,
    io::{Read, Write},
    process::Command,
};

use super::{
    Service,
    instance::{Instance, free_port},
};
use crate::{Outcome, process};

pub(super) const SERVICE: Service = Service {
    name: "rabbitmq",
    variable: "AMQP_URL",
    programs: &[("rabbitmq-server", "rabbitmq-server")],
    program,
    is_ready,
    url: |port| format!("amqp://guest:guest@127.0.0.1:{port}"),
};

fn program(instance: &Instance) -> Outcome<Command> {
    let folder = instance.folder();
    let port = instance.port().ok_or("there is no port for RabbitMQ")?;
    let configuration = format!(
        "listeners.tcp.1 = 127.0.0.1:{port}\nlog.console = true\nlog.file = false\n\
         vm_memory_high_watermark.absolute = 512MB\ndisk_free_limit.absolute = 50MB\n"
    );
    fs::write(folder.join("rabbitmq.conf"), configuration)?;
    fs::write(folder.join("enabled_plugins"), "[].\n")?;
    // The script on the path becomes another user; the one behind it does not.
    let script = "/usr/lib/rabbitmq/bin/rabbitmq-server";
    let found = process::find("rabbitmq-server").ok_or("there is no rabbitmq-server")?;
    let script = if fs::exists(script)? { script.into() } else { found };
    // Erlang would start its name server as a daemon, which nobody ends: here it is one of the group.
    let mut command = Command::new("sh");
    command
        .args(["-c", "epmd & exec \"$0\""])
        .arg(script)
        .env("HOME", folder)
        .env("RABBITMQ_NODENAME", format!("highper-{port}@localhost"))
        .env("RABBITMQ_DIST_PORT", free_port()?.to_string())
        .env("ERL_EPMD_PORT", free_port()?.to_string())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq.conf"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("enabled_plugins"))
        .env("RABBITMQ_MNESIA_BASE", folder.join("data"))
        .env("RABBITMQ_LOG_BASE", folder.join("logs"))
        .env("RABBITMQ_PID_FILE", folder.join("rabbitmq.pid"));
    Ok(command)
}

/// A broker answers the greeting of AMQP 0-9-1 with a method frame (section 4.2.2).
fn is_ready(instance: &Instance) -> bool {
    let ask = || {
        let mut stream = instance.connect()?;
        stream.write_all(b"AMQP\0\0\x09\x01")?;
        let mut answer = [0];
        stream.read_exact(&mut answer).map(|()| answer[0])
    };
    ask().is_ok_and(|answer| answer == 1)
}
