//! An error for programs: one document, as JSON, MessagePack or XML.

use highper_core::bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::Frame;
use crate::debug::incident::Incident;

/// What the document holds.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) trace: bool,
    pub(crate) json_api: bool,
}

/// The content type, the document.
pub(crate) fn json(incident: &Incident, options: &Options) -> (&'static str, Bytes) {
    let content_type =
        if options.json_api { "application/vnd.api+json" } else { "application/problem+json" };
    (content_type, document(incident, options).to_string().into())
}

pub(crate) fn message_pack(incident: &Incident, options: &Options) -> Bytes {
    // A document of texts and numbers has nothing that MessagePack could not hold.
    rmp_serde::to_vec_named(&document(incident, options)).unwrap_or_default().into()
}

/// The members of problem details, as in production, and `error`.
pub(crate) fn document(incident: &Incident, options: &Options) -> Value {
    let error = error(incident, options);
    if options.json_api {
        return json!({ "errors": [error] });
    }
    let mut document = json!({
        "title": incident.status.canonical_reason().unwrap_or("Error"),
        "status": incident.status.as_u16(),
        "detail": incident.public_message,
    });
    if let Some(members) = document.as_object_mut() {
        members.extend(incident.code.map(|code| ("code".to_owned(), code.into())));
        members.extend(incident.id.as_deref().map(|id| ("id".to_owned(), id.into())));
        members.insert("error".to_owned(), error);
    }
    document
}

fn error(incident: &Incident, options: &Options) -> Value {
    let frame = incident.frames.get(incident.main_frame());
    let mut error = Map::new();
    if let Some(cause) = incident.cause() {
        error.insert("type".to_owned(), cause.type_name.as_str().into());
        error.insert("message".to_owned(), cause.message.as_str().into());
    }
    error.insert("file".to_owned(), frame.and_then(file).into());
    error.insert("line".to_owned(), frame.and_then(|frame| frame.line).into());
    let behind = incident.causes.iter().skip(1);
    let behind: Vec<Value> =
        behind.map(|cause| json!({ "type": cause.type_name, "message": cause.message })).collect();
    if !behind.is_empty() {
        error.insert("causes".to_owned(), behind.into());
    }
    if options.trace {
        let trace: Vec<Value> = incident
            .frames
            .iter()
            .map(|frame| json!({ "function": frame.function, "file": file(frame), "line": frame.line }))
            .collect();
        error.insert("trace".to_owned(), trace.into());
    }
    error.into()
}

fn file(frame: &Frame) -> Option<String> {
    frame.file.as_ref().map(|file| file.display().to_string())
}
