//! Programs that run to their end within a time limit.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

/// Nothing in these tests takes nearly as long; what does hangs.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(30);

/// What a program said, and its exit code.
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Output {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

/// Runs a program with `input`. One that is not installed or does not end in time fails the test.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> Output {
    let program = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| {
        panic!("`{program}` does not start ({error}): `cargo xtask test` installs it")
    });
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
    // A program may end without reading all of its input.
    thread::spawn(move || stdin.write_all(&input));
    let stdout = drain(child.stdout.take().unwrap());
    let stderr = drain(child.stderr.take().unwrap());
    let stdout = ending(&stdout, &mut child, &program);
    let stderr = ending(&stderr, &mut child, &program);
    let code = child.wait().unwrap().code();
    Output { code, stdout, stderr: String::from_utf8_lossy(&stderr).into_owned() }
}

/// Reads everything, and sends it when there is no more: a program that ended says nothing.
pub(crate) fn drain(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = sync_channel(1);
    thread::spawn(move || {
        let mut said = Vec::new();
        let _ = pipe.read_to_end(&mut said);
        sender.send(said)
    });
    receiver
}

/// What a program said until it ended.
pub(crate) fn ending(said: &Receiver<Vec<u8>>, child: &mut Child, program: &str) -> Vec<u8> {
    said.recv_timeout(TIME_LIMIT).unwrap_or_else(|_| {
        let _ = child.kill();
        panic!("`{program}` has not ended after {TIME_LIMIT:?}")
    })
}
