//! What somebody with a browser sees.

use crate::demo::Demo;

/// What a browser accepts.
const BROWSER: &str =
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";

#[test]
fn the_shelf_leads_to_the_books() {
    let demo = Demo::start();
    let home = demo.get("/");
    assert_eq!((home.status, home.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(home.text().contains("<a href=/books/4>Roadside Picnic</a>"), "{home:?}");
    assert!(home.text().contains("Arkady &amp; Boris Strugatsky"), "{home:?}");
    let book = demo.get("/books/2");
    assert!(book.text().contains("<h1>Solaris</h1>"), "{book:?}");
    assert!(book.text().contains("Stanisław Lem"), "{book:?}");
}

#[test]
fn the_search_takes_every_text_and_runs_none() {
    let demo = Demo::start();
    let search = |text: &str| demo.get(&format!("/search?q={text}")).text();
    let page = search("STANIS%C5%81AW");
    assert!(page.contains("1 found for “STANISŁAW”"), "{page}");
    assert!(page.contains("<a href=/books/2>Solaris</a>"), "{page}");
    let page = search("%3Cscript%3Ealert('1')%3C/script%3E%22%26");
    assert!(
        page.contains("“&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;”"),
        "{page}"
    );
    assert!(!page.contains("<script"), "{page}");
    assert!(search("").contains("4 found"));
    assert!(search("octavia+e").contains("Kindred"));
    assert!(demo.get("/search").text().contains("4 found"));
}

#[test]
fn the_old_address_of_the_shelf_redirects() {
    let demo = Demo::start();
    let answer = demo.get("/shelf");
    assert_eq!((answer.status, answer.header("location")), (308, "/"));
    let home =
        demo.curl(&["-L", "-o", "/dev/null", "-w", "HTTP/x %{http_code}\r\n\r\n"], "/shelf", b"");
    assert_eq!(home.status, 200);
}

#[test]
fn the_catalogue_is_streamed() {
    let demo = Demo::start();
    let answer = demo.get("/downloads/catalogue.csv");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("transfer-encoding"), "chunked");
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        answer.text(),
        "number,title,author,cents\r\n\
         1,\"The Dispossessed\",\"Ursula K. Le Guin\",1290\r\n\
         2,\"Solaris\",\"Stanisław Lem\",1100\r\n\
         3,\"Kindred\",\"Octavia E. Butler\",1350\r\n\
         4,\"Roadside Picnic\",\"Arkady & Boris Strugatsky\",1190\r\n"
    );
}

#[test]
fn an_error_is_shown_as_the_client_asked_and_its_cause_is_not() {
    let demo = Demo::start();
    let private = ["invalid digit", "ParseIntError", "pages.rs", "not a number"];
    for (accept, content_type) in [
        (BROWSER, "text/html; charset=utf-8"),
        ("Accept: application/msgpack", "application/msgpack"),
        ("Accept: */*", "application/problem+json"),
    ] {
        let answer = demo.curl(&["-H", accept], "/broken", b"");
        assert_eq!((answer.status, answer.header("content-type")), (500, content_type));
        assert!(answer.text().contains("Internal Server Error"), "{answer:?}");
        for text in private {
            assert!(!format!("{answer:?}").contains(text), "{answer:?}");
        }
    }
    let (_, log) = demo.terminate();
    assert!(log.contains("invalid digit found in string"), "{log}");
}

#[test]
fn a_developer_sees_what_went_wrong() {
    let demo =
        Demo::with(&[("APP_ENV", "local"), ("APP_EDITOR", "zed"), ("MY_TOKEN", "canary7f3e")]);
    for (target, type_name, message, line) in [
        ("/broken", "ParseIntError", "invalid digit found in string", "&quot;not a number&quot;"),
        ("/panic", "panic", "the shelf fell over", "&quot;the shelf fell over&quot;"),
    ] {
        let page = demo.curl(&["-H", BROWSER], target, b"").text();
        assert!(page.contains(&format!("<b>{type_name}</b>")), "{page}");
        assert!(page.contains(&format!("<h1>{message}</h1>")), "{page}");
        let (_, marked) = page.split_once("<span class=mark>").expect(&page);
        assert!(marked.lines().next().unwrap().contains(line), "{marked:.200}");
        assert!(page.contains("zed://file/") && page.contains("highper_demo::pages::"), "{page}");
        assert!(page.contains("MY_TOKEN") && !page.contains("canary7f3e"), "{page}");
        let text = demo.curl(&[], target, b"").text();
        assert!(text.contains(message) && text.contains("pages.rs:"), "{text}");
    }
}

#[test]
fn what_is_not_there_is_shown_as_the_client_asked() {
    let demo = Demo::start();
    for target in ["/nowhere", "/books/999"] {
        demo.get(target).problem(404);
        let page = demo.curl(&["-H", BROWSER], target, b"");
        assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"));
        assert!(page.text().contains("<h1>404 Not Found</h1>"), "{page:?}");
        let answer = demo.curl(&["-H", "Accept: application/msgpack"], target, b"");
        assert_eq!((answer.status, answer.header("content-type")), (404, "application/msgpack"));
        assert_eq!(answer.message_pack()["status"], 404);
        assert_eq!(answer.message_pack()["title"], "Not Found");
    }
}

#[test]
fn a_panic_answers_500_and_the_shop_stays_open() {
    let demo = Demo::with(&[("WORKER_THREADS", "1")]);
    for version in ["--http1.1", "--http2-prior-knowledge"] {
        for _ in 0..10 {
            let answer = demo.curl(&[version], "/panic", b"");
            assert!(!answer.problem(500).contains("fell over"), "{answer:?}");
        }
    }
    assert_eq!(demo.get("/").status, 200);
    let (code, log) = demo.terminate();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("the shelf fell over"), "{log}");
}
