//! What was so when it went wrong.

use std::fmt::{Result, Write};

use crate::debug::html::Escaped;
use crate::debug::incident::Incident;
use crate::debug::mask::MASKED;
use crate::debug::table::Table;

pub(super) fn write(html: &mut String, incident: &Incident) -> Result {
    for table in &incident.tables {
        // Long tables are looked at by whoever wants to.
        let open = if table.rows.len() <= MAX_OPEN_ROWS { " open" } else { "" };
        write!(
            html,
            "<details class=card{open}><summary>{} <b>{}</b></summary>",
            Escaped(&table.title),
            table.rows.len()
        )?;
        write_rows(html, table)?;
        html.push_str("</details>\n");
    }
    Ok(())
}

const MAX_OPEN_ROWS: usize = 16;

fn write_rows(html: &mut String, table: &Table) -> Result {
    if let Some(remark) = &table.remark {
        write!(html, "<p class=remark>{}</p>", Escaped(remark))?;
    }
    if table.rows.is_empty() {
        return Ok(());
    }
    html.push_str("<table>");
    for (name, value) in &table.rows {
        write!(html, "<tr><th scope=row>{}</th><td", Escaped(name))?;
        match value.as_str() {
            MASKED => write!(html, " class=masked>{MASKED}</td></tr>")?,
            "" => html.push_str(" class=masked>empty</td></tr>"),
            value => write!(html, ">{}</td></tr>", Escaped(value))?,
        }
    }
    html.push_str("</table>");
    Ok(())
}
