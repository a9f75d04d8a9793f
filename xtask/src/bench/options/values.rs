//! Values on the command line that are more than a number or a name.

use std::str::FromStr;

use crate::bench::server::{PEERS, WEBSOCKET_PEERS};

/// Which peers are measured beside Highper, in the order of [`PEERS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::bench) struct Peers(pub(in crate::bench) Vec<&'static str>);

impl FromStr for Peers {
    type Err = String;

    fn from_str(list: &str) -> Result<Self, String> {
        Self::among(list, &PEERS)
    }
}

impl Peers {
    /// Those of them that speak WebSocket.
    pub(super) fn websocket(&self) -> Self {
        let speaks = |name: &&&str| WEBSOCKET_PEERS.contains(*name);
        Self(self.0.iter().filter(speaks).copied().collect())
    }

    fn among(list: &str, known: &[&'static str]) -> Result<Self, String> {
        let wanted: Vec<&str> = match list {
            "all" => return Ok(Self(known.to_vec())),
            "none" => return Ok(Self(Vec::new())),
            list => list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect(),
        };
        let unknown: Vec<&str> =
            wanted.iter().copied().filter(|name| !known.contains(name)).collect();
        if unknown.is_empty() && !wanted.is_empty() {
            let wanted = known.iter().copied().filter(|name| wanted.contains(name));
            return Ok(Self(wanted.collect()));
        }
        let what = match unknown[..] {
            [] => "no peer named".to_owned(),
            _ => format!("no such peer: {}", unknown.join(", ")),
        };
        Err(format!("{what}; use `all`, `none`, or any of {}", known.join(",")))
    }
}

/// Peers that speak WebSocket.
pub(super) fn websocket_peers(list: &str) -> Result<Peers, String> {
    Peers::among(list, &WEBSOCKET_PEERS)
}

/// A number from 0 to 1.
pub(super) fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("not a number from 0 to 1".into()),
    }
}

/// `NAME=VALUE`.
pub(super) fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("not of the form NAME=VALUE".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_come_in_their_own_order_and_once() {
        let peers: Peers = "epoll, axum,axum".parse().unwrap();
        assert_eq!(peers.0, ["axum", "epoll"]);
        assert_eq!("all".parse::<Peers>().unwrap().0, PEERS);
        assert_eq!(websocket_peers("all").unwrap().0, WEBSOCKET_PEERS);
        assert!(websocket_peers("ntex").is_err());
        assert!("none".parse::<Peers>().unwrap().0.is_empty());
    }

    #[test]
    fn shares_and_settings_are_checked_where_they_are_given() {
        assert!(share("1.0").is_ok() && share("0").is_ok());
        assert!(share("1.1").is_err() && share("NaN").is_err() && share("all").is_err());
        assert_eq!(setting("A=b=c").unwrap(), ("A".into(), "b=c".into()));
        assert!(setting("=b").is_err() && setting("A").is_err());
    }

    #[test]
    fn an_unknown_peer_is_answered_with_the_names_there_are() {
        let error = "axum,rocket".parse::<Peers>().unwrap_err();
        assert!(error.contains("no such peer: rocket"), "{error}");
        assert!(error.contains("hyper-per-core"), "{error}");
        assert!("".parse::<Peers>().is_err());
    }
}
