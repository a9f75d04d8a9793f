//! Chooses how a developer is told of an error.

use std::fmt;
use std::path::PathBuf;

use highper_core::http::HeaderValue;
use highper_core::http::header::USER_AGENT;
use highper_core::{BoxError, Error, ErrorContext, ErrorRenderer, RenderedError};
use highper_serde::negotiate;

use crate::debug::incident::{Incident, Rules};
use crate::debug::table::TableSource;
use crate::debug::{machine, page, text, xml};
use crate::{Editor, Frame, Mask, Rows};

/// Shows errors with everything that helps to mend them. For development alone: it tells causes, source
/// code, headers and settings, even though what it knows to be secret is masked.
///
/// By `Accept`: an HTML page, problem details in JSON with a member `error` (`type`, `message`, `file`,
/// `line`), the same in XML or MessagePack, or text. curl and its like, which accept anything, get text.
///
/// # Example
/// ```
/// # use highper_core::{Error, ErrorContext, ErrorRenderer, http::HeaderValue};
/// # use highper_mvc::{DebugRenderer, Editor, Mask};
/// let renderer = DebugRenderer::new()
///     .editor(Editor::VsCode)
///     .path_map("/srv/app", "/home/ada/shop")
///     .mask(Mask::new().hide("*iban*"))
///     .table("Stock", |_| Ok(vec![("books".to_owned(), "7".to_owned())]));
/// let accept = HeaderValue::from_static("application/json");
/// let json = renderer.render(&Error::internal("no stock"), &ErrorContext::new(Some(&accept))).body;
/// assert!(String::from_utf8_lossy(&json).contains(r#""message":"no stock""#));
/// ```
#[derive(Default)]
pub struct DebugRenderer {
    pub(crate) editor: Option<Editor>,
    pub(crate) paths: Vec<(PathBuf, PathBuf)>,
    mask: Mask,
    secrets: Vec<String>,
    application: Vec<PathBuf>,
    filters: Vec<Box<Filter>>,
    comments: Vec<Box<Comment>>,
    tables: Vec<TableSource>,
    pub(crate) machine: machine::Options,
    pub(crate) text: text::Options,
}

type Filter = dyn Fn(&Frame) -> bool + Send + Sync;
type Comment = dyn Fn(&Frame) -> Option<String> + Send + Sync;

impl DebugRenderer {
    /// One without an editor, a path map, or tables of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens files in this editor.
    #[must_use]
    pub fn editor(mut self, editor: Editor) -> Self {
        self.editor = Some(editor);
        self
    }

    /// Files under `here` are under `there` for the editor, where the server runs in a container. The
    /// first that fits counts.
    #[must_use]
    pub fn path_map(mut self, here: impl Into<PathBuf>, there: impl Into<PathBuf>) -> Self {
        self.paths.push((here.into(), there.into()));
        self
    }

    /// Hides secrets by other names than usual.
    #[must_use]
    pub fn mask(mut self, mask: Mask) -> Self {
        self.mask = mask;
        self
    }

    /// A secret that is masked wherever it turns up, from 6 bytes.
    #[must_use]
    pub fn secret(mut self, value: impl Into<String>) -> Self {
        self.secrets.push(value.into());
        self
    }

    /// The application's own code is under this folder; where none is named, it is all that is neither
    /// under Cargo's nor the compiler's folders.
    #[must_use]
    pub fn application_path(mut self, folder: impl Into<PathBuf>) -> Self {
        self.application.push(folder.into());
        self
    }

    /// Shows only the frames for which this and every other filter is true.
    #[must_use]
    pub fn frame_filter(mut self, keep: impl Fn(&Frame) -> bool + Send + Sync + 'static) -> Self {
        self.filters.push(Box::new(keep));
        self
    }

    /// Remarks on frames.
    #[must_use]
    pub fn frame_comment(
        mut self,
        remark: impl Fn(&Frame) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.comments.push(Box::new(remark));
        self
    }

    /// A table that is made for each page. One that fails or panics says so in its place.
    #[must_use]
    pub fn table(
        mut self,
        title: &str,
        rows: impl Fn(&ErrorContext<'_>) -> Result<Rows, BoxError> + Send + Sync + 'static,
    ) -> Self {
        self.tables.push(TableSource::new(title, rows));
        self
    }

    /// A table that is always the same.
    #[must_use]
    pub fn static_table<N: Into<String>, V: Into<String>>(
        self,
        title: &str,
        rows: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let rows: Rows =
            rows.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self.table(title, move |_| Ok(rows.clone()))
    }

    /// Whether JSON, XML and MessagePack have the trace too; by default they do not.
    #[must_use]
    pub fn trace_for_machines(mut self, on: bool) -> Self {
        self.machine.trace = on;
        self
    }

    /// Answers JSON as a list `errors`, as JSON:API has it, instead of problem details.
    #[must_use]
    pub fn json_api(mut self, on: bool) -> Self {
        self.machine.json_api = on;
        self
    }

    /// Whether plain text has the trace; by default it does.
    #[must_use]
    pub fn trace_in_text(mut self, on: bool) -> Self {
        self.text.trace = on;
        self
    }

    /// Whether plain text has the causes behind the first; by default it does.
    #[must_use]
    pub fn causes_in_text(mut self, on: bool) -> Self {
        self.text.causes = on;
        self
    }

    fn frames(&self, mut frames: Vec<Frame>) -> Vec<Frame> {
        for frame in &mut frames {
            frame.is_application = self.is_application(frame);
            let remarks: Vec<_> = self.comments.iter().filter_map(|remark| remark(frame)).collect();
            frame.comments.extend(remarks);
        }
        frames.retain(|frame| self.filters.iter().all(|keep| keep(frame)));
        frames
    }

    fn is_application(&self, frame: &Frame) -> bool {
        if self.application.is_empty() {
            return frame.seems_application();
        }
        let Some(file) = &frame.file else { return false };
        self.application.iter().any(|folder| file.starts_with(folder))
    }

    /// The link that opens a frame in the editor.
    pub(crate) fn link(&self, frame: &Frame) -> Option<String> {
        let (editor, file) = (self.editor.as_ref()?, frame.file.as_ref()?);
        let mapped = self
            .paths
            .iter()
            .find_map(|(here, there)| file.strip_prefix(here).ok().map(|rest| there.join(rest)));
        editor.link(mapped.as_ref().unwrap_or(file).to_str()?, frame.line.unwrap_or(1))
    }
}

#[derive(Clone, Copy)]
enum Shape {
    Page,
    Json,
    Xml,
    MessagePack,
    Text,
}

/// What there is; where a client takes anything, the first.
const OFFERS: [(&str, Shape); 9] = [
    ("application/problem+json", Shape::Json),
    ("application/json", Shape::Json),
    ("application/vnd.api+json", Shape::Json),
    ("text/html", Shape::Page),
    ("application/xml", Shape::Xml),
    ("text/xml", Shape::Xml),
    ("application/msgpack", Shape::MessagePack),
    ("application/x-msgpack", Shape::MessagePack),
    ("text/plain", Shape::Text),
];

/// Programs in a terminal: whoever reads what they show is a person.
const TERMINALS: [&str; 4] = ["curl/", "Wget/", "HTTPie/", "xh/"];

fn shape(context: &ErrorContext<'_>) -> Shape {
    let mut offers = OFFERS;
    let agent = context.request.and_then(|request| request.header(USER_AGENT)?.to_str().ok());
    if TERMINALS.iter().any(|name| agent.is_some_and(|agent| agent.starts_with(name))) {
        offers.rotate_right(1);
    }
    let names = offers.map(|(name, _)| name);
    let chosen =
        negotiate(context.accept.map(Into::into), &names).and_then(|index| offers.get(index));
    chosen.map_or(Shape::Json, |(_, shape)| *shape)
}

impl ErrorRenderer for DebugRenderer {
    fn render(&self, error: &Error, context: &ErrorContext<'_>) -> RenderedError {
        let rules = Rules {
            mask: &self.mask,
            known_secrets: &self.secrets,
            tables: &self.tables,
            frames: &|frames| self.frames(frames),
        };
        let incident = Incident::new(error, context, &rules);
        let (content_type, body) = match shape(context) {
            Shape::Page => ("text/html; charset=utf-8", page::page(&incident, self).into()),
            Shape::Json => machine::json(&incident, &self.machine),
            Shape::Xml => {
                ("application/xml; charset=utf-8", xml::xml(&incident, &self.machine).into())
            }
            Shape::MessagePack => {
                ("application/msgpack", machine::message_pack(&incident, &self.machine))
            }
            Shape::Text => ("text/plain; charset=utf-8", text::text(&incident, &self.text).into()),
        };
        RenderedError { content_type: HeaderValue::from_static(content_type), body }
    }
}

impl fmt::Debug for DebugRenderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DebugRenderer")
            .field("editor", &self.editor)
            .field("tables", &self.tables)
            .finish_non_exhaustive()
    }
}
