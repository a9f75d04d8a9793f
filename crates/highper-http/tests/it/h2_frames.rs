//! A client of HTTP/2 that writes frames by hand.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::support::Running;

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

pub(crate) const ENHANCE_YOUR_CALM: u32 = 11;

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// The header fields of a request, without compression (RFC 7541, section 6.2.2).
pub(crate) fn fields(method: &str, path: &str) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in
        [(":method", method), (":scheme", "http"), (":authority", "a"), (":path", path)]
    {
        field(&mut block, name, value);
    }
    block
}

/// One more field.
pub(crate) fn field(block: &mut Vec<u8>, name: &str, value: &str) {
    block.push(0);
    for text in [name, value] {
        // An integer with a prefix of seven bits (RFC 7541, section 5.1).
        if text.len() < 127 {
            block.push(u8::try_from(text.len()).unwrap());
        } else {
            block.push(127);
            let mut rest = text.len() - 127;
            while rest >= 128 {
                block.push(u8::try_from(rest % 128).unwrap() | 128);
                rest /= 128;
            }
            block.push(u8::try_from(rest).unwrap());
        }
        block.extend_from_slice(text.as_bytes());
    }
}

/// A request without a body.
pub(crate) fn get(stream: u32, path: &str) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, stream, &fields("GET", path))
}

pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// The code of a GOAWAY or RST_STREAM.
    pub(crate) fn code(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap())
    }

    /// The status of a HEADERS frame, as far as hyper writes it: indexed, or a literal.
    pub(crate) fn status(&self) -> String {
        match self.payload[0] {
            0x88 => "200".to_owned(),
            0x8d => "404".to_owned(),
            // 0x48 is a literal with the name `:status`, then three bytes, or two in Huffman code.
            _ => format!("{:02x?}", &self.payload[..5]),
        }
    }
}

pub(crate) struct Client {
    pub(crate) reader: OwnedReadHalf,
    pub(crate) writer: OwnedWriteHalf,
}

impl Client {
    /// Connects with these SETTINGS.
    pub(crate) async fn connect(server: &Running, settings: &[(u16, u32)]) -> Self {
        let stream: TcpStream = server.connect().await;
        stream.set_nodelay(true).unwrap();
        let (reader, mut writer) = stream.into_split();
        let payload: Vec<u8> = settings
            .iter()
            .flat_map(|(name, value)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat())
            .collect();
        let first = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &frame(SETTINGS, 0, 0, &payload)[..]];
        writer.write_all(&first.concat()).await.unwrap();
        Self { reader, writer }
    }

    pub(crate) async fn send(&mut self, frames: &[u8]) {
        self.writer.write_all(frames).await.unwrap();
    }

    /// The next frame, or none at the end of the connection, one of which has to come.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        let reading = read(&mut self.reader);
        tokio::time::timeout(Duration::from_secs(20), reading).await.expect("a frame or the end")
    }

    /// The next frame of this kind.
    pub(crate) async fn next_of(&mut self, kind: u8) -> Frame {
        loop {
            let frame = self.next().await.expect("the connection goes on");
            if frame.kind == kind {
                return frame;
            }
        }
    }

    /// Sends all of `frames`, as long as the server takes them, and tells what it says at the end: the
    /// code of its GOAWAY, or none.
    pub(crate) async fn flood(self, frames: Vec<u8>) -> Option<u32> {
        let Self { mut reader, mut writer } = self;
        let sending = tokio::spawn(async move {
            let _ = writer.write_all(&frames).await;
            writer
        });
        let mut said = None;
        let reading = async {
            while let Some(frame) = read(&mut reader).await {
                if frame.kind == GOAWAY {
                    said = Some(frame.code());
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), reading).await.expect("the connection ends");
        sending.abort();
        said
    }
}

async fn read(reader: &mut OwnedReadHalf) -> Option<Frame> {
    let mut head = [0; 9];
    reader.read_exact(&mut head).await.ok()?;
    let [l0, l1, l2, kind, _, s0, s1, s2, s3] = head;
    let mut payload = vec![0; u32::from_be_bytes([0, l0, l1, l2]) as usize];
    reader.read_exact(&mut payload).await.ok()?;
    Some(Frame { kind, stream: u32::from_be_bytes([s0, s1, s2, s3]), payload })
}
