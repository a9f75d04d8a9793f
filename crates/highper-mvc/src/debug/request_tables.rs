//! What the request said.

use highper_core::http::header::{CONTENT_TYPE, COOKIE};
use highper_core::{ErrorContext, FieldValue, Request};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::Rows;
use crate::debug::mask::{MASKED, Mask, Secrets};
use crate::debug::table::Table;

/// Request, headers, route, query, body and cookies: those that there is anything to tell of.
pub(crate) fn request_tables(context: &ErrorContext<'_>) -> Vec<Table> {
    let Some(request) = context.request else { return Vec::new() };
    let tables = [
        Table::new("Request", line(request)),
        Table::new("Route", route(request)),
        Table::new("Query", request.query().map(pairs).unwrap_or_default()),
        body(request),
        Table::new("Headers", headers(request)),
        Table::new("Cookies", cookies(request)),
    ];
    tables.into_iter().filter(|table| !table.rows.is_empty() || table.remark.is_some()).collect()
}

/// Whatever a cookie holds may be a session: all are secrets, whatever they are called.
pub(crate) fn learn_cookies(context: &ErrorContext<'_>, secrets: &mut Secrets) {
    let everything = Mask::new().hide("*");
    for (name, value) in context.request.map(raw_cookies).unwrap_or_default() {
        secrets.learn(&everything, &name, &value);
    }
}

fn line(request: &Request) -> Rows {
    let mut rows = vec![
        ("method".to_owned(), request.method().to_string()),
        ("target".to_owned(), request.uri().to_string()),
        ("version".to_owned(), format!("{:?}", request.version())),
    ];
    if let Some(ends) = request.connection() {
        rows.push(("peer".to_owned(), ends.peer.to_string()));
        rows.push(("local address".to_owned(), ends.local.to_string()));
    }
    rows
}

fn route(request: &Request) -> Rows {
    let Some(matched) = request.route() else { return Rows::new() };
    let pattern = matched.pattern();
    let mut rows = vec![("pattern".to_owned(), pattern.path.to_string())];
    if let Some(name) = &pattern.name {
        rows.push(("name".to_owned(), name.to_string()));
    }
    rows.extend(matched.parameters(request.path()).map(|parameter| {
        let value = parameter.decoded().map_or_else(|_| parameter.raw.to_owned(), Into::into);
        (format!("{{{}}}", parameter.name), value)
    }));
    rows
}

fn headers(request: &Request) -> Rows {
    request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), text_of(value.into())))
        .collect()
}

fn text_of(value: FieldValue<'_>) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

fn cookies(request: &Request) -> Rows {
    raw_cookies(request).into_iter().map(|(name, _)| (name, MASKED.to_owned())).collect()
}

fn raw_cookies(request: &Request) -> Rows {
    let lines: Vec<_> = request.header_all(COOKIE.as_str()).map(text_of).collect();
    let cookies = lines.iter().flat_map(|line| line.split(';'));
    cookies
        .map(|cookie| cookie.split_once('=').unwrap_or((cookie, "")))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

/// The body as far as it was read: fields of forms and of JSON by their names, else its size.
fn body(request: &Request) -> Table {
    let content_type =
        request.header(CONTENT_TYPE).map(text_of).unwrap_or_default().to_ascii_lowercase();
    let Some(bytes) = request.body().as_bytes().filter(|bytes| !bytes.is_empty()) else {
        return Table::default();
    };
    let text = String::from_utf8_lossy(bytes);
    if content_type.starts_with("application/x-www-form-urlencoded") {
        return Table::new("Form", pairs(&text));
    }
    if content_type.contains("json")
        && let Ok(value) = serde_json::from_slice::<Value>(bytes)
    {
        let mut rows = Rows::new();
        flatten(&mut rows, String::new(), &value);
        return Table::new("Body", rows);
    }
    // What cannot be taken apart may hold secrets that nobody finds.
    let told = vec![("bytes read".to_owned(), bytes.len().to_string())];
    Table::new("Body", told)
}

/// The fields of `a=1&b=2`, decoded.
fn pairs(text: &str) -> Rows {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// `user.name`, `tags.0`; no deeper than JSON is read.
fn flatten(rows: &mut Rows, name: String, value: &Value) {
    let under = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| flatten(rows, under(key), value)),
        Value::Array(list) => {
            let places = list.iter().enumerate();
            places.for_each(|(at, value)| flatten(rows, under(&at.to_string()), value));
        }
        Value::String(text) => rows.push((name, text.clone())),
        other => rows.push((name, other.to_string())),
    }
}
