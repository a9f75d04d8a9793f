//! What is in effect of the sections `server` and `log` where no source says anything.

use highper_config::Row;

/// The keys that have a default, in order.
pub(super) fn missing_from(rows: &[Row]) -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_set = |key: &str| rows.iter().any(|row| row.key.replace('-', "_") == key);
    let has_workers = rows.iter().any(|row| row.key == "server.workers" && row.value != "0");
    DEFAULTS.iter().copied().filter(move |(key, _)| match *key {
        // A port stands for an address, and worker processes have one thread.
        ADDRESS => !is_set(ADDRESS) && !is_set("server.port"),
        WORKER_THREADS => !is_set(WORKER_THREADS) && !has_workers,
        key => !is_set(key),
    })
}

const ADDRESS: &str = "server.address";
const WORKER_THREADS: &str = "server.worker_threads";

const DEFAULTS: &[(&str, &str)] = &[
    ("log.format", "auto"),
    ("log.keep", "30"),
    ("log.level", "info"),
    ("log.rotate_daily", "off"),
    ("log.target", "stderr"),
    (ADDRESS, "127.0.0.1:8080"),
    ("server.block_threshold", "0.25"),
    ("server.body_limit", "131072"),
    ("server.drain_timeout", "30"),
    ("server.first_byte_timeout", "60"),
    ("server.health_path", "/health"),
    ("server.idle_timeout", "60"),
    ("server.lame_duck", "1"),
    ("server.max_hot", "64"),
    ("server.parking", "on"),
    ("server.quiet_time", "1"),
    ("server.request_timeout", "30"),
    ("server.restart_timeout", "30"),
    ("server.topology", "per-core"),
    ("server.unix_mode", "660"),
    (WORKER_THREADS, "one for each core"),
    ("server.workers", "0"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    #[test]
    fn what_is_shown_as_the_default_is_the_default() {
        let shown = |variable: &str| {
            let key = match variable.strip_prefix("LOG_") {
                Some(key) => format!("log.{}", key.to_lowercase()),
                None => format!("server.{}", variable.to_lowercase()),
            };
            let found = DEFAULTS.iter().find(|(known, _)| *known == key);
            found.filter(|(key, _)| *key != WORKER_THREADS).map(|(_, value)| (*value).to_owned())
        };
        let (settings, errors) = Settings::read(shown);
        errors.into_result().unwrap();
        assert_eq!(format!("{settings:?}"), format!("{:?}", Settings::default()));
    }
}
