//! The bookshop is configured by files in the folder that it is started in.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use crate::demo::program;
use crate::service::{Folder, Service, until};

fn folder(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("config")).unwrap();
    for (name, text) in files {
        fs::write(folder.path(name), text).unwrap();
    }
    folder
}

#[test]
fn files_set_what_the_environment_does_not_and_a_section_that_nobody_reads_is_told() {
    let toml = "[server]\naddress = '[::1]:1'\nbody_limit = 10\n[databse]\nurl = 'sqlite:a'";
    let folder = folder(&[("config/app.toml", toml), (".env", "ADDRESS=127.0.0.1:0")]);
    let shop = Service::start_as(program(&[]).current_dir(folder.path(".")), &[]);
    assert!(shop.address.ip().is_loopback() && shop.address.port() > 1, "{}", shop.address);
    until("it is told", || shop.log().contains("databse"));
    assert!(shop.log().contains("app.toml:4"), "{}", shop.log());
}

#[test]
fn a_broken_file_is_told_with_its_line_and_nothing_starts() {
    let folder = folder(&[
        (".env", "A=1\nSHOP_TOKEN='canary"),
        ("config/app.toml", "[server]\nport = 'no'\nprot = 1"),
    ]);
    for file in [".env", "config/app.toml"] {
        let output = program(&[]).current_dir(folder.path(".")).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(&format!("{file}:2")), "{told}");
        assert!(!told.contains("canary"), "{told}");
        // The other one is all that is left.
        fs::write(folder.path(".env"), "A=1").unwrap();
    }
}

#[test]
fn the_engine_that_speaks_http_1_is_a_setting() {
    // Theirs differ in the version of an answer to HTTP/1.0.
    for (engine, version) in [("native", "HTTP/1.1 200 "), ("hyper", "HTTP/1.0 200 ")] {
        let shop = Service::start(&[("HTTP1_ENGINE", engine)]);
        let mut client = TcpStream::connect(shop.address).unwrap();
        client.write_all(b"GET /books/1 HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with(version), "{engine}: {answer}");
    }
}
