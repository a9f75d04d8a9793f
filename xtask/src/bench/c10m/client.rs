//! One client process of a crowd, and what it tells.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    path::Path,
    process::{ChildStderr, ChildStdin, ChildStdout},
    sync::mpsc::SyncSender,
    thread,
};

use highper_load::{CrowdCommand, CrowdEvent};

use crate::{
    Outcome,
    bench::{
        generator::Generator,
        options::Talking,
        running::Guarded,
        workload::{HELLO, Workload},
    },
};

/// What one of the clients told, by its place among them; or why it ended.
pub(super) type Told = (usize, Result<CrowdEvent, String>);

pub(super) struct Client {
    // Held so that it ends with this.
    _process: Guarded,
    input: ChildStdin,
}

impl Client {
    /// Starts a process that will hold so many connections, of which this is the first.
    pub(super) fn start(
        program: &Path,
        address: SocketAddr,
        connections: u32,
        first: u32,
        place: usize,
        speaks_websocket: bool,
        told: SyncSender<Told>,
    ) -> Outcome<Self> {
        let Generator { mut process, output } = Generator::spawn(program, |command| {
            command.args(["crowd", "--address", &address.to_string(), "--body", HELLO]);
            match speaks_websocket {
                true => command.args(["--websocket", "--path", Talking::Echo.path()]),
                false => command.args(["--path", Workload::Plaintext.path()]),
            };
            command.args(["--connections", &connections.to_string()]);
            command.args(["--first", &first.to_string()]);
        })?;
        let input = process.0.stdin.take().ok_or("the generator has no input")?;
        let errors = process.0.stderr.take().ok_or("the generator has no errors")?;
        thread::spawn(move || listen(output, errors, place, &told));
        Ok(Self { _process: process, input })
    }

    pub(super) fn tell(&mut self, command: CrowdCommand) -> Outcome {
        let line = serde_json::to_string(&command)? + "\n";
        Ok(self.input.write_all(line.as_bytes())?)
    }
}

/// Hands on every line, until there are no more or nobody wants them.
fn listen(
    output: BufReader<ChildStdout>,
    mut errors: ChildStderr,
    place: usize,
    told: &SyncSender<Told>,
) {
    for line in output.lines().map_while(Result::ok) {
        let event = serde_json::from_str(&line).map_err(|error| format!("{line}: {error}"));
        if told.send((place, event)).is_err() {
            return;
        }
    }
    let mut said = String::new();
    // Without its last words the reason is only less exact.
    let _ = errors.read_to_string(&mut said);
    let _ = told.send((place, Err(said.trim().to_owned())));
}
