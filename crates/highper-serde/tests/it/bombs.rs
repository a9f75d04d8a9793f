//! Documents that are made to hurt. Each must be refused without recursion or memory in proportion to
//! what it announces: a stack overflow or an allocation of 4 GiB ends the test run.

use std::collections::HashMap;

use highper_core::{Codec, CodecError, FromRequest, Request};
use highper_serde::{
    Form, JsonCodec, MAX_FIELD_DEPTH, MAX_FIELDS, MAX_MESSAGE_PACK_DEPTH, MessagePackCodec, Query,
};
use serde::Deserialize;
use serde::de::IgnoredAny;

const DEEP: usize = 100_000;

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
enum Chain {
    Link(Box<Chain>),
    End,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Tree {
    children: Vec<Tree>,
}

fn refuse<C: Codec, T: serde::de::DeserializeOwned + std::fmt::Debug>(bytes: &[u8]) -> String {
    let error: CodecError = C::decode::<T>(bytes).unwrap_err();
    assert!(error.is_malformed(), "{error}");
    error.to_string()
}

#[test]
fn deep_json_is_refused() {
    for text in ["[".repeat(DEEP), r#"{"a":"#.repeat(DEEP)] {
        let message = refuse::<JsonCodec, serde_json::Value>(text.as_bytes());
        assert!(message.contains("recursion limit exceeded"), "{message}");
    }
    refuse::<JsonCodec, IgnoredAny>("[".repeat(DEEP).as_bytes());
    refuse::<JsonCodec, Chain>(r#"{"Link":"#.repeat(DEEP).as_bytes());
    refuse::<JsonCodec, Tree>(r#"{"children":["#.repeat(DEEP).as_bytes());
    let deepest = format!("{}{}", "[".repeat(127), "]".repeat(127));
    assert!(JsonCodec::decode::<serde_json::Value>(deepest.as_bytes()).is_ok());
    let deeper = format!("{}{}", "[".repeat(128), "]".repeat(128));
    assert!(JsonCodec::decode::<serde_json::Value>(deeper.as_bytes()).is_err());
}

#[test]
fn deep_message_pack_is_refused() {
    let mut arrays = vec![0x91; DEEP];
    arrays.push(0xc0);
    let mut maps = b"\x81\xa1a".repeat(DEEP);
    maps.push(0xc0);
    let mut links = b"\x81\xa4Link".repeat(DEEP);
    links.extend_from_slice(b"\xa3End");
    let mut trees = b"\x81\xa8children\x91".repeat(DEEP);
    trees.push(0xc0);
    let told = [
        refuse::<MessagePackCodec, serde_json::Value>(&arrays),
        refuse::<MessagePackCodec, IgnoredAny>(&maps),
        refuse::<MessagePackCodec, Chain>(&links),
        refuse::<MessagePackCodec, Tree>(&trees),
    ];
    for message in told {
        assert!(message.contains("more than 128 levels of nesting"), "{message}");
    }
}

#[test]
fn the_deepest_allowed_message_pack_is_built_on_a_small_stack() {
    let mut links = b"\x81\xa4Link".repeat(MAX_MESSAGE_PACK_DEPTH);
    links.extend_from_slice(b"\xa3End");
    let built = std::thread::Builder::new()
        .stack_size(1024 * 1024)
        .spawn(move || MessagePackCodec::decode::<Chain>(&links).is_ok());
    assert!(built.unwrap().join().unwrap());
}

#[test]
fn announced_lengths_reserve_nothing() {
    for bomb in [
        &b"\xdd\xff\xff\xff\xff"[..],
        b"\xdf\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x01",
        b"\xdc\xff\xff\xc0",
        b"\x92\xdd\xff\xff\xff\xff\xc0",
    ] {
        refuse::<MessagePackCodec, serde_json::Value>(bomb);
        refuse::<MessagePackCodec, Vec<Vec<u64>>>(bomb);
        refuse::<MessagePackCodec, Vec<()>>(bomb);
        refuse::<MessagePackCodec, HashMap<String, u64>>(bomb);
        refuse::<MessagePackCodec, String>(bomb);
    }
}

type Fields = HashMap<String, IgnoredAny>;

async fn refuse_form<T: serde::de::DeserializeOwned + Send>(body: String) -> String {
    let mut request =
        Request::post("/", body).with_header("content-type", "application/x-www-form-urlencoded");
    request.set_body_limit(u64::MAX);
    Form::<T>::from_request(&(), &mut request).await.err().unwrap().to_string()
}

#[tokio::test]
async fn deep_and_many_fields_are_refused() {
    for key in [format!("a{}", "[b]".repeat(5000)), format!("a{}", "%5Bb%5d".repeat(5000))] {
        let message = refuse_form::<Fields>(format!("{key}=1")).await;
        assert!(
            message.ends_with(": 5000 levels of brackets, and at most 5 are read"),
            "{message}"
        );
        assert!(message.len() < 500, "{message}");
    }
    let message = refuse_form::<Fields>("a=1&".repeat(MAX_FIELDS + 1)).await;
    assert_eq!(message, "the form has more than 1000 fields");
    let message = refuse_form::<Vec<u8>>("a[4294967295]=1".to_owned()).await;
    assert!(!message.is_empty());
    let uri = format!("/?a{}=1", "[b]".repeat(MAX_FIELD_DEPTH + 1));
    let mut request = Request::new(highper_core::http::Method::GET, uri.parse().unwrap());
    let error = Query::<Fields>::from_request(&(), &mut request).await.err().unwrap();
    assert_eq!((error.status().as_u16(), error.code()), (400, Some("bad_query")));
}

#[tokio::test]
async fn a_sparse_list_reserves_nothing() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Items {
        items: Vec<u8>,
    }
    let message = refuse_form::<Items>("items[4294967295]=1".to_owned()).await;
    assert!(message.starts_with("form field `items"), "{message}");
}
