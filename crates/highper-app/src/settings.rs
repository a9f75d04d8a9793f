//! What the configuration says about the server.

use std::fmt::Display;
use std::path::PathBuf;
use std::process;
use std::str::FromStr;
use std::time::Duration;

use highper_core::BootErrors;
use highper_http::{Http1, Limits};
use highper_net::proxy_protocol::Trusted;
use highper_net::{Parking, Topology};

use crate::process::HANDOVER;
use crate::{DebugSettings, LogSettings, TelemetrySettings, TlsSettings};

/// What the configuration says about the server (twelve-factor: III, VII, IX).
///
/// A file has them in its section `server`, in lower case: `port = 8080`.
///
/// | variable | what | default |
/// |---|---|---|
/// | `ADDRESS` | addresses to listen on, separated by commas; see [`highper_net::ListenAddress`] | `127.0.0.1:8080` |
/// | `PORT` | listen on `0.0.0.0` at this port, where there is no `ADDRESS` | |
/// | `UNIX_MODE` | permissions of Unix sockets' files, octal | `660` |
/// | `PROXY_PROTOCOL` | peers whose connections begin with a PROXY header: addresses and networks | nobody |
/// | `TLS_CERT` | certificates, PEM files, the one for unknown names first; needs the feature `tls` | no TLS |
/// | `TLS_KEY` | their private keys, in the same order | |
/// | `TLS_CLIENT_CA` | the authorities of clients' certificates, a PEM file | clients have none |
/// | `TLS_CLIENT_AUTH` | `required`, or `optional`: clients without a certificate are served too | `required` |
/// | `WORKERS` | worker processes, up to 1024; 0: this process serves itself | 0 |
/// | `WORKER_THREADS` | worker threads of a process, from 1 | one for each core; 1 with `WORKERS` |
/// | `TOPOLOGY` | `per-core` or `work-stealing` | `per-core` |
/// | `HTTP1_ENGINE` | who speaks HTTP/1: `native`, the server's own engine, or `hyper` | `native` |
/// | `MAX_CONNECTIONS` | connections at once, from 1 | the server's |
/// | `MAX_CONNECTIONS_PER_IP` | connections at once from one address, from 1 | no limit |
/// | `MAX_CONNECTIONS_PER_WORKER` | connections at once of one worker thread, from 1 | no limit |
/// | `MAX_CONCURRENT_REQUESTS` | requests in handlers at once, from 1; the others wait | no limit |
/// | `PARKING` | `on`: quiet connections give up their memory; or `off` | `on` |
/// | `QUIET_TIME` | seconds until a quiet connection parks, up to 1 | 1 |
/// | `MAX_HOT` | connections of a worker that stay unparked though quiet | 64 |
/// | `MAX_PARKED` | connections of a worker parked at once, from 1 | no limit |
/// | `BLOCK_THRESHOLD` | seconds that a handler may block its worker before it is logged | 0.25 |
/// | `LAME_DUCK` | seconds of telling peers to go, before the drain | 1 |
/// | `RESTART_TIMEOUT` | seconds for the new process of a restart to serve | 30 |
/// | `PID_FILE` | where the number of the process is written | |
/// | `DRAIN_TIMEOUT` | seconds for requests in flight at the end | 30 |
/// | `BODY_LIMIT` | most bytes of a request's body | 131072 |
/// | `REQUEST_TIMEOUT` | seconds for a handler to begin its answer | 30 |
/// | `FIRST_BYTE_TIMEOUT` | seconds that a connection may be open without a byte | 60 |
/// | `IDLE_TIMEOUT` | seconds that a connection may be quiet | 60 |
/// | `HEALTH_PATH` | where the health of the application is told, and below it at `/ready` and `/live`; or `off` | `/health` |
/// | `LOG_LEVEL`, `LOG_FORMAT`, ... | the log; see [`LogSettings`] | |
/// | `OTEL_EXPORTER_OTLP_ENDPOINT`, ... | metrics and traces; see [`TelemetrySettings`] | off |
/// | `APP_ENV`, `APP_DEBUG`, ... | error pages of developers; see [`DebugSettings`] | off |
///
/// Where neither `ADDRESS` nor `PORT` is set and systemd has opened sockets for this process
/// (`LISTEN_FDS`), it listens on those. Limits of connections count in each process by itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// Where to listen.
    pub addresses: Vec<String>,
    /// The permissions of Unix sockets' files.
    pub unix_mode: u32,
    /// Whose connections begin with a header of the PROXY protocol.
    pub proxy_protocol: Option<Trusted>,
    /// Certificates, for TLS.
    pub tls: TlsSettings,
    /// How many processes serve, each with the workers of `topology`; up to 1,024. 0: the process that
    /// is started serves itself.
    pub workers: usize,
    /// How long the new process of a restart may take until it serves.
    pub restart_timeout: Duration,
    /// Where the number of the process is written while it serves.
    pub pid_file: Option<PathBuf>,
    /// The worker threads of a process.
    pub topology: Topology,
    /// Which engine speaks HTTP/1.
    pub http1_engine: Http1,
    /// Connections at once.
    pub max_connections: Option<usize>,
    /// Connections at once from one address.
    pub max_connections_per_ip: Option<usize>,
    /// Connections at once of one worker thread.
    pub max_connections_per_worker: Option<usize>,
    /// How quiet connections give up their memory; None: they do not.
    pub parking: Option<Parking>,
    /// How long a handler may block its worker before it is logged.
    pub block_threshold: Duration,
    /// How long the server goes on at its end, only telling its peers to go elsewhere.
    pub lame_duck: Duration,
    /// How long requests in flight may take at the end.
    pub drain_timeout: Duration,
    /// Limits and time-outs of connections.
    pub limits: Limits,
    /// Where the health of the application is told; None: nowhere.
    pub health_path: Option<String>,
    /// The log.
    pub log: LogSettings,
    /// Metrics and traces.
    pub telemetry: TelemetrySettings,
    /// Error pages of developers.
    pub debug: DebugSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            addresses: vec!["127.0.0.1:8080".to_owned()],
            unix_mode: 0o660,
            proxy_protocol: None,
            tls: TlsSettings::default(),
            workers: 0,
            restart_timeout: Duration::from_secs(30),
            pid_file: None,
            topology: Topology::default(),
            http1_engine: Http1::default(),
            max_connections: None,
            max_connections_per_ip: None,
            max_connections_per_worker: None,
            parking: Some(Parking::default()),
            block_threshold: Duration::from_millis(250),
            lame_duck: Duration::from_secs(1),
            drain_timeout: Duration::from_secs(30),
            limits: Limits::default(),
            health_path: Some("/health".to_owned()),
            log: LogSettings::default(),
            telemetry: TelemetrySettings::default(),
            debug: DebugSettings::default(),
        }
    }
}

impl Settings {
    /// Reads the variables through `lookup`. What is malformed keeps its default and is told.
    ///
    /// # Example
    /// ```
    /// # use highper_app::Settings;
    /// let (settings, errors) = Settings::read(|name| (name == "PORT").then(|| "9000".to_owned()));
    /// assert_eq!(settings.addresses, ["0.0.0.0:9000"]);
    /// assert!(errors.into_result().is_ok());
    /// ```
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> (Self, BootErrors) {
        let mut settings = Self::default();
        let mut reader = Reader { lookup, errors: BootErrors::new() };
        if reader.has_inherited_sockets() {
            settings.addresses = vec!["systemd".to_owned()];
        }
        if let Some(port) = reader.parse::<u16>("PORT", "a port from 0 to 65535") {
            settings.addresses = vec![format!("0.0.0.0:{port}")];
        }
        if let Some(addresses) = (reader.lookup)("ADDRESS") {
            settings.addresses = addresses.split(',').map(|part| part.trim().to_owned()).collect();
        }
        reader.processes(&mut settings);
        settings.topology = reader.topology(settings.workers);
        settings.http1_engine = reader.http1_engine();
        settings.max_connections = reader.count("MAX_CONNECTIONS");
        settings.max_connections_per_ip = reader.count("MAX_CONNECTIONS_PER_IP");
        settings.max_connections_per_worker = reader.count("MAX_CONNECTIONS_PER_WORKER");
        settings.limits.concurrent_requests = reader.count("MAX_CONCURRENT_REQUESTS");
        settings.tls = TlsSettings::read(&reader.lookup, &mut reader.errors);
        settings.parking = reader.parking();
        reader.seconds("BLOCK_THRESHOLD", &mut settings.block_threshold);
        reader.seconds_or_none("LAME_DUCK", &mut settings.lame_duck);
        reader.seconds("DRAIN_TIMEOUT", &mut settings.drain_timeout);
        reader.seconds("REQUEST_TIMEOUT", &mut settings.limits.request_timeout);
        reader.seconds("FIRST_BYTE_TIMEOUT", &mut settings.limits.first_byte_timeout);
        reader.seconds("IDLE_TIMEOUT", &mut settings.limits.idle_timeout);
        if let Some(bytes) = reader.parse("BODY_LIMIT", "a number of bytes") {
            settings.limits.body_size = bytes;
        }
        reader.health_path(&mut settings.health_path);
        settings.log = LogSettings::read(&reader.lookup, &mut reader.errors);
        settings.telemetry = TelemetrySettings::read(&reader.lookup, &mut reader.errors);
        settings.debug = DebugSettings::read(&reader.lookup, &mut reader.errors);
        (settings, reader.errors)
    }
}

/// More processes than this are a slip of the pen, not a machine.
const MAX_WORKERS: usize = 1024;

struct Reader<L> {
    lookup: L,
    errors: BootErrors,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn parse<T: FromStr>(&mut self, name: &str, expected: impl Display) -> Option<T> {
        let value = (self.lookup)(name)?;
        let parsed = value.trim().parse().ok();
        if parsed.is_none() {
            self.errors.push(format_args!("{name}: `{}` is not {expected}", value.escape_debug()));
        }
        parsed
    }

    /// What one of two words stands for.
    fn choice<T>(&mut self, name: &str, choices: [(&str, T); 2]) -> Option<T> {
        let value = (self.lookup)(name)?;
        let words = choices.each_ref().map(|(word, _)| *word);
        let chosen = choices.into_iter().find(|(word, _)| *word == value);
        if chosen.is_none() {
            let value = value.escape_debug();
            self.errors.push(format_args!("{name}: `{value}` is not {}", words.join(" or ")));
        }
        chosen.map(|(_, chosen)| chosen)
    }

    fn count(&mut self, name: &str) -> Option<usize> {
        self.parse::<std::num::NonZeroUsize>(name, "a number from 1").map(std::num::NonZero::get)
    }

    fn seconds(&mut self, name: &str, setting: &mut Duration) {
        let expected = "a number of seconds above 0, as 30 or 0.5";
        let Some(seconds) = self.parse::<f64>(name, expected) else { return };
        match Duration::try_from_secs_f64(seconds) {
            Ok(duration) if !duration.is_zero() => *setting = duration,
            _ => self.errors.push(format_args!("{name}: `{seconds}` is not {expected}")),
        }
    }

    fn seconds_or_none(&mut self, name: &str, setting: &mut Duration) {
        match (self.lookup)(name).as_deref() {
            Some("0") => *setting = Duration::ZERO,
            _ => self.seconds(name, setting),
        }
    }

    fn parking(&mut self) -> Option<Parking> {
        let mut parking = Parking::default();
        self.seconds("QUIET_TIME", &mut parking.quiet_time);
        if let Some(hot) = self.parse("MAX_HOT", "a number of connections") {
            parking.max_hot = hot;
        }
        if let Some(parked) = self.count("MAX_PARKED") {
            parking.max_parked = parked;
        }
        self.choice("PARKING", [("on", true), ("off", false)]).unwrap_or(true).then_some(parking)
    }

    fn health_path(&mut self, setting: &mut Option<String>) {
        match (self.lookup)("HEALTH_PATH").as_deref() {
            None => {}
            Some("off") => *setting = None,
            Some(path) if is_plain_path(path) => *setting = Some(path.to_owned()),
            Some(other) => self.errors.push(format_args!(
                "HEALTH_PATH: `{}` is not off or a path as /health",
                other.escape_debug()
            )),
        }
    }

    /// Has the service manager opened sockets for this process, or for the one that started it?
    fn has_inherited_sockets(&self) -> bool {
        let own = process::id().to_string();
        let is_own = (self.lookup)("LISTEN_PID").is_none_or(|pid| pid.is_empty() || pid == own);
        let is_told = (self.lookup)("LISTEN_FDS").is_some_and(|count| count != "0");
        is_told && is_own || (self.lookup)(HANDOVER).as_deref() == Some("systemd")
    }

    fn processes(&mut self, settings: &mut Settings) {
        if let Some(mode) = (self.lookup)("UNIX_MODE") {
            match u32::from_str_radix(mode.trim(), 8) {
                Ok(mode) if mode <= 0o777 => settings.unix_mode = mode,
                _ => self.errors.push(format_args!(
                    "UNIX_MODE: `{}` is not an octal number from 0 to 777, as 660",
                    mode.escape_debug()
                )),
            }
        }
        if let Some(trusted) = (self.lookup)("PROXY_PROTOCOL") {
            match trusted.parse() {
                Ok(trusted) => settings.proxy_protocol = Some(trusted),
                Err(error) => self.errors.push(format_args!("PROXY_PROTOCOL: {error}")),
            }
        }
        match self.parse("WORKERS", "a number of processes from 0 to 1024") {
            Some(workers @ 0..=MAX_WORKERS) => settings.workers = workers,
            Some(workers) => self.errors.push(format_args!(
                "WORKERS: `{workers}` is not a number of processes from 0 to 1024"
            )),
            None => {}
        }
        self.seconds("RESTART_TIMEOUT", &mut settings.restart_timeout);
        settings.pid_file = (self.lookup)("PID_FILE").map(PathBuf::from);
    }

    fn http1_engine(&mut self) -> Http1 {
        let engines = [("native", Http1::Native), ("hyper", Http1::Hyper)];
        self.choice("HTTP1_ENGINE", engines).unwrap_or_default()
    }

    /// With worker processes, it is those that use the cores.
    fn topology(&mut self, processes: usize) -> Topology {
        let workers = self.count("WORKER_THREADS").unwrap_or(usize::from(processes > 0));
        let topologies = [
            ("per-core", Topology::PerCore { workers }),
            ("work-stealing", Topology::WorkStealing { workers }),
        ];
        self.choice("TOPOLOGY", topologies).unwrap_or(Topology::PerCore { workers })
    }
}

/// Is it a path as requests have it, without a slash at its end?
fn is_plain_path(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    path.starts_with('/') && !path.ends_with('/') && path.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_malformed_variable_is_told_at_once() {
        let (_, errors) = Settings::read(|name| {
            Some(
                match name {
                    "PORT" => "80x",
                    "WORKER_THREADS" => "0",
                    "TOPOLOGY" => "ring",
                    "DRAIN_TIMEOUT" => "-1",
                    "BODY_LIMIT" => "big",
                    "LOG_LEVEL" => "loud",
                    _ => return None,
                }
                .to_owned(),
            )
        });
        let lines: Vec<_> = errors.iter().collect();
        assert_eq!(lines.len(), 6, "{lines:?}");
        assert_eq!(lines[0], "PORT: `80x` is not a port from 0 to 65535");
    }

    #[test]
    fn an_engine_is_one_of_those_there_are() {
        let read = |engine: &'static str| {
            let (settings, errors) =
                Settings::read(|name| (name == "HTTP1_ENGINE").then(|| engine.to_owned()));
            (settings.http1_engine, errors.iter().map(str::to_owned).collect::<Vec<_>>())
        };
        assert_eq!(read("hyper"), (Http1::Hyper, vec![]));
        assert_eq!(read("native"), (Http1::Native, vec![]));
        let told = "HTTP1_ENGINE: `actix` is not native or hyper".to_owned();
        assert_eq!(read("actix"), (Http1::Native, vec![told]));
    }

    #[test]
    fn worker_processes_have_one_thread_unless_more_are_asked_for() {
        let read = |variables: &[(&str, &str)]| {
            let find = |name: &str| variables.iter().find(|(key, _)| *key == name);
            let (settings, errors) =
                Settings::read(|name| find(name).map(|(_, value)| (*value).to_owned()));
            errors.into_result().unwrap();
            settings
        };
        assert_eq!(read(&[]).topology, Topology::PerCore { workers: 0 });
        let settings = read(&[("WORKERS", "4")]);
        assert_eq!((settings.workers, settings.topology), (4, Topology::PerCore { workers: 1 }));
        let settings = read(&[("WORKERS", "4"), ("WORKER_THREADS", "2")]);
        assert_eq!(settings.topology, Topology::PerCore { workers: 2 });
    }

    #[test]
    fn sockets_of_the_service_manager_are_taken_where_no_address_is_set() {
        let addresses = |pid: Option<u32>, address: Option<&str>| {
            let (settings, _) = Settings::read(|name| match name {
                "LISTEN_FDS" => Some("1".to_owned()),
                "LISTEN_PID" => pid.map(|pid| pid.to_string()),
                "ADDRESS" => address.map(str::to_owned),
                _ => None,
            });
            settings.addresses
        };
        let own = process::id();
        assert_eq!(addresses(Some(own), None), ["systemd"]);
        assert_eq!(addresses(Some(own + 1), None), ["127.0.0.1:8080"]);
        assert_eq!(
            addresses(Some(own), Some("systemd:web, [::1]:80")),
            ["systemd:web", "[::1]:80"]
        );
    }

    #[test]
    fn malformed_variables_of_processes_are_told() {
        let (_, errors) = Settings::read(|name| {
            let value = match name {
                "UNIX_MODE" => "4777",
                "PROXY_PROTOCOL" => "10.0.0.0/40",
                "WORKERS" => "2000",
                "RESTART_TIMEOUT" => "0",
                _ => return None,
            };
            Some(value.to_owned())
        });
        assert_eq!(errors.iter().count(), 4, "{:?}", errors.iter().collect::<Vec<_>>());
    }

    #[test]
    fn limits_are_numbers_from_1() {
        let with = |value: &'static str| {
            Settings::read(|name| name.starts_with("MAX_CON").then(|| value.to_owned()))
        };
        let (settings, errors) = with("7");
        errors.into_result().unwrap();
        let limits = [
            settings.max_connections,
            settings.max_connections_per_ip,
            settings.max_connections_per_worker,
            settings.limits.concurrent_requests,
        ];
        assert_eq!(limits, [Some(7); 4]);
        assert_eq!(with("0").1.iter().count(), 4);
    }

    #[test]
    fn an_address_goes_before_a_port() {
        let (settings, _) = Settings::read(|name| match name {
            "ADDRESS" => Some("127.0.0.1:1, [::1]:2".to_owned()),
            "PORT" => Some("3".to_owned()),
            _ => None,
        });
        assert_eq!(settings.addresses, ["127.0.0.1:1", "[::1]:2"]);
    }
}
