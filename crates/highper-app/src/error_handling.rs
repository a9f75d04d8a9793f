//! What becomes of errors: a line in the log, a report, an answer.

use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};

use highper_core::{
    BootErrors, Error, ErrorContext, ErrorRenderer, ErrorReporter, PanicError, Request, Response,
    capture_backtraces, install_panic_hook,
};
use highper_serde::ProblemRenderer;
use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY, CONTENT_TYPE, VARY,
};
use http::{HeaderValue, StatusCode};

use crate::Settings;
use crate::debug_pages::{DebugPages, IS_COMPILED};
use crate::reporting::Reporting;
use crate::request_copy::is_for_this_machine;

/// What an application says about its errors before it starts.
pub(crate) struct ErrorHandling {
    pub(crate) renderer: Arc<dyn ErrorRenderer>,
    /// In the order in which they are asked.
    pub(crate) reporters: Vec<Arc<dyn ErrorReporter>>,
    pub(crate) silenced: Vec<String>,
    pub(crate) debug_pages: DebugPages,
}

impl Default for ErrorHandling {
    fn default() -> Self {
        Self {
            renderer: Arc::new(ProblemRenderer),
            reporters: Vec::new(),
            silenced: Vec::new(),
            debug_pages: DebugPages::default(),
        }
    }
}

impl ErrorHandling {
    /// As the settings have it.
    pub(crate) fn finish(self, settings: &Settings, errors: &mut BootErrors) -> Arc<Errors> {
        install_panic_hook();
        let debug = self.debug_pages.renderer(settings, errors);
        if debug.is_some() {
            capture_backtraces(true);
        } else if settings.debug.on && !IS_COMPILED {
            tracing::warn!(
                "APP_DEBUG is on, but this build has no debug pages: errors are shown as in production"
            );
        }
        Arc::new(Errors {
            renderer: self.renderer,
            debug,
            is_exposed: settings.debug.exposed,
            silenced: self.silenced,
            reporting: (!self.reporters.is_empty()).then(|| Reporting::new(self.reporters)),
        })
    }
}

/// What becomes of errors.
pub(crate) struct Errors {
    renderer: Arc<dyn ErrorRenderer>,
    debug: Option<Arc<dyn ErrorRenderer>>,
    is_exposed: bool,
    silenced: Vec<String>,
    reporting: Option<Reporting>,
}

impl Errors {
    /// Is a developer to see what went wrong with this request?
    #[inline]
    pub(crate) fn is_debugged(&self, request: &Request) -> bool {
        IS_COMPILED && self.debug.is_some() && (self.is_exposed || is_for_this_machine(request))
    }

    /// Begins to report, on the runtime from which this is called.
    pub(crate) fn start(&self) {
        if let Some(reporting) = &self.reporting {
            reporting.start();
        }
    }

    /// Waits until everything was reported.
    pub(crate) async fn finish(&self) {
        if let Some(reporting) = &self.reporting {
            reporting.finish().await;
        }
    }

    /// Logs and reports the error of an answer, and makes the answer tell of it. `request` is there for
    /// developers alone.
    pub(crate) fn show(
        &self,
        response: &mut Response,
        accept: Option<&HeaderValue>,
        request: Option<&Request>,
    ) {
        let Some(error) = response.take_error() else { return };
        let id = error.status().is_server_error().then(error_id);
        if let Some(id) = &id
            && let Err(panic) = contained(|| self.tell(id, &error))
        {
            log_failure(id, &panic, "an error could not be logged and reported");
        }
        let mut context = ErrorContext::new(accept);
        (context.id, context.request) = (id.as_deref(), request);
        context.extensions = Some(response.extensions());
        let renderer = self.renderer_for(&context);
        let rendered = match contained(|| renderer.render(&error, &context)) {
            Ok(rendered) => rendered,
            Err(panic) => {
                let id = id.unwrap_or_else(error_id);
                log_failure(&id, &panic, "the page of an error could not be made");
                return show_plainly(response, &id);
            }
        };
        if request.is_some() {
            // The page of a developer has a stricter policy of its own in it, with its nonce.
            response.headers_mut().remove(CONTENT_SECURITY_POLICY);
            response.headers_mut().remove(CONTENT_SECURITY_POLICY_REPORT_ONLY);
        }
        response.headers_mut().insert(CONTENT_TYPE, rendered.content_type);
        if !response.headers().get_all(VARY).iter().any(|vary| vary == "accept") {
            response.headers_mut().append(VARY, HeaderValue::from_static("accept"));
        }
        response.replace_body(rendered.body);
    }

    fn renderer_for(&self, context: &ErrorContext<'_>) -> &dyn ErrorRenderer {
        let debug = self.debug.as_ref().filter(|_| context.request.is_some());
        &**debug.unwrap_or(&self.renderer)
    }

    /// What is wrong here is for the log and for reporters alone; what a client did wrong is its own
    /// affair.
    fn tell(&self, id: &str, error: &Error) {
        let place = error.place();
        if self.silenced.iter().any(|path| place.file.contains(path.as_str())) {
            return;
        }
        let causes: Vec<_> = error.causes().map(ToString::to_string).collect();
        // A developer has it on the page.
        let backtrace = error.backtrace().filter(|_| self.debug.is_none());
        tracing::error!(
            id,
            status = error.status().as_u16(),
            code = error.code(),
            route = error.route().map(|route| &*route.path),
            cause = (!causes.is_empty()).then(|| causes.join(": ")),
            at = %place,
            thread = error.panic().and_then(PanicError::thread),
            backtrace = backtrace.map(ToString::to_string),
            "{}", error.message(),
        );
        if let Some(reporting) = &self.reporting {
            reporting.report(id, error);
        }
    }
}

/// Code of the application, which may panic: a renderer, or an error that cannot be written as text. What
/// it left half-done is its own; nothing here is broken by it.
fn contained<T>(run: impl FnOnce() -> T) -> Result<T, PanicError> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| PanicError::new(&*payload))
}

fn log_failure(id: &str, panic: &PanicError, what: &str) {
    let at = panic.place().map(|place| place.to_string());
    tracing::error!(id, at, "{what}: {panic}");
}

/// An answer that cannot fail.
fn show_plainly(response: &mut Response, id: &str) {
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response.replace_body(format!("500 Internal Server Error (error {id})\n"));
}

/// 16 hexadecimal digits: unique among the errors of all processes of a service, as far as chance goes.
fn error_id() -> String {
    static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{:016x}", KEYS.hash_one(COUNT.fetch_add(1, Relaxed)))
}

impl std::fmt::Debug for Errors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Errors").field("renderer", &self.renderer).finish_non_exhaustive()
    }
}
