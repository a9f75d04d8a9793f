//! What stands for certificates in a build without TLS: there are none.

use highper_core::{BootErrors, Handler};
use highper_http::Http;

use crate::TlsSettings;
use crate::tls_settings::{CERT, KEY};

#[derive(Clone, Debug)]
pub(crate) enum Certificates {}

impl Certificates {
    pub(crate) fn read(settings: &TlsSettings, errors: &mut BootErrors) -> Option<Self> {
        if settings.is_set() {
            errors.push(format_args!(
                "{CERT}, {KEY}: this program was built without TLS; enable the feature `tls` of \
                 highper (or highper-app), or leave them out"
            ));
        }
        None
    }

    pub(crate) fn on<H: Handler>(&self, _: Http<H>) -> Http<H> {
        match *self {}
    }

    pub(crate) async fn reload(&self) -> bool {
        match *self {}
    }
}
