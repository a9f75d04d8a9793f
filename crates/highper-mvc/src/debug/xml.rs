//! The document for programs as XML 1.0.

use serde_json::Value;

use crate::debug::incident::Incident;
use crate::debug::machine::{Options, document};

pub(crate) fn xml(incident: &Incident, options: &Options) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    push(&mut xml, "problem", &document(incident, options));
    xml.push('\n');
    xml
}

/// An element; what it holds is as deep as the document, which is five elements.
fn push(xml: &mut String, name: &str, value: &Value) {
    let name = name_of(name);
    xml.push('<');
    xml.push_str(&name);
    xml.push('>');
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| push(xml, name, value)),
        Value::Array(items) => items.iter().for_each(|value| push(xml, "item", value)),
        Value::String(text) => push_text(xml, text),
        Value::Null => {}
        other => xml.push_str(&other.to_string()),
    }
    xml.push_str("</");
    xml.push_str(&name);
    xml.push('>');
}

/// A name that XML allows; what it does not allow becomes an underscore.
fn name_of(name: &str) -> String {
    let mut out: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "_-.".contains(c) { c } else { '_' })
        .collect();
    if !out.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        out.insert(0, '_');
    }
    out
}

/// Characters that no XML document may hold, not even as references (XML 1.0, section 2.2), become U+FFFD.
fn push_text(xml: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            // A carriage return would be read as a line feed.
            '\r' => xml.push_str("&#13;"),
            '\t' | '\n' | ' '..='\u{7e}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'.. => {
                xml.push(character)
            }
            _ => xml.push('\u{fffd}'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_characters_that_xml_forbids_are_replaced() {
        let mut xml = String::new();
        let value = serde_json::json!({ "1 a<b": "x\u{0}\u{1b}\u{fffe}<&>]]>\r", "": null, "é": [1, true] });
        push(&mut xml, "r", &value);
        assert!(
            xml.contains("<_1_a_b>x\u{fffd}\u{fffd}\u{fffd}&lt;&amp;&gt;]]&gt;&#13;</_1_a_b>"),
            "{xml}"
        );
        assert!(
            xml.contains("<_></_>") && xml.contains("<_><item>1</item><item>true</item></_>"),
            "{xml}"
        );
    }
}
