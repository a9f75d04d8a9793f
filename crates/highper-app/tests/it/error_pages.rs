//! Errors in development, and what of it is never seen elsewhere.

use highper_app::{AppHandler, Application, Settings};
use highper_core::{Error, Handler, Middleware, Request, Response};
use highper_router::{Path, Router};

async fn broken(Path(_): Path<u32>) -> Result<(), Error> {
    Ok("x".parse::<u32>().map(drop)?)
}

/// Reads the form and fails.
async fn order(form: highper_core::bytes::Bytes) -> Result<(), Error> {
    Err(Error::internal(format!("{} bytes of no use", form.len())))
}

struct Stamped;

impl Middleware for Stamped {
    async fn handle<N: Handler>(&self, request: Request, next: &N) -> Response {
        let response = next.call(request).await.with_header("x-stamped", "yes");
        response.with_header("content-security-policy", "default-src 'self'")
    }
}

struct Falling;

impl Middleware for Falling {
    async fn handle<N: Handler>(&self, _: Request, _: &N) -> Response {
        panic!("a middleware fell over")
    }
}

fn routes(router: Router) -> Router {
    router
        .middleware(Stamped)
        .get("/broken/{id}", broken)
        .get("/panics", async || -> &'static str { panic!("the tray fell down") })
        .post("/order", order)
        .group("/falling", |group| group.middleware(Falling).get("/", async || "never"))
}

fn application(on: bool) -> Application {
    Application::with_settings(Settings::default()).routes(routes).debug(on)
}

async fn show(handler: &AppHandler, request: Request) -> (Response, String) {
    let mut response = handler.call(request.with_header("accept", "text/html")).await;
    let body = response.replace_body("").collect().await.unwrap();
    (response, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_developer_sees_cause_source_route_and_settings() {
    let handler = application(true).into_handler().unwrap();
    let (response, page) = show(&handler, Request::get("/broken/7?a=b")).await;
    assert_eq!(response.status(), 500);
    for told in [
        "<b>ParseIntError</b>",
        "invalid digit found in string",
        "<b>broken</b>",
        "tests/it/error_pages.rs:",
        "<th scope=row>pattern</th><td>/broken/{id}</td>",
        "<th scope=row>{id}</th><td>7</td>",
        "<th scope=row>a</th><td>b</td>",
        "<th scope=row>lame_duck</th><td>1s</td>",
        "<th scope=row>CARGO_PKG_NAME</th><td>highper-app</td>",
    ] {
        assert!(page.contains(told), "{told}");
    }
    let (_, page) = show(&handler, Request::get("/panics")).await;
    assert!(page.contains("<h1>the tray fell down</h1>") && page.contains("<b>panic</b>"));
}

#[tokio::test]
async fn a_developer_sees_the_form_that_the_handler_read() {
    let handler = application(true).into_handler().unwrap();
    let request = Request::post("/order", "title=Dune&password=canary7f3e")
        .with_header("content-type", "application/x-www-form-urlencoded");
    let (_, page) = show(&handler, request).await;
    assert!(page.contains("<th scope=row>title</th><td>Dune</td>"), "{page}");
    assert!(page.contains("30 bytes of no use") && !page.contains("canary7f3e"));
}

#[tokio::test]
async fn headers_of_outer_middleware_are_on_every_answer_but_a_policy_that_would_blind_the_page() {
    for on in [false, true] {
        let handler = application(on).into_handler().unwrap();
        for request in [
            Request::get("/broken/7"),
            Request::get("/broken/x"),
            Request::get("/panics"),
            Request::get("/falling"),
            Request::post("/broken/7", "x"),
            Request::get("/nowhere"),
        ] {
            let what = format!("{request:?}");
            let (response, _) = show(&handler, request).await;
            assert!(response.status().as_u16() >= 400, "{what}");
            assert_eq!(response.header("x-stamped").unwrap(), "yes", "{what}");
            assert_eq!(response.header("content-security-policy").is_some(), !on, "{what}");
        }
    }
}

#[tokio::test]
async fn a_panic_of_a_middleware_is_an_answer_like_others() {
    let (response, page) =
        show(&application(true).into_handler().unwrap(), Request::get("/falling")).await;
    assert_eq!(response.status(), 500);
    assert!(page.contains("<h1>a middleware fell over</h1>"), "{page}");
}

#[tokio::test]
async fn in_production_nothing_private_is_told() {
    let handler = application(false).into_handler().unwrap();
    for accept in ["text/html", "application/json", "application/msgpack", "text/plain", "*/*"] {
        for path in ["/broken/7", "/panics", "/falling"] {
            let request = Request::new(Default::default(), path.parse().unwrap());
            let response = handler.call(request.with_header("accept", accept)).await;
            let body = response.into_body().collect().await.unwrap();
            let body = String::from_utf8_lossy(&body).into_owned();
            for private in ["digit", "tray", "fell over", "error_pages.rs", "CARGO", "ParseInt"] {
                assert!(!body.contains(private), "{path} {accept}: {body}");
            }
        }
    }
}

#[tokio::test]
async fn no_request_changes_the_environment() {
    let handler = application(false).into_handler().unwrap();
    let asked = "/broken/7?APP_ENV=local&APP_DEBUG=1&--env=local&+--set+server.debug=1";
    let request = Request::get(asked)
        .with_header("app-env", "local")
        .with_header("app_debug", "1")
        .with_header("cookie", "APP_ENV=local; APP_DEBUG=1");
    let (response, page) = show(&handler, request).await;
    assert_eq!(response.status(), 500);
    assert!(!page.contains("ParseIntError") && !page.contains("error_pages.rs"), "{page}");
}

#[tokio::test]
async fn a_site_that_leads_its_own_name_here_reads_no_page() {
    let handler = application(true).into_handler().unwrap();
    let (_, page) =
        show(&handler, Request::get("/broken/7").with_header("host", "evil.example")).await;
    assert!(!page.contains("ParseIntError"), "{page}");
    let (_, page) =
        show(&handler, Request::get("/broken/7").with_header("host", "localhost:8080")).await;
    assert!(page.contains("ParseIntError"));
}

#[tokio::test]
async fn an_application_changes_its_pages() {
    let handler = application(true)
        .debug_pages(|pages| pages.static_table("Stock", [("books", "seven")]))
        .into_handler()
        .unwrap();
    let (_, page) = show(&handler, Request::get("/broken/7")).await;
    assert!(page.contains("<th scope=row>books</th><td>seven</td>"));
}

async fn problems_at(address: &str, change: impl FnOnce(&mut Settings)) -> String {
    let application = application(true).configure(|settings| {
        settings.addresses = vec![address.to_owned()];
        change(settings);
    });
    // Where nothing is wrong it would serve: a second problem ends it at once.
    let application =
        application.routes(|router| router.get("/x", async || "").get("/x", async || ""));
    application.run().await.unwrap_err().to_string()
}

#[tokio::test]
async fn it_does_not_start_where_other_machines_would_see_the_pages() {
    let refused = problems_at("0.0.0.0:0", |_| ()).await;
    assert!(refused.contains("APP_DEBUG_EXPOSED=1") && refused.contains("0.0.0.0:"), "{refused}");
    assert!(problems_at("[::]:0", |_| ()).await.contains("APP_DEBUG"));
    assert!(!problems_at("127.0.0.1:0", |_| ()).await.contains("APP_DEBUG"));
    assert!(
        !problems_at("0.0.0.0:0", |settings| settings.debug.exposed = true)
            .await
            .contains("APP_DEBUG")
    );
    assert!(
        !problems_at("0.0.0.0:0", |settings| settings.debug.on = false).await.contains("APP_DEBUG")
    );
}

#[tokio::test]
async fn an_editor_that_there_is_not_is_told_at_the_start() {
    let refused =
        problems_at("127.0.0.1:0", |settings| settings.debug.editor = Some("ed".into())).await;
    assert!(refused.contains("APP_EDITOR: `ed` is no editor"), "{refused}");
}
