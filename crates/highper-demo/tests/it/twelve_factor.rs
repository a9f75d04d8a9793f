//! Factors of docs/twelve-factor.md that no other test states.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use crate::command::run;
use crate::curl::curl;
use crate::demo::{Demo, program};
use crate::service::{Folder, Service};

#[test]
fn one_program_is_every_deploy() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("config/staging")).unwrap();
    fs::write(folder.path("config/app.toml"), "[server]\nbody_limit = 1").unwrap();
    fs::write(folder.path("config/staging/app.toml"), "[server]\nbody_limit = 2").unwrap();
    let body_limit = |environment: &str| {
        let mut command = program(&[("APP_ENV", environment)]);
        let output =
            run(command.current_dir(folder.path(".")).args(["config:show", "--json"]), b"");
        assert_eq!(output.code, Some(0), "{}", output.stderr);
        let rows: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut rows = rows.as_array().unwrap().iter();
        rows.find(|row| row["key"] == "server.body_limit").unwrap()["value"].clone()
    };
    assert_eq!((body_limit("production"), body_limit("staging")), ("1".into(), "2".into()));
}

#[test]
fn the_program_needs_nothing_but_the_c_library() {
    let output = run(Command::new("ldd").arg(program(&[]).get_program()), b"");
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let known = ["linux-vdso", "libgcc_s", "libm.", "libc.", "/lib64/ld-linux", "/lib/ld-linux"];
    for line in output.text().lines() {
        assert!(known.iter().any(|name| line.trim().starts_with(name)), "{line}");
    }
    let folder = Folder::new();
    let shop = Service::start_as(
        program(&[("ADDRESS", "127.0.0.1:0")]).current_dir(folder.path(".")),
        &[],
    );
    let page = curl(&["-f"], &[&format!("http://{}/assets/style.css", shop.address)], b"");
    assert_eq!(page.code, Some(0), "{}", page.stderr);
}

#[test]
fn a_platform_binds_it_by_port_alone() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let shop = Service::start_as(&mut program(&[("PORT", &free.to_string())]), &[]);
    assert_eq!(shop.address.port(), free);
    assert!(shop.address.ip().is_unspecified(), "for other machines too: {}", shop.address);
    let page = curl(&["-f"], &[&format!("http://127.0.0.1:{free}/")], b"");
    assert_eq!(page.code, Some(0), "{}", page.stderr);
}

#[test]
fn logs_are_a_stream_of_events_on_standard_error() {
    let demo = Demo::with(&[("LOG_LEVEL", "info")]);
    demo.get("/books/1");
    let (_, said) = demo.terminate();
    let events: Vec<serde_json::Value> =
        said.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(events.iter().any(|event| event["message"] == "listening"), "{said}");
    assert!(events.iter().any(|event| event.to_string().contains("/books/{id}")), "{said}");
}
