//! What holds for every value and every text.

use std::collections::{BTreeMap, HashMap};

use highper_core::http::{HeaderValue, Method};
use highper_core::{Codec, FromRequest, Request};
use highper_serde::{Form, JsonCodec, MessagePackCodec, negotiate};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
enum Value {
    Nothing,
    Flag(bool),
    Number(i64),
    Large(u64),
    Real(f64),
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
    Record { id: u32, maybe: Option<Box<Value>>, pair: (u8, char) },
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Nothing),
        any::<bool>().prop_map(Value::Flag),
        any::<i64>().prop_map(Value::Number),
        any::<u64>().prop_map(Value::Large),
        any::<f64>().prop_map(Value::Real),
        ".*".prop_map(Value::Text),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::List),
            prop::collection::btree_map(".*", inner.clone(), 0..8).prop_map(Value::Map),
            (any::<u32>(), prop::option::of(inner.prop_map(Box::new)), any::<(u8, char)>())
                .prop_map(|(id, maybe, pair)| Value::Record { id, maybe, pair }),
        ]
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[allow(dead_code)]
struct Search {
    a: u32,
    b: Vec<String>,
    c: HashMap<String, Option<bool>>,
    d: Option<Box<Search>>,
    e: Option<Kind>,
    f: (u8, char),
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
enum Kind {
    One,
    Two(u8),
    Three { x: f32 },
}

fn read_form(body: Vec<u8>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut request = Request::new(Method::POST, "/".parse().unwrap())
            .with_header("content-type", "application/x-www-form-urlencoded")
            .with_body(body.clone());
        let _ = Form::<Search>::from_request(&(), &mut request).await;
        let mut request = request.with_body(body);
        let _ = Form::<HashMap<String, String>>::from_request(&(), &mut request).await;
    });
}

proptest! {
    #[test]
    fn json_gives_back_what_it_was_given(value in value()) {
        let bytes = JsonCodec::encode(&value).unwrap();
        prop_assert_eq!(JsonCodec::decode::<Value>(&bytes).unwrap(), value);
    }

    #[test]
    fn message_pack_gives_back_what_it_was_given(value in value()) {
        let bytes = MessagePackCodec::encode(&value).unwrap();
        prop_assert_eq!(MessagePackCodec::decode::<Value>(&bytes).unwrap(), value);
    }

    #[test]
    fn a_cut_document_is_malformed(value in value(), cut in any::<prop::sample::Index>()) {
        let bytes = MessagePackCodec::encode(&value).unwrap();
        let cut = cut.index(bytes.len());
        prop_assert!(MessagePackCodec::decode::<Value>(&bytes[..cut]).unwrap_err().is_malformed());
    }

    #[test]
    fn any_bytes_are_a_value_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = JsonCodec::decode::<Value>(&bytes);
        let _ = MessagePackCodec::decode::<Value>(&bytes);
        let _ = MessagePackCodec::decode::<serde_json::Value>(&bytes);
    }

    #[test]
    fn negotiation_takes_any_header(
        any_bytes in prop::collection::vec(any::<u8>(), 0..100),
        likely in r#"([a-z*/;=,"\\ 0-9.q]|text/html|\*/\*|;q=0\.){0,40}"#,
    ) {
        for bytes in [any_bytes, likely.into_bytes()] {
            if let Ok(accept) = HeaderValue::from_bytes(&bytes) {
                let offers = ["application/json", "text/html;level=1", "nonsense"];
                let chosen = negotiate(Some((&accept).into()), &offers);
                prop_assert!(chosen.is_none_or(|index| index < offers.len()));
            }
        }
    }

    #[test]
    fn any_form_is_a_value_or_an_error(
        any_bytes in prop::collection::vec(any::<u8>(), 0..100),
        likely in r"([a-f]|[\[\]&=+0-9]|%5B|%5d|%|x){0,60}",
    ) {
        read_form(any_bytes);
        read_form(likely.into_bytes());
    }
}
