//! The line of a request.

use std::cell::Cell;
use std::io::Write as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use highper_core::http::Method;
use highper_core::{Request, RoutePattern};
use tracing::info;

use crate::access_ids::{RequestId, TraceId};
use crate::channel::OpenChannel;
use crate::fields::push_integer;
use crate::format::{BEGIN, push_json_after, push_json_before};
use crate::scratch::Scratch;
use crate::shared::channel_of;
use crate::shown::push_text;
use crate::subscriber::OwnLog;
use crate::timestamp::push_datetime;
use crate::trace_parent::LENGTH;
use crate::{Fields, Level, Redaction, spans};

/// What the line of a request tells; it is written when this is dropped.
pub(crate) struct Entry {
    /// The log that is all that listens, if it is.
    pub(crate) log: Option<Arc<OwnLog>>,
    start: Instant,
    pub(crate) id: RequestId,
    pub(crate) trace_id: TraceId,
    pub(crate) method: Method,
    path: String,
    pub(crate) route: Option<&'static RoutePattern>,
    peer: Option<IpAddr>,
    pub(crate) status: Option<u16>,
    pub(crate) bytes: u64,
    pub(crate) has_ended: bool,
}

impl Entry {
    #[inline]
    pub(crate) fn new(request: &Request, id: RequestId, place: &[u8; LENGTH]) -> Self {
        let mut path = PATH.try_with(Cell::take).unwrap_or_default();
        path.push_str(request.path());
        Self {
            log: OwnLog::listening(),
            start: Instant::now(),
            id,
            trace_id: TraceId::of(place),
            method: request.method().clone(),
            path,
            route: request.route().map(|route| route.pattern()),
            peer: request.connection().map(|connection| connection.peer.ip()),
            status: None,
            bytes: 0,
            has_ended: false,
        }
    }

    fn microseconds(&self) -> u64 {
        self.start.elapsed().as_micros() as u64
    }

    /// The line as an event, for whatever listens.
    fn tell(&self) {
        info!(
            target: ACCESS,
            request_id = self.id.as_str(),
            trace_id = self.trace_id.as_str(),
            method = self.method.as_str(),
            path = &*self.path,
            route = self.route.map(|route| &*route.path),
            status = self.status,
            bytes = self.bytes,
            duration_us = self.microseconds(),
            peer = self.peer.as_ref().map(tracing::field::display),
            aborted = (!self.has_ended).then_some(true),
            "request"
        );
    }

    /// The line that [`tell`](Self::tell) would make, without an event: there is one for each request.
    #[inline]
    fn write(&self, log: &OwnLog, plan: &AccessPlan) {
        let channel = &log.shared.channels[plan.channel];
        if channel.level.level() > Level::Info {
            return;
        }
        Scratch::lend(|Scratch { line, .. }| {
            line.clear();
            line.extend_from_slice(BEGIN);
            push_datetime(line, SystemTime::now());
            line.extend_from_slice(&plan.before);
            self.push(line, &log.shared.redaction);
            line.extend_from_slice(&plan.after);
            for output in &channel.outputs {
                output.queue.push(line);
            }
        });
    }

    /// Appends the fields, from the value of the first on. Only what a client chose may need escapes or
    /// hold a secret.
    #[inline]
    fn push(&self, out: &mut Vec<u8>, redaction: &Redaction) {
        out.extend_from_slice(self.id.as_bytes());
        out.extend_from_slice(b"\",\"trace_id\":\"");
        out.extend_from_slice(self.trace_id.as_bytes());
        out.extend_from_slice(b"\",\"method\":\"");
        out.extend_from_slice(self.method.as_str().as_bytes());
        out.extend_from_slice(b"\",\"path\":\"");
        push_text(out, &self.path);
        if let Some(route) = self.route {
            out.extend_from_slice(b"\",\"route\":\"");
            push_text(out, &route.path);
        }
        if self.id.is_given
            || redaction.suspects(&self.path)
            || self.route.is_some_and(|route| redaction.suspects(&route.path))
        {
            redaction.mask(out, 0);
        }
        if let Some(status) = self.status {
            out.extend_from_slice(b"\",\"status\":");
            push_integer(out, status);
            out.extend_from_slice(b",\"bytes\":");
        } else {
            out.extend_from_slice(b"\",\"bytes\":");
        }
        push_integer(out, self.bytes);
        out.extend_from_slice(b",\"duration_us\":");
        push_integer(out, self.microseconds());
        if let Some(peer) = self.peer {
            out.extend_from_slice(b",\"peer\":\"");
            push_address(out, peer);
            out.push(b'"');
        }
        if !self.has_ended {
            out.extend_from_slice(b",\"aborted\":true");
        }
    }
}

/// As `Display` does; it has too much to decide for what each line has.
#[inline]
fn push_address(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            let [first, rest @ ..] = address.octets();
            push_integer(out, first);
            for octet in rest {
                out.push(b'.');
                push_integer(out, octet);
            }
        }
        // A vector takes all that is written.
        IpAddr::V6(address) => _ = write!(out, "{address}"),
    }
}

impl Drop for Entry {
    #[inline]
    fn drop(&mut self) {
        if self.status.is_none() && std::thread::panicking() {
            // Whoever catches the panic answers so.
            (self.status, self.has_ended) = (Some(500), true);
        }
        match &self.log {
            Some(log)
                if let Some(plan) = &log.shared.access
                    && spans::current(log.shared.number).is_none() =>
            {
                self.write(log, plan);
            }
            _ => self.tell(),
        }
        let mut path = std::mem::take(&mut self.path);
        if path.capacity() <= MAX_KEPT_PATH {
            path.clear();
            // At the end of a thread there is nobody to keep it for.
            let _ = PATH.try_with(|spare| spare.set(path));
        }
    }
}

/// What is the same in all lines of requests, as JSON, if they are outside of any span.
pub(crate) struct AccessPlan {
    channel: usize,
    before: Vec<u8>,
    after: Vec<u8>,
}

impl AccessPlan {
    /// None where a value is masked by its name, or an output wants more than JSON of this level.
    pub(crate) fn new(
        channels: &[OpenChannel],
        redaction: &Redaction,
        extra: &[u8],
    ) -> Option<Self> {
        let index = channel_of(ACCESS, channels);
        let channel = channels.get(index)?;
        let is_json = channel.outputs.iter().all(|output| output.is_plain_json(Level::Info));
        if !is_json || NAMES.iter().any(|name| redaction.hides(name)) {
            return None;
        }
        let mut extra = extra.to_vec();
        Fields::new(&mut extra, 0, redaction).add_text("target", ACCESS);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        push_json_before(&mut before, Level::Info, &channel.name, "request");
        push_json_after(&mut after, &extra);
        redaction.mask(&mut before, 0);
        redaction.mask(&mut after, 0);
        before.extend_from_slice(b"\"request_id\":\"");
        Some(Self { channel: index, before, after })
    }
}

/// The target of the line of a request, and of its span.
pub(crate) const ACCESS: &str = "highper_log::access";

/// A longer path's memory is given back.
const MAX_KEPT_PATH: usize = 1024;

/// Of the fields.
const NAMES: [&str; 10] = [
    "request_id",
    "trace_id",
    "method",
    "path",
    "route",
    "status",
    "bytes",
    "duration_us",
    "peer",
    "aborted",
];

thread_local! {
    /// Memory for the path of the next request.
    static PATH: Cell<String> = const { Cell::new(String::new()) };
}
