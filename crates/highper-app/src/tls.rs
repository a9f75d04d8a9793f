//! The certificates of an application.

use highper_core::{BootErrors, Handler};
use highper_http::{Http, Tls, TlsProblem};
use tokio::task::spawn_blocking;
use tracing::{error, info};

use crate::TlsSettings;
use crate::tls_settings::{CERT, CLIENT_CA, KEY};

/// The certificates of an application, as they are in use. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Certificates {
    tls: Tls,
    settings: TlsSettings,
}

impl Certificates {
    /// Reads them, if there are to be any, and tells everything that is wrong.
    pub(crate) fn read(settings: &TlsSettings, errors: &mut BootErrors) -> Option<Self> {
        if !settings.is_set() {
            return None;
        }
        let mut builder = Tls::builder();
        for files in &settings.certificates {
            builder = builder.certificate_files(&files.certificate, &files.key);
        }
        if let Some(clients) = &settings.clients {
            builder = match clients.are_required {
                true => builder.require_client_certificates(&clients.authorities),
                false => builder.request_client_certificates(&clients.authorities),
            };
        }
        match builder.build() {
            Ok(tls) => Some(Self { tls, settings: settings.clone() }),
            Err(found) => {
                found.problems().for_each(|problem| errors.push(told(settings, problem)));
                None
            }
        }
    }

    /// Has a service speak TLS with them.
    pub(crate) fn on<H: Handler>(&self, http: Http<H>) -> Http<H> {
        http.tls(self.tls.clone())
    }

    /// Reads them again, for handshakes that begin from here on: true. If anything is wrong that is
    /// logged, and those that are in use stay.
    pub(crate) async fn reload(&self) -> bool {
        let reloader = self.tls.reloader();
        match spawn_blocking(move || reloader.reload()).await {
            Ok(Ok(())) => {
                info!("the certificates were read again and are in use");
                return true;
            }
            Ok(Err(found)) => {
                let problems: Vec<_> =
                    found.problems().map(|problem| told(&self.settings, problem)).collect();
                let problems = problems.join("; ");
                error!("the certificates were not replaced, the old ones stay in use: {problems}");
            }
            Err(failed) => error!(%failed, "the certificates were not replaced"),
        }
        false
    }
}

/// A problem, with the variables that name its file.
fn told(settings: &TlsSettings, problem: &TlsProblem) -> String {
    let mut named = settings.certificates.iter();
    let is_certificate = named.any(|files| problem.is_about(&files.certificate));
    let mut named = settings.certificates.iter();
    let is_key = named.any(|files| problem.is_about(&files.key));
    let mut named = settings.clients.iter();
    let are_authorities = named.any(|clients| problem.is_about(&clients.authorities));
    let variables = [(CERT, is_certificate), (KEY, is_key), (CLIENT_CA, are_authorities)];
    let names: Vec<_> =
        variables.iter().filter_map(|(name, is_it)| is_it.then_some(*name)).collect();
    match names.as_slice() {
        [] => problem.to_string(),
        names => format!("{}: {problem}", names.join(", ")),
    }
}
