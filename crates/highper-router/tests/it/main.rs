//! Probe.
use highper_core::http::{Method, Uri};
use highper_core::{Container, Handler, Middleware, Request, Response};
use highper_router::{Path, Router, TrailingSlash};
async fn ask(r: &highper_router::Routes, m: &str, uri: &str) -> String {
    let uri: Uri = match uri.parse() {
        Ok(u) => u,
        Err(e) => return format!("uri: {e}"),
    };
    let a = r.call(Request::new(Method::from_bytes(m.as_bytes()).unwrap(), uri)).await;
    let h = format!(
        "{} loc={:?} allow={:?} mw={:?}",
        a.status(),
        a.header("location"),
        a.header("allow"),
        a.header("x-mw")
    );
    format!("{h} {}", String::from_utf8_lossy(a.into_body().as_bytes().unwrap_or_default()))
}
struct Mw;
impl Middleware for Mw {
    async fn handle<N: Handler>(&self, r: Request, n: &N) -> Response {
        n.call(r).await.with_header("x-mw", "1")
    }
}
async fn seen(r: Request) -> String {
    r.uri().to_string()
}
#[tokio::test]
async fn probe() {
    let r = Router::new()
        .middleware(Mw)
        .trailing_slash(TrailingSlash::Redirect)
        .get("/{name}", seen)
        .get("/files/{name}.json", async |Path(n): Path<String>| n)
        .group("/api", |g| g.mount("/old", HandlerOf).get("books", seen))
        .group("/m", |g| g.mount("/", HandlerOf))
        .host("h.com", |h| h.get("/", async || "h"))
        .build(&Container::default())
        .unwrap();
    for u in [
        "/\\evil.com/",
        "/api/old/x?y=1",
        "/apibooks",
        "/m/",
        "/m/a",
        "/m",
        "http://h.com/",
        "http://h.com/none",
        "/a%zz",
        "/ü",
        "/a%41%41%ff",
        "/files/a.json.json",
        "/files/.json",
        "*",
        "/zz/",
        "/zz/?q=1",
    ] {
        eprintln!("{u} -> {}", ask(&r, "GET", u).await);
    }
    for (a, b) in [
        ("/{a}", "/{b}"),
        ("/{*r}", "/{id}"),
        ("/a{b}", "/{c}"),
        ("/{a}-{b}", "/"),
        ("/x{*r}", "/y"),
        ("/{a}/x", "/{b}/y"),
        ("/{a}.json", "/{a}.xml"),
        ("/{a}.json", "/{b}"),
        ("/ü", "/a?b"),
        ("/{a}.json", "/{b}.json"),
    ] {
        eprintln!(
            "{a} {b} -> {:?}",
            Router::new()
                .get(a, seen)
                .get(b, seen)
                .build(&Container::default())
                .map(|_| ())
                .map_err(|e| e.to_string())
        );
    }
}
struct HandlerOf;
impl Handler for HandlerOf {
    async fn call(&self, r: Request) -> Response {
        Response::new(r.uri().to_string())
    }
}
