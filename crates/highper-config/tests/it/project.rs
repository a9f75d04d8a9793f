//! The files of a project, the environment and arguments, in their order.

use highper_config::{Arguments, Config, Environment};
use serde::Deserialize;

use crate::folder::Folder;

pub(crate) fn config(
    folder: &Folder,
    environment: &[(&str, &str)],
    arguments: &[&str],
) -> Result<Config, String> {
    let environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    Config::builder()
        .project(folder.path(), Environment::of(environment), Arguments::of(arguments))
        .build()
        .map_err(|errors| folder.relative(&errors))
}

#[derive(Debug, Deserialize)]
struct App {
    a: String,
    b: String,
    c: String,
    d: String,
    e: String,
    f: String,
    g: String,
    h: String,
}

#[test]
fn each_source_wins_over_those_before_it() {
    let all = |value: &str, from: char| -> String {
        ('a'..='h').filter(|key| *key >= from).map(|key| format!("{key}='{value}'\n")).collect()
    };
    let variables = |value: &str, from: char| -> String {
        ('A'..='H').filter(|key| *key >= from).map(|key| format!("APP_{key}={value}\n")).collect()
    };
    let folder = Folder::with(&[
        ("config/app.toml", &format!("[app]\n{}", all("base", 'a'))),
        ("config/test/app.toml", &format!("[app]\n{}", all("test", 'b'))),
        (".env", &format!("APP_ENV=test\n{}", variables("env", 'C'))),
        (".env.local", &variables("local", 'D')),
        (".env.test", &variables("env-test", 'E')),
        (".env.test.local", &variables("env-test-local", 'F')),
        (".env.production", &variables("production", 'A')),
        ("config/production/app.toml", "[app]\na = 'production'"),
    ]);
    let environment = [("APP_G", "environment"), ("APP_H", "environment")];
    let config = config(&folder, &environment, &["--set", "app.h=argument"]).unwrap();
    assert_eq!(config.environment(), "test");
    let app: App = config.section("app").unwrap();
    config.check().unwrap();
    let values = [&app.a, &app.b, &app.c, &app.d, &app.e, &app.f, &app.g, &app.h];
    assert_eq!(
        values,
        ["base", "test", "env", "local", "env-test", "env-test-local", "environment", "argument"]
    );
    let shown = folder.relative(&config.show());
    let sources: Vec<_> = shown.lines().map(|line| line.split_once("# ").unwrap().1).collect();
    assert_eq!(
        sources,
        [
            "config/app.toml:2",
            "config/test/app.toml:3",
            "APP_C in .env:2",
            "APP_D in .env.local:1",
            "APP_E in .env.test:1",
            "APP_F in .env.test.local:1",
            "APP_G in the environment",
            "--set",
        ]
        .map(|source| source.replace("toml:3", "toml:2"))
    );
}

#[test]
fn without_a_name_the_environment_is_production() {
    let folder = Folder::with(&[(".env.production", "APP_A=1")]);
    assert_eq!(config(&folder, &[], &[]).unwrap().environment(), "production");
}

#[test]
fn the_name_in_the_environment_goes_before_the_one_in_a_file() {
    let folder = Folder::with(&[(".env", "APP_ENV=test")]);
    assert_eq!(config(&folder, &[("APP_ENV", "staging")], &[]).unwrap().environment(), "staging");
}

#[test]
fn a_name_of_an_environment_leads_to_no_other_folder() {
    let folder = Folder::with(&[]);
    let error = config(&folder, &[("APP_ENV", "../../etc")], &[]).unwrap_err();
    assert!(error.contains("APP_ENV: `../../etc` is not a name"), "{error}");
}

#[test]
fn an_argument_that_is_not_set_changes_nothing() {
    let folder = Folder::with(&[]);
    let arguments = ["APP_ENV=x", "--env=x", "--settle", "--", "--set", "app.a=1"];
    let config = config(&folder, &[], &arguments).unwrap();
    assert_eq!(config.environment(), "production");
    assert_eq!(config.show().rows().len(), 0);
}

#[test]
fn everything_that_is_broken_is_told_at_once_without_a_value() {
    let folder = Folder::with(&[
        ("config/a.toml", "[app]\nurl = 'one'\ntoken = hunter2"),
        ("config/b.toml", "[app]\nname = 'one'"),
        ("config/c.toml", "[app]\n\nname = 'two'"),
        (".env", "A=1\nPASSWORD=hunter2 x"),
    ]);
    let arguments = ["--set", "hunter2", "--set=a b=1", "--set"];
    let errors = config(&folder, &[], &arguments).unwrap_err();
    let lines: Vec<_> = errors.lines().collect();
    assert_eq!(lines.len(), 6, "{errors}");
    assert!(lines[0].starts_with("config/a.toml:3: "), "{errors}");
    assert_eq!(lines[1], "`app.name` stands at config/b.toml:2 and at config/c.toml:3: remove one");
    assert!(lines[2].starts_with(".env:2: encountered unexpected whitespace"), "{errors}");
    assert!(lines[3].contains("write `--set section.key=value`"), "{errors}");
    assert!(lines[4].starts_with("`a b` is no key (--set)"), "{errors}");
    assert!(!errors.contains("hunter2"), "{errors}");
}

#[test]
fn a_toml_file_beyond_the_bound_and_one_that_is_missing_are_told() {
    let folder = Folder::with(&[("big.toml", &"#".repeat(1024 * 1024 + 1))]);
    let file = |name: &str| highper_config::Toml::file(folder.path().join(name));
    let errors = Config::builder().source(file("big.toml")).source(file("no.toml")).build();
    let errors = folder.relative(&errors.unwrap_err());
    assert!(errors.contains("big.toml cannot be read: it has more than 1048576 bytes"), "{errors}");
    assert!(errors.contains("no.toml cannot be read"), "{errors}");
}
