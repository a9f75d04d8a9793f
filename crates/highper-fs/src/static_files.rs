//! Files as a handler.

use std::io;
use std::path::PathBuf;

use bytes::Bytes;
use highper_core::{Error, Handler, IntoResponse, Request, Response};
use http::header::{ACCEPT, ALLOW, CACHE_CONTROL, LOCATION, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, StatusCode};

use crate::answer::{Manner, answer};
use crate::builder::StaticFilesBuilder;
use crate::directory::Directory;
use crate::embedded::Embedded;
use crate::file_set::Found;
use crate::request_path::RequestPath;

/// Answers GET and HEAD with files.
///
/// Mounted at a wildcard (`/assets/{*path}`) it takes the path from that; anywhere else, as under
/// `Router::mount`, it takes the whole path of the request.
///
/// # Example
/// ```
/// use highper_core::{Handler, Request};
/// use highper_fs::StaticFiles;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let files = StaticFiles::embedded([("style.css", "a{}")]).cache_control("*.css", "max-age=60").build().unwrap();
/// let response = files.call(Request::get("/style.css")).await;
/// assert_eq!(response.header("content-type").unwrap(), "text/css; charset=utf-8");
/// assert_eq!(response.header("cache-control").unwrap(), "max-age=60");
/// # }
/// ```
#[derive(Debug)]
pub struct StaticFiles {
    pub(crate) source: Source,
    pub(crate) manner: Manner,
    pub(crate) index: Option<String>,
    pub(crate) fallback: Option<String>,
    pub(crate) is_listed: bool,
}

/// Where files come from.
#[derive(Debug)]
pub(crate) enum Source {
    Directory(Directory),
    Embedded(Embedded),
}

impl StaticFiles {
    /// Serves what is in a directory. Nothing outside of it is opened, whatever a path or a symbolic
    /// link says; hidden files are refused, but for `.well-known`.
    pub fn directory(root: impl Into<PathBuf>) -> StaticFilesBuilder {
        StaticFilesBuilder::directory(root.into())
    }

    /// Serves files that are in the program: pairs of a path without a slash before it, and bytes.
    /// [`embed!`](crate::embed) makes such a list; so does whatever embeds files.
    pub fn embedded<N, B>(files: impl IntoIterator<Item = (N, B)>) -> StaticFilesBuilder
    where
        N: Into<Box<str>>,
        B: Into<Bytes>,
    {
        let files = files.into_iter().map(|(name, bytes)| (name.into(), bytes.into()));
        StaticFilesBuilder::embedded(files.collect())
    }

    /// The request is borrowed as `&mut`, here and below: its body can be sent to another thread but not
    /// shared with one, so that `&` could not be held while a file is read.
    async fn respond(&self, request: &mut Request) -> io::Result<Response> {
        let Some(path) = RequestPath::parse(below_mount(request)) else { return Ok(not_found()) };
        let found = if path.is_directory() {
            self.index_of(&path).await?
        } else {
            self.source.find(path.name()).await?
        };
        match found {
            Found::File(files) => Ok(answer(request, &files, self.manner)),
            Found::Directory => self.enter(request, &path).await,
            Found::Missing => self.fall_back(request, &path).await,
        }
    }

    /// The index file of a directory, or the directory itself if it is to be listed.
    async fn index_of(&self, path: &RequestPath) -> io::Result<Found> {
        if let Some(index) = &self.index
            && let Found::File(files) = self.source.find(&path.join(index)).await?
        {
            return Ok(Found::File(files));
        }
        match self.source.find(path.name()).await? {
            Found::Directory if self.is_listed => Ok(Found::Directory),
            _ => Ok(Found::Missing),
        }
    }

    /// A directory: to be listed, or asked for without its slash.
    async fn enter(&self, request: &mut Request, path: &RequestPath) -> io::Result<Response> {
        if path.is_directory() {
            return self.list(request, path).await;
        }
        match self.index_of(path).await? {
            Found::Missing => self.fall_back(request, path).await,
            Found::File(_) | Found::Directory => Ok(with_slash(request)),
        }
    }

    async fn list(&self, request: &mut Request, path: &RequestPath) -> io::Result<Response> {
        let Source::Directory(directory) = &self.source else { return Ok(not_found()) };
        let listed = directory.list(path.name().to_owned()).await?;
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        let page = listed.to_html(path.name().is_empty());
        let body = if *request.method() == Method::HEAD { String::new() } else { page };
        Ok(Response::typed(html, body)
            .with_header(X_CONTENT_TYPE_OPTIONS, "nosniff")
            .with_header(CACHE_CONTROL, "no-cache"))
    }

    /// The page of an application that has its own routes, for who navigates; 404 for everything else,
    /// so that a missing script is not answered with a page.
    async fn fall_back(&self, request: &mut Request, path: &RequestPath) -> io::Result<Response> {
        let Some(page) = &self.fallback else { return Ok(not_found()) };
        if path.has_extension() || !accepts_html(request) {
            return Ok(not_found());
        }
        match self.source.find(page).await? {
            Found::File(files) => Ok(answer(request, &files, self.manner)),
            Found::Directory | Found::Missing => Ok(not_found()),
        }
    }
}

impl Handler for StaticFiles {
    async fn call(&self, mut request: Request) -> Response {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Error::new(StatusCode::METHOD_NOT_ALLOWED, "files are read with GET or HEAD")
                .with_header(ALLOW, HeaderValue::from_static("GET, HEAD"))
                .into_response();
        }
        self.respond(&mut request).await.unwrap_or_else(unreadable)
    }
}

impl Source {
    async fn find(&self, name: &str) -> io::Result<Found> {
        match self {
            Self::Directory(directory) => directory.find(name).await,
            Self::Embedded(embedded) => Ok(embedded.find(name)),
        }
    }
}

/// The path after the prefix: what the wildcard of the route took, or all of it.
fn below_mount(request: &Request) -> &str {
    let wildcard = request.route().filter(|route| route.pattern().path.contains("{*"));
    let path = request.path();
    wildcard.and_then(|route| route.parameters(path).last()).map_or(path, |parameter| parameter.raw)
}

/// To the same directory with a slash at the end. The address is relative to what the client asked for: so
/// it keeps every prefix, also those that were taken off on the way here, and cannot name another host.
fn with_slash(request: &Request) -> Response {
    let last = request.path().rsplit('/').next().unwrap_or_default();
    let query = request.query().map(|query| format!("?{query}")).unwrap_or_default();
    Response::empty(StatusCode::MOVED_PERMANENTLY)
        .with_header(LOCATION, format!("./{last}/{query}"))
}

fn accepts_html(request: &Request) -> bool {
    let accepts = request.headers().get_all(ACCEPT);
    accepts
        .iter()
        .filter_map(|accept| accept.to_str().ok())
        .any(|accept| accept.contains("text/html"))
}

fn not_found() -> Response {
    Error::not_found("there is no such file").into_response()
}

/// The path is for the log, not for the client.
fn unreadable(error: io::Error) -> Response {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            Error::forbidden("the file may not be read").with_source(error).into_response()
        }
        _ => Error::internal(error).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_may_not_be_read_is_forbidden_and_other_failures_are_ours() {
        let status = |kind: io::ErrorKind| unreadable(kind.into()).status();
        assert_eq!(status(io::ErrorKind::PermissionDenied), 403);
        assert_eq!(status(io::ErrorKind::StorageFull), 500);
    }
}
