//! A message that is compressed once for many.

use std::cell::RefCell;
use std::sync::OnceLock;

use bytes::{Bytes, BytesMut};
use flate2::Compress;

use super::deflater::{compress, deflate};
use super::plain::opened;
use super::{Agreed, Deflate};
use crate::codec::push_frame;

/// A frame whose message is compressed by itself, made when somebody wants it first. All connections
/// whose client has a window that is large enough share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packed(OnceLock<Once>);

#[derive(Clone, Debug)]
struct Once {
    window: u8,
    frame: Bytes,
}

/// What a thread compresses with.
struct Shared {
    level: u8,
    window: u8,
    compress: Compress,
}

thread_local! {
    /// It is not made anew for each message.
    static SHARED: RefCell<Option<Shared>> = const { RefCell::new(None) };
}

impl Packed {
    /// The frame as a connection with this agreement gets it: packed if that makes it smaller, and plain
    /// where the connection compresses by itself.
    pub(crate) fn of(&self, plain: &Bytes, settings: &Deflate, agreed: Option<Agreed>) -> Bytes {
        let small = settings.threshold.max(1);
        let Some(agreed) = agreed.filter(|it| !it.server_takes_over && plain.len() >= small) else {
            return plain.clone();
        };
        let make = |window| Once { window, frame: pack(plain, settings, window) };
        let once = self.0.get_or_init(|| make(agreed.server_window));
        match once.window <= agreed.server_window {
            true => once.frame.clone(),
            false => make(agreed.server_window).frame,
        }
    }
}

fn pack(plain: &Bytes, settings: &Deflate, window: u8) -> Bytes {
    let (opcode, payload) = opened(plain);
    if payload.len() < settings.threshold {
        return plain.clone();
    }
    let packed = SHARED.with_borrow_mut(|shared| {
        let is_other = |it: &mut Shared| (it.level, it.window) != (settings.level, window);
        if shared.as_mut().is_none_or(is_other) {
            let compress = compress(settings.level, window);
            *shared = Some(Shared { level: settings.level, window, compress });
        }
        let compress = &mut shared.as_mut()?.compress;
        compress.reset();
        deflate(compress, payload)
    });
    match packed {
        Some(packed) if packed.len() < payload.len() => {
            let mut frame = BytesMut::new();
            push_frame(&mut frame, opcode, true, &packed);
            frame.freeze()
        }
        _ => plain.clone(),
    }
}
