//! What an idle TLS connection costs: `cargo run --release --example tls_idle -p highper-http`.
//!
//! The server is a process of its own; what it holds grows by the connections alone. Each connection
//! has made its handshake and a request (none with `h2`, where it has sent its preface), and is quiet.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement by hand")]

use std::process::{Command, Stdio};
use std::sync::Arc;

use highper_core::{Handler, IntoResponse, Request, Response};
use highper_http::rustls::pki_types::pem::PemObject;
use highper_http::rustls::pki_types::{CertificateDer, ServerName};
use highper_http::rustls::{ClientConfig, RootCertStore};
use highper_http::{Http, Tls};
use highper_net::{Server, Topology};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

struct Hello;

impl Handler for Hello {
    async fn call(&self, _: Request) -> Response {
        "Hello, World!".into_response()
    }
}

const CONNECTIONS: usize = 4000;
const PORT: u16 = 18443;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let folder = std::env::temp_dir().join("highper-tls-idle");
    match std::env::args().nth(1).as_deref() {
        Some("serve-tls") => {
            let tls = Tls::builder()
                .certificate_files(folder.join("cert.pem"), folder.join("key.pem"))
                .build();
            serve(Http::new(Hello).tls(tls.unwrap())).await;
        }
        Some(_) => serve(Http::new(Hello)).await,
        None => measure(&folder).await,
    }
}

async fn serve(http: Http<Hello>) {
    let server = Server::builder()
        .listen(format!("127.0.0.1:{PORT}").as_str())
        .topology(Topology::PerCore { workers: 1 })
        .build();
    server.unwrap().run(http).await.unwrap();
}

async fn measure(folder: &std::path::Path) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    for (server, protocol) in [
        ("serve-plain", "http/1.1"),
        ("serve-tls", "http/1.1"),
        ("serve-plain", "h2"),
        ("serve-tls", "h2"),
    ] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg(server)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while TcpStream::connect(("127.0.0.1", PORT)).await.is_err() {}
        let connector = connector(folder, protocol);
        let mut kept: Vec<Box<dyn Connection>> = Vec::new();
        // What the first connections have the server allocate once is not theirs.
        open(&mut kept, CONNECTIONS / 4, server, protocol, &connector).await;
        let before = resident(child.id());
        open(&mut kept, CONNECTIONS, server, protocol, &connector).await;
        let bytes = (resident(child.id()) - before) / CONNECTIONS;
        println!("{server} {protocol}: {bytes} bytes a connection");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

trait Connection: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Connection for T {}

fn connector(folder: &std::path::Path, protocol: &str) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("cert.pem")).unwrap()).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    TlsConnector::from(Arc::new(config))
}

async fn open(
    kept: &mut Vec<Box<dyn Connection>>,
    count: usize,
    server: &str,
    protocol: &str,
    connector: &TlsConnector,
) {
    for _ in 0..count {
        let socket = TcpStream::connect(("127.0.0.1", PORT)).await.unwrap();
        let mut stream: Box<dyn Connection> = if server == "serve-tls" {
            let name = ServerName::try_from("localhost").unwrap();
            Box::new(connector.connect(name, socket).await.unwrap())
        } else {
            Box::new(socket)
        };
        let first: &[u8] = match protocol {
            "h2" => b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
            _ => b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        };
        stream.write_all(first).await.unwrap();
        let mut answer = [0; 1024];
        assert!(stream.read(&mut answer).await.unwrap() > 0);
        kept.push(stream);
    }
}

fn resident(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}
