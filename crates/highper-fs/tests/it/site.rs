//! A directory with files of known age, and requests to it.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use highper_core::http::{HeaderValue, Method, Uri};
use highper_core::{Handler, Request, Response};
use highper_fs::{StaticFiles, StaticFilesBuilder};
use tempfile::TempDir;

/// `1994-11-06 08:49:37`, the date of the examples in RFC 9110.
pub(crate) const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const SECONDS: u64 = 784_111_777;

/// A directory, removed with the test. The root is a directory in it, so that there is something outside.
pub(crate) struct Site(TempDir);

impl Site {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        fs::create_dir(site.root()).unwrap();
        for (name, text) in files {
            site.write(name, text.as_bytes());
        }
        site
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.0.path().join("www")
    }

    /// Writes a file that is old.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(SECONDS);
        File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }

    pub(crate) fn files(&self) -> StaticFilesBuilder {
        StaticFiles::directory(self.root())
    }

    pub(crate) fn serve(&self) -> StaticFiles {
        self.files().build().unwrap()
    }
}

pub(crate) fn request(method: Method, target: &str, headers: &[(&'static str, &str)]) -> Request {
    let mut request = Request::new(method, Uri::try_from(target).unwrap());
    for (name, value) in headers {
        request.headers_mut().append(*name, HeaderValue::from_str(value).unwrap());
    }
    request
}

pub(crate) async fn get(
    files: &StaticFiles,
    target: &str,
    headers: &[(&'static str, &str)],
) -> Response {
    files.call(request(Method::GET, target, headers)).await
}

pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.header(name).map_or("", |value| value.to_str().unwrap())
}

pub(crate) async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_vec()).unwrap()
}
