//! The section `server` of a configuration.

use std::collections::HashMap;
use std::fmt;

use highper_config::{Config, ConfigBuilder, Origin, Row};
use highper_core::BootErrors;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::Settings;

/// Gives the keys of the section their variables: `PORT` for `server.port`.
pub(crate) fn with_variables(builder: ConfigBuilder) -> ConfigBuilder {
    let name = |builder: ConfigBuilder, key: &&str| {
        builder.variable(variable_of(key), format!("server.{key}"))
    };
    KEYS.iter().fold(builder, name)
}

/// Reads the settings from the section. What the service manager and a parent process say is in no
/// file: it comes from the environment.
pub(crate) fn settings(config: &Config) -> (Settings, BootErrors) {
    let mut errors = BootErrors::new();
    let (section, problems) = config.section_with_problems("server");
    errors.extend(problems);
    let mut section: ServerSection = section.unwrap_or_default();
    let shown = config.show();
    let source = |key: &str| {
        let is_own = |row: &&Row| row.key.replace('-', "_") == format!("server.{key}");
        shown.rows().iter().find(is_own).map(|row| &row.source)
    };
    // A platform that sets PORT knows nothing of an address in a file.
    if is_of_a_file(source("address")) && source("port").is_some() && !is_of_a_file(source("port"))
    {
        section.0.remove("address");
    }
    let (settings, problems) = Settings::read(|name| match (key_of(name), name) {
        (Some(key), _) => section.0.get(key).cloned(),
        (None, "APP_ENV") => Some(config.environment().to_owned()),
        (None, _) => std::env::var(name).ok(),
    });
    for problem in problems.iter() {
        let key = key_of(problem.split(':').next().unwrap_or_default()).unwrap_or_default();
        match source(key) {
            None | Some(Origin::Environment { .. }) => errors.push(problem),
            Some(source) => errors.push(format_args!("{problem} (server.{key}, {source})")),
        }
    }
    (settings, errors)
}

/// The variable of a key.
fn variable_of(key: &str) -> String {
    match key {
        "debug" | "debug_exposed" | "editor" => format!("APP_{}", key.to_uppercase()),
        _ => key.to_uppercase(),
    }
}

fn key_of(variable: &str) -> Option<&'static str> {
    KEYS.iter().copied().find(|key| variable_of(key) == variable)
}

fn is_of_a_file(source: Option<&Origin>) -> bool {
    matches!(source, Some(Origin::File { .. } | Origin::Default))
}

/// The values of the section as texts, by their keys.
#[derive(Default)]
struct ServerSection(HashMap<String, String>);

impl<'de> Deserialize<'de> for ServerSection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("server", KEYS, SectionVisitor)
    }
}

struct SectionVisitor;

impl<'de> Visitor<'de> for SectionVisitor {
    type Value = ServerSection;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ServerSection, A::Error> {
        let mut values = HashMap::new();
        while let Some((key, Text(value))) = map.next_entry::<String, Text>()? {
            values.insert(key, value);
        }
        Ok(ServerSection(values))
    }
}

/// A value of any type as [`Settings::read`] takes it.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, true, false or an array of them")
    }

    fn visit_str<E>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.to_owned()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_bool<E>(self, is_on: bool) -> Result<Text, E> {
        Ok(Text(if is_on { "on" } else { "off" }.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text, A::Error> {
        let mut parts = Vec::new();
        while let Some(Text(part)) = seq.next_element()? {
            parts.push(part);
        }
        Ok(Text(parts.join(",")))
    }
}

/// The keys of the section, each with the variable that [`variable_of`] gives it.
const KEYS: &[&str] = &[
    "address",
    "port",
    "unix_mode",
    "proxy_protocol",
    "workers",
    "worker_threads",
    "topology",
    "max_connections",
    "max_connections_per_ip",
    "max_connections_per_worker",
    "max_concurrent_requests",
    "parking",
    "quiet_time",
    "max_hot",
    "max_parked",
    "block_threshold",
    "lame_duck",
    "restart_timeout",
    "pid_file",
    "drain_timeout",
    "body_limit",
    "request_timeout",
    "first_byte_timeout",
    "idle_timeout",
    "log_level",
    "tls_cert",
    "tls_key",
    "tls_client_ca",
    "tls_client_auth",
    "debug",
    "debug_exposed",
    "editor",
];

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use highper_config::{Arguments, Environment, Toml};

    use super::*;

    fn read(
        toml: &str,
        environment: &[(&str, &str)],
        arguments: &[&str],
    ) -> (Settings, Vec<String>) {
        let environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let config = with_variables(Config::builder())
            .source(Toml::defaults(toml))
            .source(Environment::of(environment))
            .source(Arguments::of(arguments))
            .build()
            .unwrap();
        let (settings, errors) = settings(&config);
        (settings, errors.iter().map(str::to_owned).collect())
    }

    #[test]
    fn a_file_the_environment_and_arguments_set_the_same_things() {
        let toml = "[server]\naddress = ['127.0.0.1:1', '[::1]:2']\nparking = false\nworkers = 2\n\
                    drain-timeout = 0.5\nbody_limit = 1";
        let arguments = ["--set", "server.body_limit=3"];
        let (settings, errors) = read(toml, &[("BODY_LIMIT", "2"), ("WORKERS", "4")], &arguments);
        assert_eq!(errors, [""; 0]);
        assert_eq!(settings.addresses, ["127.0.0.1:1", "[::1]:2"]);
        assert_eq!((settings.parking.is_none(), settings.workers), (true, 4));
        assert_eq!(settings.drain_timeout.as_millis(), 500);
        assert_eq!(settings.limits.body_size, 3);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_source() {
        let toml = "[server]\nport = 70000\nadress = 'x'\ntopology = 'ring'";
        let (_, errors) = read(toml, &[("LOG_LEVEL", "loud")], &["--set", "server.max_hot=x"]);
        let told = errors.join("\n");
        for expected in [
            "server.adress is not known (default): did you mean `address`?",
            "LOG_LEVEL: `loud` is not off, error, warn, info, debug or trace",
        ] {
            assert!(told.contains(expected), "{told}");
        }
        let (_, errors) = read(&toml.replace("adress = 'x'", ""), &[], &["--set=server.max_hot=x"]);
        assert_eq!(
            errors,
            [
                "PORT: `70000` is not a port from 0 to 65535 (server.port, default)",
                "TOPOLOGY: `ring` is not per-core or work-stealing (server.topology, default)",
                "MAX_HOT: `x` is not a number of connections (server.max_hot, --set)",
            ]
        );
    }

    #[test]
    fn a_port_of_the_environment_goes_before_an_address_of_a_file() {
        let addresses = |environment: &[(&str, &str)]| {
            read("[server]\naddress = '127.0.0.1:1'\nport = 2", environment, &[]).0.addresses
        };
        assert_eq!(addresses(&[]), ["127.0.0.1:1"]);
        assert_eq!(addresses(&[("PORT", "3")]), ["0.0.0.0:3"]);
        assert_eq!(addresses(&[("PORT", "3"), ("ADDRESS", "[::1]:4")]), ["[::1]:4"]);
    }

    #[test]
    fn every_variable_of_the_settings_is_a_key() {
        let asked = RefCell::new(BTreeSet::new());
        let _ = Settings::read(|name| {
            asked.borrow_mut().insert(name.to_owned());
            // Asks for more where there is a certificate.
            (name == "TLS_CERT").then(|| "cert.pem".to_owned())
        });
        let own = ["APP_ENV", "HIGHPER_HANDOVER", "LISTEN_FDS", "LISTEN_PID"].map(str::to_owned);
        let keys: BTreeSet<_> = KEYS.iter().map(|key| variable_of(key)).chain(own).collect();
        assert_eq!(asked.into_inner(), keys);
    }
}
