//! The page in a browser.

use highper_core::http::{HeaderName, HeaderValue, Method, StatusCode};
use highper_core::{
    CatchPanic, Error, IntoResponse, Request, RouteMatch, RoutePattern, capture_backtraces,
    install_panic_hook,
};
use highper_mvc::{DebugRenderer, Editor};

use crate::page;

#[inline(never)]
fn parse(text: &str) -> Result<u32, Error> {
    Ok(text.parse::<u32>()?) // the failing line
}

/// The source of these tests is on their pages, unless there are no frames.
fn without_frames() -> DebugRenderer {
    DebugRenderer::new().frame_filter(|_| false)
}

fn error() -> Error {
    capture_backtraces(true);
    parse("x").unwrap_err()
}

#[test]
fn it_begins_with_the_trace_as_plain_text_in_a_comment() {
    let page = page(&DebugRenderer::new(), &error(), None);
    assert!(
        page.starts_with("<!--\ncore::num::error::ParseIntError: invalid digit found in string\n"),
        "{page:.300}"
    );
    let comment = page.split_once("-->").unwrap().0;
    assert!(
        comment.contains("it::page::parse") && comment.contains("tests/it/page.rs:"),
        "{comment}"
    );
}

#[test]
fn it_tells_title_type_message_status_code_and_id() {
    let page = page(
        &DebugRenderer::new(),
        &error().with_code("no_number"),
        Some(&Request::get("/books?a=1")),
    );
    assert!(page.contains("<title>ParseIntError: invalid digit found in string</title>"));
    assert!(page.contains("core::num::error::<b>ParseIntError</b>"));
    assert!(page.contains("<h1>invalid digit found in string</h1>"));
    for fact in ["500 Internal Server Error", "GET /books?a=1", "no_number", "4f2a9c"] {
        assert!(page.contains(fact), "{fact}");
    }
    assert!(page.contains("<q>something went wrong here; it has been logged</q>"));
}

#[derive(Debug)]
struct Wrapped(Box<dyn std::error::Error + Send + Sync>);

impl std::fmt::Display for Wrapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the shelf is closed")
    }
}

impl std::error::Error for Wrapped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

#[test]
fn every_cause_can_be_opened() {
    let inner = Wrapped(Box::new("x".parse::<u8>().unwrap_err()));
    let page = page(&DebugRenderer::new(), &Error::from(Wrapped(Box::new(inner))), None);
    assert_eq!(page.matches("<summary>caused by ").count(), 2);
    assert!(page.contains(
        "<summary>caused by <b>ParseIntError</b></summary><p>invalid digit found in string</p>"
    ));
}

#[test]
fn the_failing_line_is_marked_in_its_source() {
    let page = page(&DebugRenderer::new(), &error(), None);
    let marked = page.split_once("<span class=mark>").unwrap().1.split_once("</span>").unwrap().0;
    assert!(marked.contains("the failing line"), "{marked}");
}

#[test]
fn the_frame_of_the_application_is_chosen_and_libraries_are_apart() {
    let page = page(&DebugRenderer::new(), &error(), None);
    let chosen = page.split_once(" checked><label for=f").unwrap().1;
    assert!(chosen.split_once("</label>").unwrap().0.contains("<b>parse</b>"), "{chosen:.200}");
    assert!(page.contains("<li class=own>") && page.contains("<li class=library>"));
    let none = DebugRenderer::new().application_path("/nowhere");
    assert!(!crate::page(&none, &error(), None).contains("<li class=own>"));
}

#[test]
fn frames_are_filtered_and_remarked_on() {
    let renderer =
        DebugRenderer::new().frame_filter(|frame| frame.is_application).frame_comment(|frame| {
            frame.function.ends_with("::parse").then(|| "see <the> manual".to_owned())
        });
    let page = page(&renderer, &error(), None);
    assert!(!page.contains("<li class=library>"));
    assert!(page.contains("<p class=comment>see &lt;the&gt; manual</p>"));
}

#[test]
fn a_frame_opens_in_the_editor_under_the_path_that_the_editor_knows() {
    let here = std::env::current_dir().unwrap();
    let renderer = DebugRenderer::new().editor(Editor::VsCode).path_map(here, "/home/ada/shop");
    let page = page(&renderer, &error(), None);
    assert!(page.contains("href=\"vscode://file/home/ada/shop/tests/it/page.rs:"), "{page}");
    let plain = crate::page(&without_frames(), &error(), None);
    assert!(!plain.contains("vscode://"));
}

#[test]
fn the_text_of_the_trace_can_be_copied_and_frames_of_libraries_hidden() {
    let page = page(&DebugRenderer::new(), &error(), None);
    assert!(page.contains("<button id=copy type=button hidden>Copy as text</button>"));
    assert!(page.contains("clipboard.writeText"));
    for tab in ["name=which id=own checked>Application <b>", "name=which id=all>All frames <b>"] {
        assert!(page.contains(tab), "{tab}");
    }
}

#[test]
fn the_search_asks_for_type_and_message() {
    let page = page(&DebugRenderer::new(), &error(), None);
    assert!(page.contains(
        "https://duckduckgo.com/?q=rust%20ParseIntError%20invalid%20digit%20found%20in%20string"
    ));
    assert!(page.contains("rel=\"noopener noreferrer\""));
}

#[test]
fn tables_tell_of_the_request_and_one_that_fails_breaks_nothing() {
    let mut request = Request::post("/books/7?page=2&q=a%20b", "title=Dune&author=Frank+Herbert")
        .with_header("content-type", "application/x-www-form-urlencoded")
        .with_header("cookie", "theme=dark; sid=0123456789")
        .with_header("x-mine", "yes");
    let pattern = RoutePattern::publish("/books/{id}", Some("book"), ["id"]);
    let mut ranges = [(0, 0); 8];
    ranges[0] = (7, 8);
    request.set_route(RouteMatch::new(pattern, ranges));
    let renderer = DebugRenderer::new()
        .static_table("Build", [("profile", "test")])
        .table("Session", |context| {
            Ok(vec![(
                "method".to_owned(),
                context.request.ok_or("no request")?.method().to_string(),
            )])
        })
        .table("Failing", |_| Err("no <connection>".into()))
        .table("Panicking", |_| panic!("out of tea"));
    let page = page(&renderer, &error(), Some(&request));
    for row in [
        "Request <b>3</b>",
        "<th scope=row>pattern</th><td>/books/{id}</td>",
        "<th scope=row>{id}</th><td>7</td>",
        "<th scope=row>q</th><td>a b</td>",
        "<th scope=row>author</th><td>Frank Herbert</td>",
        "<th scope=row>x-mine</th><td>yes</td>",
        "<th scope=row>theme</th><td class=masked>",
        "<th scope=row>profile</th><td>test</td>",
        "<th scope=row>method</th><td>POST</td>",
        "this table could not be made: no &lt;connection&gt;",
        "this table could not be made: panicked: out of tea",
    ] {
        assert!(page.contains(row), "{row}");
    }
    assert!(page.ends_with("</html>\n") && !page.contains("0123456789"));
}

#[test]
fn fields_of_json_are_told_by_their_path() {
    let request =
        Request::post("/books", r#"{"book":{"title":"Dune","tags":["a"],"api_key":"hunter22"}}"#)
            .with_header("content-type", "application/json");
    let page = page(&DebugRenderer::new(), &error(), Some(&request));
    assert!(
        page.contains("<th scope=row>book.title</th><td>Dune</td>")
            && page.contains("<th scope=row>book.tags.0</th><td>a</td>")
    );
    assert!(!page.contains("hunter22"));
}

const ATTACK: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>--!><!--`${1}";

#[test]
fn nothing_that_a_client_sends_is_markup() {
    let uri = format!("/a?q={}", "%22%3E%3Cscript%3Ealert(1)%3C/script%3E'><script>")
        .replace(['<', '>'], "");
    let mut request = Request::new(Method::POST, uri.parse().unwrap())
        .with_header("content-type", "application/json");
    request.headers_mut().insert("x-attack", HeaderValue::from_bytes(ATTACK.as_bytes()).unwrap());
    request
        .headers_mut()
        .insert("cookie", HeaderValue::from_bytes(b"<script>a</script>=\"><script>").unwrap());
    request.headers_mut().insert(HeaderName::from_static("x'y"), HeaderValue::from_static("z"));
    let body = serde_json::json!({ ATTACK: ATTACK });
    let request = request.with_body(body.to_string());
    let renderer = DebugRenderer::new()
        .frame_filter(|frame| !frame.is_application)
        .editor("x://%file\"><script>%line".parse().unwrap())
        .static_table(ATTACK, [(ATTACK, ATTACK)])
        .frame_comment(|_| Some(ATTACK.to_owned()));
    let thrown =
        Error::new(StatusCode::BAD_REQUEST, ATTACK).with_source(ATTACK).with_code("<script>");
    let page = page(&renderer, &thrown, Some(&request));
    assert_eq!(page.matches("<script").count(), 1, "only the page's own script");
    assert!(!page.contains("<img") && !page.contains("onerror=alert(1)>"));
    assert_eq!(page.matches("<!--").count(), 1);
    assert_eq!(page.matches("-->").count(), 1);
    assert_eq!(page.matches("--!>").count(), 0);
}

#[test]
fn it_loads_nothing_and_runs_only_its_own_script() {
    let first = page(&without_frames(), &error(), None);
    let nonce = |page: &str| page.split_once("script nonce=").unwrap().1[..32].to_owned();
    let policy =
        format!("default-src 'none';style-src 'nonce-{0}';script-src 'nonce-{0}'", nonce(&first));
    assert!(first.contains(&policy));
    assert_ne!(nonce(&first), nonce(&page(&without_frames(), &error(), None)));
    for loads in ["<link", " src=", "@import", "url(", "<iframe", " style=", " onclick="] {
        assert!(!first.contains(loads), "{loads}");
    }
}

#[tokio::test]
async fn a_panic_is_told_with_its_place_its_thread_and_its_source() {
    install_panic_hook();
    capture_backtraces(true);
    let mut response = CatchPanic::new(async { panic!("out of tea") }).await; // the panic
    let error = response.take_error().unwrap();
    let page = page(&DebugRenderer::new(), &error, None);
    assert!(page.contains("<b>panic</b>") && page.contains("<h1>out of tea</h1>"));
    let thread = std::thread::current().name().unwrap().to_owned();
    assert!(page.contains(&format!("thread <code>{thread}</code>")), "{thread}");
    let marked = page.split_once("<span class=mark>").unwrap().1.split_once("</span>").unwrap().0;
    assert!(marked.contains("the panic"), "{marked}");
}

#[test]
fn an_answer_that_was_made_from_an_error_keeps_what_the_page_needs() {
    let response = error().into_response();
    assert!(response.error().unwrap().backtrace().is_some());
}
