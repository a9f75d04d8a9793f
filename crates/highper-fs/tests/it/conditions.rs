//! Conditional requests, in the order of RFC 9110, section 13.2.2, and changes of files.

use std::time::{Duration, Instant};

use crate::site::{DATE, Site, get, header, text};

const EARLIER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const LATER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

#[tokio::test]
async fn conditions_are_judged_in_order() {
    let site = Site::new(&[("a", "hello")]);
    let files = site.serve();
    let tag = header(&get(&files, "/a", &[]).await, "etag").to_owned();
    let weak = format!("W/{tag}");
    let listed = format!("\"x\", {tag}");
    for (headers, status) in [
        (vec![("if-none-match", tag.as_str())], 304),
        (vec![("if-none-match", &weak)], 304),
        (vec![("if-none-match", &listed)], 304),
        (vec![("if-none-match", "*")], 304),
        (vec![("if-none-match", "\"x\"")], 200),
        (vec![("if-none-match", "\"x\""), ("if-modified-since", DATE)], 200),
        (vec![("if-modified-since", DATE)], 304),
        (vec![("if-modified-since", LATER)], 304),
        (vec![("if-modified-since", EARLIER)], 200),
        (vec![("if-modified-since", "yesterday")], 200),
        (vec![("if-match", &tag)], 200),
        (vec![("if-match", "*")], 200),
        (vec![("if-match", &weak)], 412),
        (vec![("if-match", "\"x\"")], 412),
        (vec![("if-match", "\"x\""), ("if-none-match", &tag)], 412),
        (vec![("if-match", &tag), ("if-none-match", &tag)], 304),
        (vec![("if-match", &tag), ("if-unmodified-since", EARLIER)], 200),
        (vec![("if-unmodified-since", EARLIER)], 412),
        (vec![("if-unmodified-since", DATE)], 200),
    ] {
        assert_eq!(get(&files, "/a", &headers).await.status(), status, "{headers:?}");
    }
    let response = get(&files, "/a", &[("if-none-match", &tag)]).await;
    assert_eq!((header(&response, "etag"), header(&response, "content-type")), (tag.as_str(), ""));
    assert_eq!(text(response).await, "");
}

#[tokio::test]
async fn if_range_takes_the_same_tag_or_the_same_date_and_nothing_else() {
    let site = Site::new(&[("a", "hello")]);
    let files = site.serve();
    let tag = header(&get(&files, "/a", &[]).await, "etag").to_owned();
    let weak = format!("W/{tag}");
    for (condition, status) in [
        (tag.as_str(), 206),
        (DATE, 206),
        (&weak, 200),
        ("\"x\"", 200),
        (LATER, 200),
        (EARLIER, 200),
        ("x", 200),
    ] {
        let headers = [("range", "bytes=0-1"), ("if-range", condition)];
        assert_eq!(get(&files, "/a", &headers).await.status(), status, "{condition}");
    }
}

#[tokio::test]
async fn a_file_that_was_just_written_has_a_weak_tag_and_no_ranges_by_it() {
    let site = Site::new(&[]);
    std::fs::write(site.root().join("new"), "hello").unwrap();
    let files = site.serve();
    let response = get(&files, "/new", &[]).await;
    let (tag, date) =
        (header(&response, "etag").to_owned(), header(&response, "last-modified").to_owned());
    assert!(tag.starts_with("W/\""), "{tag}");
    for condition in [tag, date] {
        let headers = [("range", "bytes=0-1"), ("if-range", condition.as_str())];
        assert_eq!(get(&files, "/new", &headers).await.status(), 200);
    }
}

#[tokio::test]
async fn a_change_is_seen_within_seconds_and_a_removal_too() {
    let site = Site::new(&[("a", "one")]);
    let files = site.serve();
    assert_eq!(text(get(&files, "/a", &[]).await).await, "one");
    std::fs::write(site.root().join("a"), "two").unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while text(get(&files, "/a", &[]).await).await != "two" {
        assert!(Instant::now() < deadline, "the old content is still served");
        tokio::task::yield_now().await;
    }
    std::fs::remove_file(site.root().join("a")).unwrap();
    while get(&files, "/a", &[]).await.status() != 404 {
        assert!(Instant::now() < deadline, "a file that is gone is still served");
        tokio::task::yield_now().await;
    }
}
