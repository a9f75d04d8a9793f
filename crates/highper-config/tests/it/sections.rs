//! Sections as types, from TOML and from texts.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use highper_config::{Arguments, Config, Environment, Toml};
use serde::Deserialize;

fn config(toml: &str, environment: &[(&str, &str)]) -> Config {
    let environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    Config::builder()
        .source(Toml::defaults(toml))
        .source(Environment::of(environment))
        .build()
        .unwrap()
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Server {
    port: u16,
    keep_alive: bool,
    ratio: f64,
    hosts: Vec<String>,
    bind: Option<SocketAddr>,
    mode: Mode,
    pool: Pool,
    labels: BTreeMap<String, i64>,
    pair: (u8, char),
    big: i128,
    maximum: u64,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Slow,
    Fast,
    Custom(u8),
    Tuned {
        level: u8,
    },
}

#[derive(Debug, Default, PartialEq, Deserialize)]
struct Pool {
    size: u8,
}

#[test]
fn toml_and_variables_become_the_same_values() {
    let toml = "[server]\nport = 80\nkeep-alive = true\nratio = 0.5\nhosts = ['a', 'b']\n\
                bind = '127.0.0.1:1'\nmode = 'fast'\npool = { size = 3 }\nlabels = { x = 1 }\n\
                pair = [1, 'c']\nbig = 1\nmaximum = 0x7fff_ffff_ffff_ffff";
    let environment = [
        ("SERVER_PORT", "80"),
        ("SERVER_KEEP_ALIVE", "On"),
        ("SERVER_RATIO", "0.5"),
        ("SERVER_HOSTS", "a, b"),
        ("SERVER_BIND", "127.0.0.1:1"),
        ("SERVER_MODE", "fast"),
        ("SERVER_POOL__SIZE", "3"),
        ("SERVER_LABELS__X", "1"),
        ("SERVER_PAIR", "1,c"),
        ("SERVER_BIG", "1"),
        ("SERVER_MAXIMUM", "9223372036854775807"),
    ];
    let from_toml: Server = config(toml, &[]).section("server").unwrap();
    let from_environment: Server = config("", &environment).section("server").unwrap();
    let over: Server =
        config(&toml.replace("= 80", "= 81"), &environment).section("server").unwrap();
    assert_eq!(from_toml, from_environment);
    assert_eq!(from_toml, over);
    assert_eq!((from_toml.port, from_toml.pool.size, from_toml.mode), (80, 3, Mode::Fast));
}

#[test]
fn a_section_that_is_nowhere_has_its_defaults() {
    assert_eq!(config("", &[]).section::<Server>("server").unwrap(), Server::default());
}

#[test]
fn an_empty_variable_is_no_value_to_an_option_and_no_element_to_a_list() {
    let server = config("", &[("SERVER_BIND", ""), ("SERVER_HOSTS", "")]);
    assert_eq!(server.section::<Server>("server").unwrap(), Server::default());
}

#[test]
fn variants_with_content_are_tables() {
    let mode = |toml: &str| config(toml, &[]).section::<Server>("server").unwrap().mode;
    assert_eq!(mode("[server.mode]\ncustom = 3"), Mode::Custom(3));
    assert_eq!(mode("[server.mode.tuned]\nlevel = 4"), Mode::Tuned { level: 4 });
}

#[test]
fn variables_that_only_begin_with_the_name_of_the_section_are_no_mistake() {
    let config =
        config("", &[("SERVER_SOFTWARE", "x"), ("SERVER_PORT", "1"), ("server_port", "2")]);
    assert_eq!(config.section::<Server>("server").unwrap().port, 1);
    config.check().unwrap();
    assert_eq!(config.show().to_string(), "server.port = 1  # SERVER_PORT in the environment\n");
}

#[test]
fn a_map_takes_every_key_of_its_section() {
    let config = config("[labels]\na = 1", &[("LABELS_B", "2")]);
    let labels: BTreeMap<String, u8> = config.section("labels").unwrap();
    assert_eq!(labels, BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]));
}

#[test]
fn a_flattened_part_is_read_from_toml() {
    #[derive(Debug, Deserialize)]
    struct Outer {
        name: String,
        #[serde(flatten)]
        pool: Pool,
    }
    let outer: Outer = config("[outer]\nname = 'x'\nsize = 2", &[]).section("outer").unwrap();
    assert_eq!((outer.name.as_str(), outer.pool.size), ("x", 2));
}

#[test]
fn an_argument_reaches_a_key_of_several_levels() {
    let config = Config::builder()
        .source(Toml::defaults("[server.pool]\nsize = 1"))
        .source(Arguments::of(["--set=server.pool.size=7", "--set", "server.keep_alive=yes"]))
        .build()
        .unwrap();
    let server: Server = config.section("server").unwrap();
    assert_eq!((server.pool.size, server.keep_alive), (7, true));
}
