//! Chromium without a screen, by the DevTools protocol: windows that are opened, asked and listened to.

use std::fs::{self, File};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};

use crate::command::TIME_LIMIT;
use crate::service::{Folder, until};

/// A browser; it ends with the test.
pub(crate) struct Browser {
    child: Child,
    protocol: WebSocket<TcpStream>,
    calls: u64,
    /// Errors of scripts and of the console, and what a policy forbade.
    complaints: Vec<Value>,
    _folder: Folder,
}

/// A window with a page.
pub(crate) struct Window {
    target: Value,
    /// What is said to this window bears it.
    session: String,
}

/// A window that another covers works as well as one in front.
const ARGUMENTS: [&str; 12] = [
    "--headless",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--no-proxy-server",
    "--remote-debugging-port=0",
];

impl Browser {
    pub(crate) fn start() -> Self {
        let folder = Folder::new();
        let mut command = Command::new("chromium");
        command.args(ARGUMENTS).arg(format!("--user-data-dir={}", folder.path("").display()));
        let log = File::create(folder.path("log")).unwrap();
        command.stdout(log.try_clone().unwrap()).stderr(log).process_group(0);
        let child = command.spawn().unwrap_or_else(|error| {
            panic!("`chromium` does not start ({error}): install the package `chromium`")
        });
        let mut told = String::new();
        until("chromium tells where its protocol is", || {
            told = fs::read_to_string(folder.path("DevToolsActivePort")).unwrap_or_default();
            told.lines().count() == 2
        });
        let (port, path) = told.split_once('\n').unwrap();
        let stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        stream.set_read_timeout(Some(TIME_LIMIT)).unwrap();
        let (protocol, _) = client(format!("ws://127.0.0.1:{port}{path}"), stream).unwrap();
        Self { child, protocol, calls: 0, complaints: Vec::new(), _folder: folder }
    }

    /// Opens a page in a window of its own.
    pub(crate) fn open(&mut self, url: &str) -> Window {
        self.open_after("", url)
    }

    /// Opens a page before whose scripts another one runs.
    pub(crate) fn open_after(&mut self, script: &str, url: &str) -> Window {
        let blank = json!({"url": "about:blank", "newWindow": true});
        let target = self.call(None, "Target.createTarget", &blank);
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.call(None, "Target.attachToTarget", &attach);
        let session = session["sessionId"].as_str().unwrap().to_owned();
        let window = Window { target: target["targetId"].clone(), session };
        for domain in ["Page", "Runtime", "Log"] {
            self.call(Some(&window), &format!("{domain}.enable"), &json!({}));
        }
        let first = "Page.addScriptToEvaluateOnNewDocument";
        self.call(Some(&window), first, &json!({ "source": script }));
        self.call(Some(&window), "Page.navigate", &json!({"url": url}));
        window
    }

    pub(crate) fn close(&mut self, Window { target, .. }: Window) {
        self.call(None, "Target.closeTarget", &json!({ "targetId": target }));
    }

    /// What an expression gives in a window.
    pub(crate) fn ask(&mut self, window: &Window, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true});
        let answer = self.call(Some(window), "Runtime.evaluate", &asked);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true in a window.
    #[track_caller]
    pub(crate) fn wait(&mut self, window: &Window, expression: &str) {
        until(expression, || self.ask(window, expression) == true);
    }

    /// What scripts, consoles and policies have complained of so far, in all windows.
    pub(crate) fn complaints(&self) -> &[Value] {
        &self.complaints
    }

    fn call(&mut self, window: Option<&Window>, method: &str, parameters: &Value) -> Value {
        self.calls += 1;
        let mut call = json!({"id": self.calls, "method": method, "params": parameters});
        if let Some(Window { session, .. }) = window {
            call["sessionId"] = session.as_str().into();
        }
        self.protocol.send(Message::text(call.to_string())).unwrap();
        loop {
            let message = self.protocol.read().expect("chromium answers");
            let mut message: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
            if message["id"] == self.calls {
                assert!(message.get("error").is_none(), "{call}: {message}");
                return message["result"].take();
            }
            self.note(message);
        }
    }

    fn note(&mut self, mut event: Value) {
        let is_complaint = match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Runtime.consoleAPICalled") => event["params"]["type"] != "log",
            Some("Log.entryAdded") => event["params"]["entry"]["level"] != "verbose",
            _ => false,
        };
        if is_complaint {
            self.complaints.push(event["params"].take());
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its processes are in a group of their own.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}
