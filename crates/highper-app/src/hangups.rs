//! SIGHUP: files are read again.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::tls::Certificates;

/// Reads certificates again whenever SIGHUP says so. From [`Hangups::expected`] on that does not end the
/// process; where there are no certificates, it does as ever.
#[derive(Debug)]
pub(crate) struct Hangups {
    signal: Signal,
    certificates: Certificates,
}

impl Hangups {
    /// None where there is nothing to read again.
    pub(crate) fn expected(certificates: Option<&Certificates>) -> io::Result<Option<Self>> {
        let expect = |certificates: &Certificates| {
            let signal = signal(SignalKind::hangup())?;
            Ok(Self { signal, certificates: certificates.clone() })
        };
        certificates.map(expect).transpose()
    }

    /// Obeys as long as it is polled. `then` runs when the certificates were replaced.
    pub(crate) async fn obey(mut self, mut then: impl FnMut()) {
        while self.signal.recv().await.is_some() {
            if self.certificates.reload().await {
                then();
            }
        }
    }
}
