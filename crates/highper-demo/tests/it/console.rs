//! The program as its own console.

use std::fs;
use std::process::{Command, Stdio};

use crate::command::{Output, run};
use crate::demo::{Demo, program};
use crate::service::{Folder, Service, is_running, until};

fn console(arguments: &[&str]) -> Output {
    run(program(&[]).args(arguments), b"")
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).expect(&output.stderr)
}

#[test]
fn help_names_every_command_and_what_providers_add() {
    let output = console(&["--help"]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""));
    let commands = [
        "serve",
        "routes",
        "config:show",
        "config:check",
        "health",
        "restart",
        "completions",
        "catalogue:export",
    ];
    for command in commands {
        assert!(output.text().contains(&format!("\n  {command} ")), "{command}: {}", output.text());
    }
    assert!(!output.text().contains('\u{1b}'), "no colours into a pipe: {:?}", output.text());
}

#[test]
fn a_slip_gets_the_nearest_command_and_exit_code_2() {
    let output = console(&["route"]);
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.contains("'routes'"), "{}", output.stderr);
}

#[test]
fn routes_are_listed_with_their_places() {
    let output = console(&["routes"]);
    let line = output.text().lines().find(|line| line.contains("api.book")).unwrap().to_owned();
    let columns: Vec<_> = line.split_whitespace().collect();
    assert_eq!(
        columns[..5],
        ["GET", "/api/books/{id}", "api.book", "highper_demo::books::show", "1"]
    );
    assert!(columns[5].contains("shop.rs:"), "{line}");
    let routes = json(&console(&["routes", "--json"]));
    let routes = routes.as_array().unwrap();
    assert_eq!(routes.len(), output.text().lines().count() - 1);
    let posts = routes.iter().filter(|route| route["method"] == "POST");
    let posts: Vec<_> = posts.map(|route| (&route["path"], &route["name"])).collect();
    let unnamed = &serde_json::Value::Null;
    assert_eq!(posts, [(&"/live/orders".into(), unnamed), (&"/api/books".into(), unnamed)]);
}

#[test]
fn the_configuration_is_shown_with_sources_and_without_secrets() {
    let folder = Folder::new();
    fs::create_dir(folder.path("config")).unwrap();
    let toml = "[server]\nbody_limit = 10\n[mail]\npassword = 'canary'";
    fs::write(folder.path("config/app.toml"), toml).unwrap();
    fs::write(folder.path(".env"), "IDLE_TIMEOUT=7").unwrap();
    let mut command = program(&[("WORKERS", "2")]);
    let command = command.current_dir(folder.path(".")).args([
        "config:show",
        "--json",
        "--set",
        "server.drain_timeout=3",
    ]);
    let output = run(command, b"");
    let rows = json(&output);
    let find = |key: &str| {
        let row = rows.as_array().unwrap().iter().find(|row| row["key"] == key);
        row.map(|row| (row["value"].as_str().unwrap(), row["source"].as_str().unwrap()))
    };
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_eq!(find("server.body_limit").unwrap().0, "10");
    assert!(find("server.body_limit").unwrap().1.ends_with("app.toml:2"), "{rows}");
    assert!(find("server.idle_timeout").unwrap().1.ends_with(".env:1"), "{rows}");
    assert_eq!(find("server.workers"), Some(("2", "WORKERS in the environment")));
    assert_eq!(find("server.drain_timeout"), Some(("3", "--set")));
    assert_eq!(find("server.address"), Some(("127.0.0.1:8080", "default")));
    assert_eq!(find("server.worker_threads"), None, "with worker processes it is another one");
    assert_eq!(find("mail.password").unwrap().0, "***");
    assert!(!output.text().contains("canary"));
}

#[test]
fn everything_that_is_wrong_is_told_at_once_and_nothing_starts() {
    let arguments = ["--set=server.prot=1", "--set=databse.url=x", "--set=server.body_limit=many"];
    let output =
        run(program(&[("PID_FILE", "/no/such/pid")]).arg("config:check").args(arguments), b"");
    assert_eq!(output.code, Some(1));
    for expected in ["did you mean `port`?", "section `databse`", "BODY_LIMIT: `many`", "PID_FILE:"]
    {
        assert!(output.stderr.contains(expected), "{expected}: {}", output.stderr);
    }
    let output = console(&["config:check", "--json", "--set=server.prot=1"]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(1), ""));
    assert_eq!(json(&output)["problems"].as_array().unwrap().len(), 1);
    assert_eq!(console(&["config:check"]).code, Some(0));
}

#[test]
fn commands_of_providers_get_their_arguments_and_the_services() {
    let output = console(&["catalogue:export", "lem"]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""));
    assert_eq!(
        output.text(),
        "number,title,author,cents\r\n2,\"Solaris\",\"Stanisław Lem\",1100\r\n"
    );
    let output = console(&["catalogue:export", "a", "b"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("catalogue:export: one text"), "{}", output.stderr);
}

#[test]
fn whoever_stops_reading_is_no_error() {
    let mut child =
        program(&[]).arg("routes").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn a_shell_takes_its_completions() {
    let script = console(&["completions", "bash"]).stdout;
    let output = run(Command::new("bash").arg("-n"), &script);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""));
    assert!(String::from_utf8_lossy(&script).contains("catalogue:export"));
    assert_eq!(console(&["completions", "cmd"]).code, Some(2));
}

#[test]
fn a_running_server_is_asked_for_its_health() {
    let demo = Demo::start();
    let address = demo.address.to_string();
    let output = console(&["health", "--address", &address]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert!(output.text().starts_with("Healthy"), "{}", output.text());
    let output = run(program(&[("ADDRESS", &address)]).args(["health", "--json"]), b"");
    assert_eq!(json(&output)["checks"]["stock"][0]["status"], "pass");
    drop(demo);
    let output = console(&["health", "--address", &address]);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains(&address), "{}", output.stderr);
}

#[test]
fn a_server_behind_a_proxy_and_on_a_unix_socket_is_asked_too() {
    let folder = Folder::new();
    let socket = format!("unix:{}", folder.path("shop.sock").display());
    let address = format!("127.0.0.1:0,{socket}");
    let variables = [("ADDRESS", address.as_str()), ("PROXY_PROTOCOL", "127.0.0.0/8")];
    let service = Service::start(&variables);
    let tcp = service.address.to_string();
    for address in [tcp, socket] {
        let mut command = program(&[("PROXY_PROTOCOL", "127.0.0.0/8"), ("ADDRESS", &address)]);
        let output = run(command.arg("health"), b"");
        assert_eq!(output.code, Some(0), "{address}: {}", output.stderr);
    }
}

#[test]
fn a_restart_is_waited_for() {
    let service = Service::start(&[]);
    let old = service.pid();
    let pid_file = service.folder.path("pid");
    let variables = [("PID_FILE", pid_file.to_str().unwrap())];
    let output = run(program(&variables).arg("restart"), b"");
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_ne!(service.pid(), old);
    assert!(output.text().contains(&service.pid().to_string()), "{}", output.text());
    until("the old process ends", || !is_running(old));
    // A number that was left behind and is somebody else's by now.
    let pid_file = service.folder.path("old");
    fs::write(&pid_file, std::process::id().to_string()).unwrap();
    let variables = [("PID_FILE", pid_file.to_str().unwrap())];
    let output = run(program(&variables).arg("restart"), b"");
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("remove PID_FILE"), "{}", output.stderr);
    let output = console(&["restart"]);
    assert!(output.stderr.contains("set PID_FILE"), "{}", output.stderr);
}
