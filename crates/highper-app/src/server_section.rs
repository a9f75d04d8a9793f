//! The sections `server`, `log` and `telemetry` of a configuration.

use std::collections::HashMap;

use highper_config::{Config, ConfigBuilder, Origin, Row};
use highper_core::BootErrors;

use crate::Settings;
use crate::section_texts::{SectionTexts, TextSection};
use crate::telemetry_settings::{ENDPOINT, SERVICE_NAME};

/// Gives the keys of the section `server` their variables: `PORT` for `server.port`; and those of
/// `telemetry`, of which some are OpenTelemetry's. Those of other sections have the name of theirs in front.
pub(crate) fn with_variables(builder: ConfigBuilder) -> ConfigBuilder {
    let server = Server::KEYS.iter().map(|key| (Server::NAME, key));
    let telemetry = Telemetry::KEYS.iter().map(|key| (Telemetry::NAME, key));
    server.chain(telemetry).fold(builder, |builder, (section, key)| {
        builder.variable(variable_of(section, key), format!("{section}.{key}"))
    })
}

/// Reads the settings from the sections. What the service manager and a parent process say is in no
/// file: it comes from the environment.
pub(crate) fn settings(config: &Config) -> (Settings, BootErrors) {
    let mut errors = BootErrors::new();
    let mut server = values::<Server>(config, &mut errors);
    let log = values::<Logging>(config, &mut errors);
    let telemetry = values::<Telemetry>(config, &mut errors);
    let shown = config.show();
    let source = |section: &str, key: &str| {
        let is_own = |row: &&Row| row.key.replace('-', "_") == format!("{section}.{key}");
        shown.rows().iter().find(is_own).map(|row| &row.source)
    };
    // A platform that sets PORT knows nothing of an address in a file.
    let port = source(Server::NAME, "port");
    if is_of_a_file(source(Server::NAME, "address")) && port.is_some() && !is_of_a_file(port) {
        server.remove("address");
    }
    let (settings, problems) = Settings::read(|name| match (place_of(name), name) {
        (Some((Logging::NAME, key)), _) => log.get(key).cloned(),
        (Some((Telemetry::NAME, key)), _) => telemetry.get(key).cloned(),
        (Some((_, key)), _) => server.get(key).cloned(),
        (None, "APP_ENV") => Some(config.environment().to_owned()),
        (None, _) => std::env::var(name).ok(),
    });
    for problem in problems.iter() {
        let variable = problem.split(':').next().unwrap_or_default();
        let (section, key) = place_of(variable).unwrap_or_default();
        match source(section, key) {
            None | Some(Origin::Environment { .. }) => errors.push(problem),
            Some(source) => errors.push(format_args!("{problem} ({section}.{key}, {source})")),
        }
    }
    (settings, errors)
}

/// The values of a section by their keys, and what is wrong with it.
fn values<S: TextSection>(config: &Config, errors: &mut BootErrors) -> HashMap<String, String> {
    let (section, problems) = config.section_with_problems::<SectionTexts<S>>(S::NAME);
    errors.extend(problems);
    section.unwrap_or_default().values
}

/// The variable of a key.
fn variable_of(section: &str, key: &str) -> String {
    match (section, key) {
        (Logging::NAME, _) => format!("LOG_{}", key.to_uppercase()),
        (Telemetry::NAME, "endpoint") => ENDPOINT.to_owned(),
        (Telemetry::NAME, "service_name") => SERVICE_NAME.to_owned(),
        (Telemetry::NAME, _) => format!("TELEMETRY_{}", key.to_uppercase()),
        (_, "debug" | "debug_exposed" | "editor") => format!("APP_{}", key.to_uppercase()),
        _ => key.to_uppercase(),
    }
}

/// The section and the key of a variable.
fn place_of(variable: &str) -> Option<(&'static str, &'static str)> {
    let sections = [
        (Server::NAME, Server::KEYS),
        (Logging::NAME, Logging::KEYS),
        (Telemetry::NAME, Telemetry::KEYS),
    ];
    let mut places = sections
        .into_iter()
        .flat_map(|(section, keys)| keys.iter().map(move |key| (section, *key)));
    places.find(|(section, key)| variable_of(section, key) == variable)
}

fn is_of_a_file(source: Option<&Origin>) -> bool {
    matches!(source, Some(Origin::File { .. } | Origin::Default))
}

struct Server;

impl TextSection for Server {
    const NAME: &'static str = "server";

    const KEYS: &'static [&'static str] = KEYS;
}

struct Logging;

impl TextSection for Logging {
    const NAME: &'static str = "log";

    const KEYS: &'static [&'static str] = &[
        "level",
        "format",
        "target",
        "rotate_bytes",
        "rotate_daily",
        "keep",
        "channels",
        "redact",
        "rate_limit",
        "access",
    ];
}

struct Telemetry;

impl TextSection for Telemetry {
    const NAME: &'static str = "telemetry";

    const KEYS: &'static [&'static str] = &["metrics_path", "endpoint", "service_name", "sampling"];
}

/// The keys of the section `server`, each with the variable that [`variable_of`] gives it.
const KEYS: &[&str] = &[
    "address",
    "port",
    "unix_mode",
    "proxy_protocol",
    "workers",
    "worker_threads",
    "topology",
    "http1_engine",
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
    "health_path",
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
            "LOG_LEVEL: `loud` is not off, debug, info, notice, warning,",
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
    fn the_log_has_a_section_of_its_own() {
        let toml = "[log]\nlevel = 'warning'\nredact = ['iban', 'pin']\nrate_limit = 5";
        let (settings, errors) = read(toml, &[("LOG_RATE_LIMIT", "7")], &["--set=log.access=on"]);
        assert_eq!(errors, [""; 0]);
        assert_eq!(settings.log.redact, ["iban", "pin"]);
        assert_eq!((settings.log.rate_limit, settings.log.access), (Some(7), Some(true)));
        let (_, errors) = read("[log]\nkeep = 'all'\nfromat = 'json'", &[], &[]);
        let told = errors.join("\n");
        assert!(
            told.contains("log.fromat is not known (default): did you mean `format`?"),
            "{told}"
        );
        let (_, errors) = read("[log]\nkeep = 'all'", &[], &[]);
        assert_eq!(errors, ["LOG_KEEP: `all` is not a number of files (log.keep, default)"]);
    }

    #[test]
    fn telemetry_has_a_section_of_its_own_and_the_variables_of_opentelemetry() {
        let toml = "[telemetry]\nmetrics_path = '/metrics'\nsampling = 0.5\nendpoint = 'http://a'";
        let environment =
            [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://b"), ("OTEL_SERVICE_NAME", "shop")];
        let (settings, errors) = read(toml, &environment, &["--set=telemetry.sampling=0.1"]);
        assert_eq!(errors, [""; 0]);
        let telemetry = settings.telemetry;
        assert_eq!(telemetry.metrics_path.as_deref(), Some("/metrics"));
        assert_eq!(telemetry.endpoint.as_deref(), Some("http://b"));
        assert_eq!(telemetry.service_name.as_deref(), Some("shop"));
        assert!((telemetry.sampling - 0.1).abs() < f64::EPSILON);
        let (_, errors) = read("[telemetry]\nsampling = 2", &[], &[]);
        let told =
            "TELEMETRY_SAMPLING: `2` is not a number from 0 to 1 (telemetry.sampling, default)";
        assert_eq!(errors, [told]);
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
        let variables =
            |section, keys: &'static [&str]| keys.iter().map(move |key| variable_of(section, key));
        let server = variables(Server::NAME, Server::KEYS);
        let log = variables(Logging::NAME, Logging::KEYS);
        let telemetry = variables(Telemetry::NAME, Telemetry::KEYS);
        let keys: BTreeSet<_> = server.chain(log).chain(telemetry).chain(own).collect();
        assert_eq!(asked.into_inner(), keys);
    }
}
