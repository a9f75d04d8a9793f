//! The bookshop is configured by files in the folder that it is started in.

use std::fs;

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
