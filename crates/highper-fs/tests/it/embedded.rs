//! Files in the program.

use highper_fs::StaticFiles;

use crate::site::{get, header, text};

#[tokio::test]
async fn files_in_the_program_are_served_by_the_same_rules() {
    let files = [
        ("index.html", "home"),
        ("docs/index.html", "docs"),
        ("a.css", "plain"),
        ("a.css.gz", "zipped"),
    ];
    let files = StaticFiles::embedded(files).precompressed().build().unwrap();
    assert_eq!(text(get(&files, "/", &[]).await).await, "home");
    assert_eq!(header(&get(&files, "/docs", &[]).await, "location"), "./docs/");
    let response = get(&files, "/a.css", &[("accept-encoding", "gzip")]).await;
    assert_eq!(header(&response, "content-encoding"), "gzip");
    let tag = header(&response, "etag").to_owned();
    assert!(header(&response, "last-modified").is_empty() && tag.ends_with("-gzip\""), "{tag}");
    assert_eq!(text(response).await, "zipped");
    let again = [("accept-encoding", "gzip"), ("if-none-match", tag.as_str())];
    assert_eq!(get(&files, "/a.css", &again).await.status(), 304);
    assert_eq!(text(get(&files, "/a.css", &[("range", "bytes=-2")]).await).await, "in");
    assert_eq!(get(&files, "/../a.css", &[]).await.status(), 404);
}

#[tokio::test]
async fn the_macro_reads_files_next_to_the_manifest() {
    let files =
        StaticFiles::embedded(highper_fs::embed!("src", "lib.rs", "ranges.rs")).build().unwrap();
    assert!(text(get(&files, "/ranges.rs", &[]).await).await.contains("pub fn ranges"));
}

#[test]
fn names_that_nobody_can_ask_for_are_told() {
    let error = StaticFiles::embedded([("../a", "")]).build().unwrap_err().to_string();
    assert!(error.contains("`../a`"), "{error}");
}
