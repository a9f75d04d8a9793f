//! Documents of any kind are read or refused.

#![no_main]

use highper_core::Codec;
use highper_serde::{JsonCodec, MessagePackCodec};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let _ = JsonCodec::decode::<Value>(bytes);
    let _ = MessagePackCodec::decode::<Value>(bytes);
    let _ = MessagePackCodec::decode::<(String, Vec<u32>, Option<bool>)>(bytes);
});
