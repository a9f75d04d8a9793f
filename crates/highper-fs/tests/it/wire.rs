//! Files over real connections: whole, in parts, to who reads slowly, and never from outside of the root.

use std::fs::{self, File};
use std::net::SocketAddr;

use highper_core::Container;
use highper_fs::StaticFiles;
use highper_http::{Http, Http1};
use highper_net::{Server, Topology};
use highper_router::Router;
use rustix::fs::inotify;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::site::Site;

/// More than the buffers of a connection hold.
const LARGE: usize = 16 * 1024 * 1024;

fn large() -> Vec<u8> {
    (0..LARGE).map(|at| (at % 251) as u8).collect()
}

/// A server for the files of `/assets`, also mounted at `/mounted`, that ends with the test.
fn serve(engine: Http1, site: &Site) -> SocketAddr {
    let files = || -> StaticFiles { site.files().listing().build().unwrap() };
    let router = Router::new().get("/assets/{*path}", files()).mount("/mounted", files());
    let routes = router.build(&Container::default()).unwrap();
    let server = Server::builder()
        .listen("127.0.0.1:0")
        .topology(Topology::PerCore { workers: 1 })
        .build()
        .unwrap();
    let address = server.local_addrs()[0];
    tokio::spawn(server.run(Http::new(routes).http1(engine)));
    address
}

/// A request that is the last of its connection.
fn request(target: &str, fields: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n{fields}Connection: close\r\n\r\n")
}

async fn send(address: SocketAddr, request: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    stream
}

/// The head and the body of an answer.
async fn answer(address: SocketAddr, request: &str) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    send(address, request.as_bytes()).await.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let body = bytes.split_off(end);
    (String::from_utf8(bytes).unwrap(), body)
}

#[tokio::test]
async fn a_large_file_comes_whole_and_in_parts_whatever_sends_it() {
    let site = Site::new(&[]);
    let content = large();
    site.write("large.bin", &content);
    for engine in [Http1::Native, Http1::Hyper] {
        let address = serve(engine, &site);
        let (head, body) = answer(address, &request("/assets/large.bin", "")).await;
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert!(head.contains(&format!("content-length: {LARGE}\r\n")), "{head}");
        assert!(body == content);
        for (range, part) in [
            ("1000000-9999999", &content[1_000_000..10_000_000]),
            ("-1", &content[LARGE - 1..]),
            ("65535-65536", &content[65_535..65_537]),
        ] {
            let field = format!("Range: bytes={range}\r\n");
            let (head, body) = answer(address, &request("/mounted/large.bin", &field)).await;
            assert!(head.starts_with("HTTP/1.1 206 "), "{head}");
            assert!(body == part, "{range}");
        }
        let two = "Range: bytes=0-99999,5000000-5999999\r\n";
        let (head, body) = answer(address, &request("/assets/large.bin", two)).await;
        assert!(head.contains("multipart/byteranges"), "{head}");
        let holds = |part: &[u8]| has_part(&body, part);
        assert!(holds(&content[..100_000]) && holds(&content[5_000_000..6_000_000]));
        let announced = format!("content-length: {}\r\n", body.len());
        assert!(head.contains(&announced), "{head}");
    }
}

/// Is `part` somewhere in `body`? Looked for at the places where a part can begin only.
fn has_part(body: &[u8], part: &[u8]) -> bool {
    let begins = body.windows(4).enumerate().filter(|(_, four)| *four == b"\r\n\r\n");
    begins.into_iter().any(|(at, _)| body[at + 4..].starts_with(part))
}

#[tokio::test]
async fn requests_behind_a_large_file_are_answered_after_it() {
    let site = Site::new(&[("small.txt", "small")]);
    let content = large();
    site.write("large.bin", &content);
    let address = serve(Http1::Native, &site);
    let first = "GET /assets/large.bin HTTP/1.1\r\nHost: a\r\n\r\n";
    let requests = [first, first, &request("/assets/small.txt", "")].concat();
    let mut bytes = Vec::new();
    send(address, requests.as_bytes()).await.read_to_end(&mut bytes).await.unwrap();
    let mut rest = &bytes[..];
    for expected in [&content[..], &content, b"small"] {
        let head = rest.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        assert!(rest[head..].starts_with(expected));
        rest = &rest[head + expected.len()..];
    }
    assert!(rest.is_empty());
}

#[tokio::test]
async fn a_large_file_that_becomes_shorter_on_its_way_breaks_the_connection_off() {
    let site = Site::new(&[]);
    for engine in [Http1::Native, Http1::Hyper] {
        site.write("large.bin", &large());
        let address = serve(engine, &site);
        let mut stream = send(address, request("/assets/large.bin", "").as_bytes()).await;
        let mut begin = [0; 1000];
        stream.read_exact(&mut begin).await.unwrap();
        let file = File::options().write(true).open(site.root().join("large.bin")).unwrap();
        file.set_len(10).unwrap();
        let mut rest = Vec::new();
        // A reset is as good an end as any other that comes too early.
        let _ = stream.read_to_end(&mut rest).await;
        assert!(begin.len() + rest.len() < LARGE, "{engine:?}");
    }
}

#[tokio::test]
async fn a_directory_without_its_slash_is_redirected_below_the_same_prefix() {
    let site = Site::new(&[("docs/index.html", "docs"), ("index.html", "home")]);
    let address = serve(Http1::Native, &site);
    for prefix in ["/assets", "/mounted"] {
        let (head, _) = answer(address, &request(&format!("{prefix}/docs?a=1"), "")).await;
        assert!(head.starts_with("HTTP/1.1 301 "), "{head}");
        let location = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
        // Relative to the directory that the path is in (RFC 3986, section 5.2.3).
        let target = format!("{prefix}/{}", location.strip_prefix("./").unwrap());
        assert_eq!(target, format!("{prefix}/docs/?a=1"));
        assert_eq!(answer(address, &request(&target, "")).await.1, b"docs");
    }
    assert_eq!(answer(address, &request("/mounted/", "")).await.1, b"home");
}

#[tokio::test]
async fn no_request_opens_anything_outside_of_the_root() {
    let site = Site::new(&[("a.txt", "public")]);
    let outside = site.root().with_file_name("www-secret");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("s.txt"), "SECRET").unwrap();
    let trap = inotify::init(inotify::CreateFlags::NONBLOCK).unwrap();
    let touched = inotify::WatchFlags::OPEN | inotify::WatchFlags::ACCESS;
    for watched in [&outside, &outside.join("s.txt")] {
        inotify::add_watch(&trap, watched, touched).unwrap();
    }
    for engine in [Http1::Native, Http1::Hyper] {
        let address = serve(engine, &site);
        for path in OUTSIDE.into_iter().chain(NO_TEXT) {
            for prefix in ["/assets", "/mounted"] {
                let target = format!("{prefix}{path}");
                let raw = request(&target, "Accept: text/html\r\n");
                let (head, body) = answer(address, &raw).await;
                let is_refused = head.starts_with("HTTP/1.1 400 ") && NO_TEXT.contains(&path);
                assert!(is_refused || head.starts_with("HTTP/1.1 404 "), "{target}: {head}");
                assert!(!body.windows(6).any(|six| six == b"SECRET"), "{target}");
            }
        }
    }
    let mut seen = [0; 1024];
    assert_eq!(rustix::io::read(&trap, &mut seen), Err(rustix::io::Errno::AGAIN));
    // The trap works.
    drop(File::open(outside.join("s.txt")).unwrap());
    assert!(rustix::io::read(&trap, &mut seen).unwrap() > 0);
}

/// Ways out.
const OUTSIDE: [&str; 14] = [
    "/../www-secret/s.txt",
    "/..%2fwww-secret/s.txt",
    "/..%2Fwww-secret%2Fs.txt",
    "/%2e%2e/www-secret/s.txt",
    "/.%2e/www-secret/s.txt",
    "/%252e%252e/www-secret/s.txt",
    "/%252e%252e%252fwww-secret%252fs.txt",
    "/..%5cwww-secret%5cs.txt",
    "/a.txt/../../www-secret/s.txt",
    "/./../www-secret/s.txt",
    "//www-secret/s.txt",
    "//etc/passwd",
    "/%2fetc/passwd",
    "/..;/www-secret/s.txt",
];

/// Ways out by NUL, in longer forms of UTF-8 than there may be, and in an encoding that never was one:
/// a router may tell what is wrong with them.
const NO_TEXT: [&str; 6] = [
    "/a.txt%00/../../www-secret/s.txt",
    "/../www-secret/s.txt%00.txt",
    "/%uff0e%uff0e/www-secret/s.txt",
    "/..%c0%afwww-secret/s.txt",
    "/%c0%ae%c0%ae/www-secret/s.txt",
    "/%e0%80%ae%e0%80%ae/www-secret/s.txt",
];
