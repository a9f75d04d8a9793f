//! The style and the icon of the pages, over a socket.

use crate::demo::Demo;

#[test]
fn pages_use_assets_that_clients_may_keep() {
    let demo = Demo::start();
    let home = demo.get("/").text();
    for (path, content_type) in
        [("/assets/style.css", "text/css; charset=utf-8"), ("/assets/favicon.svg", "image/svg+xml")]
    {
        assert!(home.contains(path), "{home}");
        let answer = demo.get(path);
        assert_eq!((answer.status, answer.header("content-type")), (200, content_type));
        assert_eq!(answer.header("cache-control"), "max-age=3600");
        let condition = format!("If-None-Match: {}", answer.header("etag"));
        assert_eq!(demo.curl(&["-H", &condition], path, b"").status, 304);
        let part = demo.curl(&["-r", "0-3"], path, b"");
        assert_eq!((part.status, part.header("content-length")), (206, "4"));
        assert_eq!(part.text(), answer.text()[..4]);
        let head = demo.curl(&["-I"], path, b"");
        assert_eq!(head.header("content-length"), answer.text().len().to_string());
    }
}

#[test]
fn nothing_but_the_assets_is_there() {
    let demo = Demo::start();
    for path in [
        "/assets/",
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/Cargo.toml",
        "/assets../x",
        "/assets/x",
    ] {
        assert_eq!(demo.curl(&["--path-as-is"], path, b"").status, 404, "{path}");
    }
}
