//! The measurements there are, with what a reader has to know of each.

/// One command of `cargo xtask bench`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Measurement {
    #[default]
    Throughput,
    Latency,
    Cpu,
    Connections,
    Memory,
    C10m,
    Middleware,
    Routes,
    Parking,
    Files,
    Start,
    Websocket,
}

impl Measurement {
    /// In the order of a report.
    pub(super) const ALL: [Self; 12] = [
        Self::C10m,
        Self::Memory,
        Self::Throughput,
        Self::Latency,
        Self::Cpu,
        Self::Connections,
        Self::Files,
        Self::Websocket,
        Self::Parking,
        Self::Middleware,
        Self::Routes,
        Self::Start,
    ];

    /// As on the command line and in the JSON.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::Latency => "latency",
            Self::Cpu => "cpu",
            Self::Connections => "connections",
            Self::Memory => "memory",
            Self::C10m => "c10m",
            Self::Middleware => "middleware",
            Self::Routes => "routes",
            Self::Parking => "parking",
            Self::Files => "files",
            Self::Start => "start",
            Self::Websocket => "websocket",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Throughput => "Throughput",
            Self::Latency => "Latency at a fixed rate",
            Self::Cpu => "CPU at a part of the peak",
            Self::Connections => "Busy beside idle connections",
            Self::Memory => "Memory of idle connections",
            Self::C10m => "Very many connections",
            Self::Middleware => "Middleware",
            Self::Routes => "Routes",
            Self::Parking => "Parking",
            Self::Files => "Files",
            Self::Start => "Start",
            Self::Websocket => "WebSocket",
        }
    }

    /// How it was measured, in a few sentences.
    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Throughput => {
                "Busy keep-alive connections in a closed loop: each sends its next request when it \
                 has its answer. Server and generator have a core each."
            }
            Self::Latency => {
                "Requests are due at even distances, whatever the server does, and latency counts \
                 from the moment one was due: a server that stalls cannot hide what it kept from \
                 being sent."
            }
            Self::Cpu => {
                "Each server's own peak is found by a closed loop; parts of it are then sent at a \
                 fixed rate, and the time its threads spend on a core is read from the kernel."
            }
            Self::Connections => {
                "Busy connections in a closed loop, beside connections that had one request \
                 answered and then fell silent. The ratio compares with none of them, within the \
                 same process."
            }
            Self::Memory => {
                "Connections are opened one after the other and then left alone, a third of them \
                 first and then the rest. The line through both readings tells what one more \
                 connection costs and what is there once."
            }
            Self::C10m => {
                "Both ends of every connection are on this machine, in pairs of a server and a \
                 client process. All connections are open at once and had a request answered; then \
                 they are woken by another. The kernel's memory is the growth of its object caches \
                 and tables; half of it is the server's end."
            }
            Self::Middleware => {
                "The same application without middleware and with ten that do nothing but call the \
                 next."
            }
            Self::Routes => {
                "A path parameter with 10 and with 1,000 routes, and the router's lookup by itself."
            }
            Self::Start => {
                "From before the program is executed until a connection is accepted, on one core, with \
                 the usual settings: the log, all providers, every check of the boot."
            }
            Self::Files => {
                "A static file of 1 MiB, from a directory, beside nginx with sendfile, which has one \
                 process. Over loopback without encryption; the file is in the kernel's memory."
            }
            Self::Websocket => {
                "Texts of 64 bytes. Echo: each client sends its next when it has the last one back. \
                  Fan-out: one client's is sent to all, and its next when all have it; each delivery \
                  counts. Opening the connections is not in the figures."
            }
            Self::Parking => {
                "The same application with parking on and off: on busy connections, which never \
                 park, and on connections that pause between two requests, so that every request \
                 wakes a parked one."
            }
        }
    }

    pub(super) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measurement| measurement.name() == name)
    }
}
