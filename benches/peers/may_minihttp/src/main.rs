//! The measured routes on may_minihttp, which has no router: the paths are matched by hand.

use std::io::{self, Write};

use bytes::BufMut;
use may_minihttp::{HttpServer, HttpService, Request, Response};
use peer_settings::{HELLO, Message};

#[derive(Clone)]
struct Routes;

impl HttpService for Routes {
    fn call(
        &mut self,
        request: Request<'_, '_, '_>,
        response: &mut Response<'_>,
    ) -> io::Result<()> {
        if request.method() != "GET" {
            response.status_code(405, "Method Not Allowed");
            return Ok(());
        }
        match request.path() {
            "/plaintext" => {
                response.header("Content-Type: text/plain; charset=utf-8");
                response.body(HELLO);
            }
            "/json" => {
                response.header("Content-Type: application/json");
                serde_json::to_writer(response.body_mut().writer(), &Message::hello())?;
            }
            path => match path.strip_prefix("/users/").map(str::parse::<u64>) {
                Some(Ok(id)) => {
                    response.header("Content-Type: text/plain; charset=utf-8");
                    write!(response.body_mut().writer(), "{id}")?;
                }
                Some(Err(_)) => {
                    response.status_code(400, "Bad Request");
                }
                None => {
                    response.status_code(404, "Not Found");
                }
            },
        }
        Ok(())
    }
}

fn main() -> io::Result<()> {
    may::config().set_workers(peer_settings::workers());
    let server = HttpServer(Routes).start(peer_settings::address())?;
    server.join().map_err(|_| io::Error::other("the accepting coroutine panicked"))
}
