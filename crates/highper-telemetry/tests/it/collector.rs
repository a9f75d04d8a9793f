//! Something that is sent to as a collector is, over a real socket.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message;

/// What has come.
#[derive(Clone, Default)]
pub(crate) struct Got {
    pub(crate) traces: Vec<ExportTraceServiceRequest>,
    pub(crate) metrics: Vec<ExportMetricsServiceRequest>,
    pub(crate) logs: Vec<ExportLogsServiceRequest>,
    pub(crate) headers: Vec<HashMap<String, String>>,
}

/// Takes whatever is sent. Its threads end with the test's process.
pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    got: Arc<Mutex<Got>>,
}

impl Collector {
    pub(crate) fn start() -> Self {
        let got = Arc::<Mutex<Got>>::default();
        let takes = Arc::clone(&got);
        let address = listen(move |stream| serve(&stream, &takes));
        Self { address, got }
    }

    /// One that takes connections and never answers.
    pub(crate) fn hanging() -> SocketAddr {
        listen(|mut stream| {
            // Until the peer gives up.
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        })
    }

    /// The first of what comes that is wanted.
    pub(crate) fn until<T>(&self, what: &str, wanted: impl Fn(&Got) -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(found) = wanted(&self.got.lock().unwrap()) {
                return found;
            }
            assert!(Instant::now() < deadline, "{what}: it does not come");
            thread::sleep(Duration::from_millis(2));
        }
    }

    pub(crate) fn got(&self) -> Got {
        self.got.lock().unwrap().clone()
    }
}

fn listen(serve: impl Fn(TcpStream) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
    address
}

/// Answers requests until the peer has no more.
fn serve(mut stream: &TcpStream, got: &Mutex<Got>) {
    let mut reader = BufReader::new(stream);
    while let Some((line, headers, body)) = request(&mut reader) {
        let mut got = got.lock().unwrap();
        match line.split(' ').nth(1).unwrap() {
            "/v1/traces" => got.traces.push(Message::decode(&*body).unwrap()),
            "/v1/logs" => got.logs.push(Message::decode(&*body).unwrap()),
            "/v1/metrics" => got.metrics.push(Message::decode(&*body).unwrap()),
            path => panic!("nothing is at {path}"),
        }
        got.headers.push(headers);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
    }
}

fn request(reader: &mut impl BufRead) -> Option<(String, HashMap<String, String>, Vec<u8>)> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let field = |line: &String| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_lowercase(), value.trim().to_owned())
    };
    let headers: HashMap<_, _> = lines[1..].iter().map(field).collect();
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).ok()?;
    Some((lines.remove(0), headers, body))
}

/// Attributes as texts.
pub(crate) fn texts(attributes: &[KeyValue]) -> HashMap<String, String> {
    let text = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let pair = |attribute: &KeyValue| {
        let value = attribute.value.as_ref()?.value.as_ref()?;
        Some((attribute.key.clone(), text(value)))
    };
    attributes.iter().filter_map(pair).collect()
}
