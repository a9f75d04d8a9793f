//! `health`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use clap::ArgMatches;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::command_line::{ADDRESS, JSON, LIVE, TIMEOUT};
use super::output::{Failure, print_json, print_well};
use crate::Settings;

/// Asks a running server, as a load balancer would.
pub(super) async fn ask(settings: &Settings, options: &ArgMatches) -> Result<(), Failure> {
    let Some(path) = &settings.health_path else {
        return Err("the server tells nothing: HEALTH_PATH is off".to_owned().into());
    };
    let path = format!("{path}{}", if options.get_flag(LIVE) { "/live" } else { "/ready" });
    let server = match options.get_one::<String>(ADDRESS) {
        Some(address) => Server::parse(address)
            .ok_or_else(|| format!("`{}` is no address to ask", address.escape_debug()))?,
        None => Server::of(settings)?,
    };
    let limit = options.get_one(TIMEOUT).copied().unwrap_or(Duration::from_secs(5));
    let exchange = server.exchange(&path, server.is_told_of_proxies(settings));
    let answer = match timeout(limit, exchange).await {
        Ok(answer) => answer.map_err(|error| format!("{server} does not answer: {error}"))?,
        Err(_) => return Err(format!("{server} does not answer within {limit:?}").into()),
    };
    let (status, body) = parse(&answer)
        .ok_or_else(|| format!("{server} does not answer as a server of HTTP at {path}"))?;
    if options.get_flag(JSON) {
        print_json(&body)?;
        return if status == 200 { Ok(()) } else { Err(Failure::Printed) };
    }
    match status {
        200 => print_well("Healthy", &format!(": {server}{path}")),
        _ => Err(format!("{server}{path} answers {status}{}", reasons(&body)).into()),
    }
}

/// Where a server listens.
#[derive(Debug, PartialEq, Eq)]
enum Server {
    Tcp(SocketAddr),
    Unix(String),
}

impl Server {
    /// The first address that can be asked.
    fn of(settings: &Settings) -> Result<Self, String> {
        let is_tls = !settings.tls.certificates.is_empty();
        let plain = settings.addresses.iter().filter(|address| {
            !address.starts_with("https://") && (!is_tls || address.starts_with("http://"))
        });
        plain.filter_map(|address| Self::parse(address)).next().ok_or_else(|| {
            let addresses = settings.addresses.join(", ");
            format!(
                "none of the addresses can be asked without TLS and with a known port: {addresses}; \
                 let the server listen at http://127.0.0.1:9090 too, or give --address"
            )
        })
    }

    fn parse(address: &str) -> Option<Self> {
        let address = address.strip_prefix("http://").unwrap_or(address);
        if let Some(path) = address.strip_prefix("unix:").filter(|path| !path.starts_with('@')) {
            return Some(Self::Unix(path.to_owned()));
        }
        let mut address: SocketAddr =
            address.parse().ok().filter(|at: &SocketAddr| at.port() != 0)?;
        if address.ip().is_unspecified() {
            address.set_ip(match address.ip() {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        Some(Self::Tcp(address))
    }

    /// Does the server expect a header of the PROXY protocol from this machine?
    fn is_told_of_proxies(&self, settings: &Settings) -> bool {
        let own = match self {
            Self::Tcp(address) => address.ip(),
            // As the server sees whoever comes by a file.
            Self::Unix(_) => Ipv4Addr::LOCALHOST.into(),
        };
        settings.proxy_protocol.as_ref().is_some_and(|trusted| trusted.contains(own))
    }

    async fn exchange(&self, path: &str, is_proxied: bool) -> std::io::Result<Vec<u8>> {
        let introduction = if is_proxied { "PROXY UNKNOWN\r\n" } else { "" };
        let request = format!(
            "{introduction}GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        );
        match self {
            Self::Tcp(address) => converse(TcpStream::connect(address).await?, &request).await,
            Self::Unix(path) => converse(UnixStream::connect(path).await?, &request).await,
        }
    }
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "http://{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.escape_debug()),
        }
    }
}

async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &str,
) -> std::io::Result<Vec<u8>> {
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// The status and the body, null where it is no JSON.
fn parse(answer: &[u8]) -> Option<(u16, Value)> {
    let text = std::str::from_utf8(answer).ok()?;
    let status = text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let (_, body) = text.split_once("\r\n\r\n")?;
    Some((status, serde_json::from_str(body).unwrap_or_default()))
}

/// What the server says of its checks.
fn reasons(body: &Value) -> String {
    let checks = body["checks"].as_object().into_iter().flatten();
    let failing = checks.filter(|(_, outcome)| outcome[0]["status"] != "pass");
    let failing = failing.map(|(name, _)| format!("{} fails", name.escape_debug()));
    let reasons: Vec<_> = body["output"]
        .as_str()
        .map(|why| why.escape_debug().to_string())
        .into_iter()
        .chain(failing)
        .collect();
    match reasons.is_empty() {
        true => String::new(),
        false => format!(": {}", reasons.join(", ")),
    }
}

/// The health of an application takes less.
const MAX_ANSWER: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_asked_on_this_machine() {
        let tcp = |text: &str| Some(Server::Tcp(text.parse().unwrap()));
        assert_eq!(Server::parse("0.0.0.0:80"), tcp("127.0.0.1:80"));
        assert_eq!(Server::parse("http://[::]:80"), tcp("[::1]:80"));
        assert_eq!(Server::parse("192.0.2.1:80"), tcp("192.0.2.1:80"));
        assert_eq!(Server::parse("unix:/run/a.sock"), Some(Server::Unix("/run/a.sock".to_owned())));
        for no in ["127.0.0.1:0", "systemd", "unix:@a", "https://127.0.0.1:1"] {
            assert_eq!(Server::parse(no), None, "{no}");
        }
    }

    #[test]
    fn an_answer_has_a_status_and_reasons() {
        let body = r#"{"status":"fail","output":"draining","checks":{"db":[{"status":"fail"}],"mail":[{"status":"pass"}]}}"#;
        let answer = format!("HTTP/1.1 503 Service Unavailable\r\na: b\r\n\r\n{body}");
        let (status, body) = parse(answer.as_bytes()).unwrap();
        assert_eq!((status, reasons(&body).as_str()), (503, ": draining, db fails"));
        assert!(parse(b"SSH-2.0\r\n\r\n").is_none());
    }
}
