//! The calls that led there, with their source code.

use std::fmt::{Result, Write};

use crate::debug::highlight::highlight;
use crate::debug::html::Escaped;
use crate::debug::incident::Incident;
use crate::debug::source::Excerpt;
use crate::{DebugRenderer, Frame};

/// More files are not read for one page.
const MAX_EXCERPTS: usize = 48;

/// A list of frames on the left and the source of the chosen one on the right; what is chosen are radio
/// buttons, so that no script is needed.
pub(super) fn write(html: &mut String, incident: &Incident, renderer: &DebugRenderer) -> Result {
    let frames = &incident.frames;
    let own = frames.iter().filter(|frame| frame.is_application).count();
    let main = incident.main_frame();
    html.push_str("<section class=\"card trace\">\n");
    let (of_application, of_all) = if own > 0 { (" checked", "") } else { ("", " checked") };
    writeln!(
        html,
        "<div class=tabs><label><input type=radio name=which id=own{of_application}>Application <b>{own}</b></label>\
         <label><input type=radio name=which id=all{of_all}>All frames <b>{}</b></label></div>\n\
         <ol class=frames>",
        frames.len()
    )?;
    for (index, frame) in frames.iter().enumerate() {
        let checked = if index == main { " checked" } else { "" };
        let class = if frame.is_application { "own" } else { "library" };
        write!(
            html,
            "<li class={class}><input type=radio name=frame id=f{index}{checked}>\
             <label for=f{index}>"
        )?;
        write_label(html, frame)?;
        html.push_str("</label>\n<div class=pane>");
        write_pane(html, frame, incident, renderer, index < MAX_EXCERPTS || index == main)?;
        html.push_str("</div></li>\n");
    }
    html.push_str("</ol>\n");
    if !incident.has_backtrace {
        html.push_str(
            "<p class=remark>No backtrace was taken: only the place of the error is known.</p>\n",
        );
    }
    html.push_str("</section>\n");
    Ok(())
}

fn write_label(html: &mut String, frame: &Frame) -> Result {
    let (path, name) = frame.split_function();
    let name = name.replace("::{{closure}}", "");
    write!(html, "<span class=fn>{}<b>{}</b></span>", Escaped(path), Escaped(&name))?;
    let file =
        frame.file.as_ref().and_then(|file| file.file_name()).map(|name| name.to_string_lossy());
    if let Some(file) = file {
        write!(html, "<span class=at>{}", Escaped(&file))?;
        if let Some(line) = frame.line {
            write!(html, ":{line}")?;
        }
        html.push_str("</span>");
    }
    Ok(())
}

fn write_pane(
    html: &mut String,
    frame: &Frame,
    incident: &Incident,
    renderer: &DebugRenderer,
    with_source: bool,
) -> Result {
    write_place(html, frame, renderer)?;
    for comment in &frame.comments {
        write!(html, "<p class=comment>{}</p>", Escaped(comment))?;
    }
    let source = match (&frame.file, frame.line) {
        (Some(file), Some(line)) if with_source => {
            Excerpt::read(file, line).map(|lines| (lines, line))
        }
        _ => None,
    };
    let Some((excerpt, marked)) = source else {
        html.push_str("<p class=remark>Its source code is not here.</p>");
        return Ok(());
    };
    html.push_str("<pre class=code>");
    for (number, line) in excerpt.numbered() {
        let mark = if number == marked { " class=mark" } else { "" };
        let line = incident.secrets.scrub(line.replace('\t', "    "));
        write!(html, "<span{mark}><u>{number}</u>{}\n</span>", highlight(&line))?;
    }
    html.push_str("</pre>");
    Ok(())
}

fn write_place(html: &mut String, frame: &Frame, renderer: &DebugRenderer) -> Result {
    let Some(place) = frame.place() else { return Ok(()) };
    html.push_str("<p class=place>");
    match renderer.link(frame) {
        Some(link) => write!(
            html,
            "<a href=\"{}\" title=\"Open in the editor\">{}</a>",
            Escaped(&link),
            Escaped(&place)
        )?,
        None => write!(html, "<code>{}</code>", Escaped(&place))?,
    }
    html.push_str("</p>");
    Ok(())
}
