//! Which file answers which path, and with what headers.

use highper_core::http::Method;
use highper_core::{Handler, MAX_PARAMETERS, RouteMatch, RoutePattern};

use crate::site::{DATE, Site, get, header, request, text};

#[tokio::test]
async fn a_file_comes_with_all_its_headers() {
    let site = Site::new(&[("css/style.css", "a{}")]);
    let files = site.files().cache_control("*.css", "max-age=60").build().unwrap();
    let response = get(&files, "/css/style.css", &[]).await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), "text/css; charset=utf-8");
    assert_eq!(header(&response, "x-content-type-options"), "nosniff");
    assert_eq!(header(&response, "last-modified"), DATE);
    assert_eq!(header(&response, "accept-ranges"), "bytes");
    assert_eq!(header(&response, "cache-control"), "max-age=60");
    assert!(header(&response, "etag").starts_with('"'), "{response:?}");
    assert_eq!(text(response).await, "a{}");
}

#[tokio::test]
async fn head_tells_the_length_and_sends_nothing() {
    let site = Site::new(&[("a.txt", "hello"), ("empty", "")]);
    site.write("large", &[7; 100_000]);
    let files = site.serve();
    for (path, length) in [("/a.txt", "5"), ("/empty", "0"), ("/large", "100000")] {
        let response = files.call(request(Method::HEAD, path, &[])).await;
        assert_eq!(
            (response.status().as_u16(), header(&response, "content-length")),
            (200, length)
        );
        assert_eq!(text(response).await, "");
    }
}

#[tokio::test]
async fn other_methods_are_told_which_are_allowed() {
    let files = Site::new(&[]).serve();
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::TRACE] {
        let response = files.call(request(method, "/x", &[])).await;
        assert_eq!((response.status().as_u16(), header(&response, "allow")), (405, "GET, HEAD"));
    }
}

#[tokio::test]
async fn a_directory_is_its_index_and_without_the_slash_a_redirect_that_keeps_prefix_and_query() {
    let site =
        Site::new(&[("index.html", "home"), ("docs/index.html", "docs"), ("bare/a.txt", "a")]);
    let files = site.serve();
    assert_eq!(text(get(&files, "/", &[]).await).await, "home");
    assert_eq!(text(get(&files, "/docs/", &[]).await).await, "docs");
    let response = get(&files, "/docs?a=1", &[]).await;
    assert_eq!((response.status().as_u16(), header(&response, "location")), (301, "./docs/?a=1"));
    for path in ["/bare", "/bare/", "/docs/index.html/", "//docs", "//evil.example/%2e%2e"] {
        let response = get(&files, path, &[]).await;
        assert_eq!(
            (response.status().as_u16(), header(&response, "location")),
            (404, ""),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_wildcard_of_the_route_is_the_path() {
    let site = Site::new(&[("a.txt", "here")]);
    let mut request = request(Method::GET, "/assets/a.txt", &[]);
    let pattern = RoutePattern::publish("/assets/{*path}", None, ["path"]);
    let mut ranges = [(0, 0); MAX_PARAMETERS];
    ranges[0] = (8, 13);
    request.set_route(RouteMatch::new(pattern, ranges));
    assert_eq!(text(site.serve().call(request).await).await, "here");
}

#[tokio::test]
async fn a_navigation_falls_back_to_the_page_and_a_missing_script_does_not() {
    let site = Site::new(&[("app.html", "app")]);
    let files = site.files().fallback("app.html").build().unwrap();
    let html = ("accept", "text/html,*/*;q=0.8");
    assert_eq!(text(get(&files, "/cart/7", &[html]).await).await, "app");
    assert_eq!(get(&files, "/cart.js", &[html]).await.status(), 404);
    assert_eq!(get(&files, "/cart", &[("accept", "*/*")]).await.status(), 404);
    assert_eq!(get(&files, "/../x", &[html]).await.status(), 404);
}

#[tokio::test]
async fn a_listing_is_off_until_asked_for_sorted_and_escaped() {
    let site =
        Site::new(&[("d/b<i>&.txt", ""), ("d/a.txt", ""), ("d/.hidden", ""), ("d/sub/x", "")]);
    assert_eq!(get(&site.serve(), "/d/", &[]).await.status(), 404);
    let files = site.files().listing().build().unwrap();
    assert_eq!(header(&get(&files, "/d", &[]).await, "location"), "./d/");
    let page = text(get(&files, "/d/", &[]).await).await;
    let links = "<a href=\"../\">../</a><li><a href=\"./a.txt\">a.txt</a>\
                 <li><a href=\"./b%3Ci%3E%26.txt\">b&lt;i&gt;&amp;.txt</a><li><a href=\"./sub/\">sub/</a>";
    assert!(page.contains(links) && !page.contains("hidden"), "{page}");
}

#[tokio::test]
async fn the_form_that_the_client_likes_best_is_sent_with_a_tag_of_its_own() {
    let site = Site::new(&[
        ("a.css", "plain"),
        ("a.css.gz", "zipped"),
        ("a.css.br", "br"),
        ("b.css", "b"),
    ]);
    let files = site.files().precompressed().build().unwrap();
    let mut tags = Vec::new();
    for (accept, body, coding) in
        [("gzip, br", "br", "br"), ("gzip", "zipped", "gzip"), ("identity", "plain", "")]
    {
        let response = get(&files, "/a.css", &[("accept-encoding", accept)]).await;
        assert_eq!(header(&response, "content-encoding"), coding);
        assert_eq!(header(&response, "vary"), "accept-encoding");
        assert_eq!(header(&response, "content-type"), "text/css; charset=utf-8");
        tags.push(header(&response, "etag").to_owned());
        assert_eq!(text(response).await, body);
    }
    tags.dedup();
    assert_eq!(tags.len(), 3);
    let range = [("accept-encoding", "gzip"), ("range", "bytes=0-2")];
    let response = get(&files, "/a.css", &range).await;
    assert_eq!(header(&response, "content-encoding"), "gzip");
    assert_eq!(header(&response, "content-range"), "bytes 0-2/6");
    assert_eq!(text(response).await, "zip");
    let response = get(&files, "/b.css", &[("accept-encoding", "gzip")]).await;
    assert_eq!(
        (header(&response, "content-encoding"), header(&response, "vary")),
        ("", "accept-encoding")
    );
}

#[tokio::test]
async fn what_is_wrong_with_the_choices_is_told_at_once() {
    let site = Site::new(&[]);
    let files = site.files().cache_control("[", "x").cache_control("*", "a\nb").index(Some("../x"));
    let error = files.build().unwrap_err().to_string();
    assert!(error.contains("`[`") && error.contains("`*`") && error.contains("`../x`"), "{error}");
    let error = highper_fs::StaticFiles::directory("/no/such").build().unwrap_err().to_string();
    assert!(error.contains("`/no/such` cannot be opened"), "{error}");
}
