//! What is told of values that are not what a type asks for.

use std::net::SocketAddr;

use highper_config::{Config, Secret};
use serde::Deserialize;

use crate::folder::Folder;
use crate::project::config;

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "only how they are read matters")]
struct Database {
    url: String,
    pool_size: u16,
    bind: SocketAddr,
    timeout: f32,
    pin: Secret<u32>,
    mode: Mode,
    hosts: Vec<Host>,
    tls: Tls,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Fast,
    Slow,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "only how they are read matters")]
struct Host {
    port: u16,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "only how they are read matters")]
struct Tls {
    cert: String,
    verify: bool,
}

const BROKEN: &str = "[database]\n\
    url = 5\n\
    pool_sise = 3\n\
    bind = 'nowhere'\n\
    timeout = 'x'\n\
    pin = 'hunter2'\n\
    mode = 'fats'\n\
    hosts = [{ port = 1 }, { port = 70000 }]\n\
    \n\
    [database.tls]\n\
    verify = 'yes'\n";

fn problems(config: &Config, folder: &Folder) -> Vec<String> {
    let errors = config.section::<Database>("database").unwrap_err();
    folder.relative(&errors).lines().map(str::to_owned).collect()
}

#[test]
fn every_problem_of_a_section_is_told_at_once_with_its_line() {
    let folder = Folder::with(&[("config/app.toml", BROKEN)]);
    let config = config(&folder, &[], &[]).unwrap();
    let problems = problems(&config, &folder);
    assert_eq!(
        problems,
        [
            "database.bind: `nowhere` is not valid (config/app.toml:4): invalid socket address syntax",
            "database.hosts.1.port: `70000` is not a whole number from 0 to 65535 (config/app.toml:8)",
            "database.mode: `fats` is not one of fast, slow; did you mean `fast`? (config/app.toml:7)",
            "database.pin: `***` is not a whole number from 0 to 4294967295 (config/app.toml:6)",
            "database.pool_sise is not known (config/app.toml:3): did you mean `pool_size`?",
            "database.pool_size is missing: set it in a file, or DATABASE_POOL_SIZE in the environment",
            "database.timeout: `x` is not a number (config/app.toml:5)",
            "database.tls.cert is missing: set it in a file, or DATABASE_TLS__CERT in the environment",
            "database.tls.verify: `yes` is not true or false (config/app.toml:11)",
            "database.url: `5` is not a text in quotes (config/app.toml:2)",
        ]
    );
}

#[test]
fn everything_that_is_missing_is_told_at_once() {
    let folder = Folder::with(&[]);
    let problems = problems(&config(&folder, &[], &[]).unwrap(), &folder);
    assert_eq!(problems.len(), 8, "{problems:#?}");
    assert!(problems.iter().all(|problem| problem.contains("is missing")), "{problems:#?}");
}

#[test]
fn a_value_of_a_variable_is_told_with_the_variable() {
    let folder = Folder::with(&[(".env", "\nDATABASE_POOL_SIZE=many\nDATABASE_TLS=x")]);
    let environment = [("DATABASE_TIMEOUT", "soon"), ("DATABASE_PIN", "hunter2")];
    let config = config(&folder, &environment, &["--set", "database.url.x=1"]).unwrap();
    let problems = problems(&config, &folder).join("\n");
    for expected in [
        "database.pool_size: `many` is not a whole number from 0 to 65535 (DATABASE_POOL_SIZE in .env:2)",
        "database.timeout: `soon` is not a number (DATABASE_TIMEOUT in the environment)",
        "database.tls: `x` is not a table (DATABASE_TLS in .env:3)",
        "database.url: a table is not a text in quotes (--set)",
    ] {
        assert!(problems.contains(expected), "{problems}");
    }
    assert!(!problems.contains("hunter2"), "{problems}");
}

#[test]
fn no_secret_is_told_by_name_or_by_type_or_in_a_url() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only how they are read matters")]
    struct Mail {
        password: u8,
        api_key: u8,
        url: u8,
        pin: Secret<u8>,
        door: Secret<Refused>,
        #[serde(deserialize_with = "refuse")]
        token: u8,
    }
    fn refuse<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        let text = String::deserialize(deserializer)?;
        Err(serde::de::Error::custom(format!("{text} is bad")))
    }
    #[derive(Debug)]
    struct Refused;
    impl zeroize::Zeroize for Refused {
        fn zeroize(&mut self) {}
    }
    impl<'de> Deserialize<'de> for Refused {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            refuse(deserializer).map(|_| Self)
        }
    }
    let folder = Folder::with(&[(
        "config/mail.toml",
        "[mail]\npassword='hunter2'\napi_key='hunter2'\nurl='smtp://me:hunter2@x'\npin='hunter2'\n\
         token='hunter2'\ndoor='hunter2'",
    )]);
    let config = config(&folder, &[], &[]).unwrap();
    let errors = config.section::<Mail>("mail").unwrap_err().to_string();
    assert_eq!(errors.lines().count(), 6, "{errors}");
    assert!(errors.contains("smtp://***@x"), "{errors}");
    let shown = config.show().to_string();
    assert!(!errors.contains("hunter2") && !shown.contains("hunter2"), "{errors}\n{shown}");
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn a_secret_by_type_is_hidden_however_its_key_is_written() {
    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    #[allow(dead_code, reason = "only how they are read matters")]
    struct Door {
        front_pin: Secret<String>,
        pins: Vec<Secret<String>>,
        more: Vec<Secret<String>>,
    }
    let folder = Folder::with(&[("config/door.toml", "[door]\nmore = ['hunter2']")]);
    let environment = [("DOOR_FRONT_PIN", "hunter2"), ("DOOR_PINS", "hunter2,hunter2")];
    let config = config(&folder, &environment, &[]).unwrap();
    config.section::<Door>("door").unwrap();
    let shown = config.show();
    assert_eq!(shown.rows().len(), 3, "{shown}");
    assert!(shown.rows().iter().all(|row| row.value == "***"), "{shown}");
}

#[test]
fn check_tells_all_sections_and_those_that_nobody_reads() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only how they are read matters")]
    struct Mail {
        from: String,
    }
    let folder = Folder::with(&[("config/app.toml", "[mial]\nfrom='a'\n[database.tls]\ncert='a'")]);
    let config = config(&folder, &[], &["--set", "cache.url=x"]).unwrap();
    assert!(config.section::<Mail>("mail").is_err());
    assert!(config.section::<Tls>("database").is_err());
    let errors = folder.relative(&config.check().unwrap_err());
    for expected in [
        "mail.from is missing",
        "database.cert is missing",
        "database.tls is not known (config/app.toml:3): known are cert, verify",
        "section `mial` is not known (config/app.toml:1): did you mean `mail`?",
        "section `cache` is not known (--set): known are database, mail",
    ] {
        assert!(errors.contains(expected), "{errors}");
    }
}

#[test]
fn a_section_that_is_a_value_is_told() {
    let folder = Folder::with(&[("config/app.toml", "database = 5")]);
    let config = config(&folder, &[], &[]).unwrap();
    assert_eq!(problems(&config, &folder), ["database: `5` is not a table (config/app.toml:1)"]);
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text_is_told_once_it_is_asked_for() {
    use std::os::unix::ffi::OsStringExt;
    use std::process::Command;

    // A process of its own, because this one's environment is not changed.
    if std::env::var_os("TLS_CERT").is_some() {
        let config = Config::of_project("/nowhere").unwrap();
        let errors = config.section::<Tls>("tls").unwrap_err().to_string();
        assert!(errors.contains("tls.cert: bytes that are not UTF-8 is not a text"), "{errors}");
        return;
    }
    let name = "mistakes::a_variable_that_is_no_text_is_told_once_it_is_asked_for";
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env("TLS_CERT", std::ffi::OsString::from_vec(vec![0xff]))
        .output()
        .unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
}
