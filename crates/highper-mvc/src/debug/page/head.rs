//! What went wrong.

use std::fmt::{Result, Write};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::debug::html::Escaped;
use crate::debug::incident::{Cause, Incident};

pub(super) fn write(html: &mut String, incident: &Incident) -> Result {
    html.push_str("<header>\n<p class=facts>");
    write!(html, "<span class=status>{}</span>", Escaped(&incident.status_line()))?;
    if let Some(request) = &incident.request {
        write!(html, "<span><code>{}</code></span>", Escaped(request))?;
    }
    if let Some(code) = incident.code {
        write!(html, "<span>code <code>{}</code></span>", Escaped(code))?;
    }
    if let Some(id) = &incident.id {
        write!(html, "<span>error <code>{}</code></span>", Escaped(id))?;
    }
    if let Some(thread) = &incident.thread {
        write!(html, "<span>thread <code>{}</code></span>", Escaped(thread))?;
    }
    html.push_str("</p>\n");
    if let Some(cause) = incident.cause() {
        html.push_str("<p class=type>");
        write_type(html, cause)?;
        writeln!(html, "</p>\n<h1>{}</h1>", Escaped(&cause.message))?;
        write_causes(html, incident)?;
        write_actions(html, incident, cause)?;
    }
    html.push_str("</header>\n");
    Ok(())
}

fn write_type(html: &mut String, cause: &Cause) -> Result {
    let (namespace, name) = cause.split_type();
    write!(html, "{}<b>{}</b>", Escaped(namespace), Escaped(name))
}

/// The causes behind the first, each to be opened.
fn write_causes(html: &mut String, incident: &Incident) -> Result {
    let behind = incident.causes.iter().skip(1);
    if behind.len() > 0 {
        html.push_str("<div class=causes>\n");
    }
    for (index, cause) in behind.clone().enumerate() {
        let open = if index == 0 { " open" } else { "" };
        write!(html, "<details{open}><summary>caused by ")?;
        write_type(html, cause)?;
        writeln!(html, "</summary><p>{}</p></details>", Escaped(&cause.message))?;
    }
    if behind.len() > 0 {
        html.push_str("</div>\n");
    }
    Ok(())
}

fn write_actions(html: &mut String, incident: &Incident, cause: &Cause) -> Result {
    html.push_str("<p class=actions><button id=copy type=button hidden>Copy as text</button>");
    let question: String = format!("rust {} {}", cause.split_type().1, cause.message);
    let question: String = question.chars().take(MAX_QUESTION_CHARS).collect();
    let question = utf8_percent_encode(&question, NON_ALPHANUMERIC);
    for (name, address) in SEARCHES {
        write!(
            html,
            "<a href=\"{address}{question}\" target=_blank rel=\"noopener noreferrer\">{name}</a>"
        )?;
    }
    html.push_str("</p>\n");
    if incident.public_message != cause.message {
        let told = Escaped(&incident.public_message);
        writeln!(html, "<p class=told>In production the client is told: <q>{told}</q></p>")?;
    }
    Ok(())
}

/// Longer questions find nothing.
const MAX_QUESTION_CHARS: usize = 160;

const SEARCHES: [(&str, &str); 4] = [
    ("DuckDuckGo", "https://duckduckgo.com/?q="),
    ("Google", "https://www.google.com/search?q="),
    ("Stack Overflow", "https://stackoverflow.com/search?q="),
    ("GitHub", "https://github.com/search?type=issues&amp;q="),
];
