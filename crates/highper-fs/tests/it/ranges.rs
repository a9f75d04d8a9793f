//! Parts of files, small and large.

use std::fs::File;

use highper_core::http_body::Body;

use crate::site::{Site, get, header, text};

fn large() -> Vec<u8> {
    (0..300_000_u32).map(|at| b'a' + (at % 23) as u8).collect()
}

#[tokio::test]
async fn a_part_of_a_file_is_the_same_from_memory_and_from_disk() {
    let site = Site::new(&[]);
    let content = large();
    site.write("large", &content);
    site.write("small", &content[..1000]);
    let files = site.serve();
    for (path, length) in [("/large", content.len()), ("/small", 1000)] {
        let whole = text(get(&files, path, &[]).await).await;
        assert!(whole.as_bytes() == &content[..length]);
        for (range, start, end) in
            [("bytes=10-19", 10, 20), ("bytes=-7", length - 7, length), ("bytes=500-", 500, length)]
        {
            let response = get(&files, path, &[("range", range)]).await;
            assert_eq!(response.status(), 206);
            let expected = format!("bytes {start}-{}/{length}", end - 1);
            assert_eq!(header(&response, "content-range"), expected);
            assert!(text(response).await.as_bytes() == &content[start..end], "{path} {range}");
        }
        let response = get(&files, path, &[("range", "bytes=300000-")]).await;
        assert_eq!(response.status(), 416);
        assert_eq!(header(&response, "content-range"), format!("bytes */{length}"));
    }
}

#[tokio::test]
async fn several_parts_are_one_body_with_a_boundary() {
    let site = Site::new(&[]);
    site.write("a.txt", &large());
    let response = get(&site.serve(), "/a.txt", &[("range", "bytes=0-2,100000-100003")]).await;
    assert_eq!(response.status(), 206);
    let kind = header(&response, "content-type").to_owned();
    let boundary = kind.strip_prefix("multipart/byteranges; boundary=").unwrap();
    let length = announced(&response);
    let body = text(response).await;
    assert_eq!(length, body.len() as u64);
    let part = |from: usize, to: usize| String::from_utf8(large()[from..to].to_vec()).unwrap();
    let expected = format!(
        "--{boundary}\r\ncontent-type: text/plain; charset=utf-8\r\n\
         content-range: bytes 0-2/300000\r\n\r\n{}\r\n--{boundary}\r\n\
         content-type: text/plain; charset=utf-8\r\ncontent-range: bytes 100000-100003/300000\r\n\r\n\
         {}\r\n--{boundary}--\r\n",
        part(0, 3),
        part(100_000, 100_004),
    );
    assert_eq!(body, expected);
}

fn announced(response: &highper_core::Response) -> u64 {
    response.body().size_hint().exact().unwrap()
}

#[tokio::test]
async fn no_range_header_makes_an_answer_longer_than_the_file() {
    let site = Site::new(&[("a.txt", "0123456789")]);
    let files = site.serve();
    let many: String = (0..1000).map(|at| format!("{at}-,")).collect();
    let same: String = "0-,".repeat(1000);
    let few = "0-0,2-2,4-4,".to_owned();
    for ranges in [many, same, few] {
        let response = get(&files, "/a.txt", &[("range", &format!("bytes={ranges}"))]).await;
        assert_eq!(response.status(), 200);
        assert_eq!(text(response).await, "0123456789");
    }
}

#[tokio::test]
async fn a_file_that_becomes_shorter_while_it_is_sent_ends_in_an_error_and_one_that_grows_does_not()
{
    let site = Site::new(&[]);
    site.write("a", &large());
    let files = site.serve();
    let file = File::options().write(true).open(site.root().join("a")).unwrap();
    let response = get(&files, "/a", &[]).await;
    file.set_len(400_000).unwrap();
    assert_eq!(text(response).await.len(), 300_000);
    let response = get(&files, "/a", &[]).await;
    file.set_len(1000).unwrap();
    assert!(response.into_body().collect().await.is_err());
}
