//! The certificate for the name that a client asks for (SNI, RFC 6066, section 3).

use std::collections::HashMap;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use webpki::EndEntityCert;

use super::certificate::{Certificate, Pem};
use super::error::Problem;

/// Certificates by the names that they are for.
#[derive(Debug, Default)]
pub(super) struct ByName {
    /// In lower case; `*.` stands for one label.
    names: HashMap<String, Arc<CertifiedKey>>,
    for_other_names: Option<Arc<CertifiedKey>>,
}

impl ByName {
    pub(super) fn load(
        certificates: &[Certificate],
        refuses_unknown_names: bool,
        provider: &CryptoProvider,
        problems: &mut Vec<Problem>,
    ) -> Self {
        if certificates.is_empty() {
            problems.push(Problem::Nothing);
        }
        let (mut by_name, mut owners) = (Self::default(), HashMap::<String, &Pem>::new());
        for (index, certificate) in certificates.iter().enumerate() {
            let Some(loaded) = certificate.load(provider, problems) else { continue };
            let (loaded, from) = (Arc::new(loaded), &certificate.chain);
            let serves_others = index == 0 && !refuses_unknown_names;
            let names = names(&loaded, from).unwrap_or_else(|problem| {
                problems.push(problem);
                Vec::new()
            });
            if names.is_empty() && !serves_others {
                problems.push(Problem::NoName(from.to_string()));
            }
            for name in names {
                by_name.names.insert(name.clone(), Arc::clone(&loaded));
                if let Some(first) = owners.insert(name.clone(), from) {
                    let (first, second) = (first.to_string(), from.to_string());
                    problems.push(Problem::TwoForOneName { name, first, second });
                }
            }
            if serves_others {
                by_name.for_other_names = Some(loaded);
            }
        }
        by_name
    }

    fn for_name(&self, name: &str) -> Option<&Arc<CertifiedKey>> {
        let name = name.to_ascii_lowercase();
        self.names.get(&name).or_else(|| {
            let (_, parent) = name.split_once('.')?;
            self.names.get(&format!("*.{parent}"))
        })
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = hello.server_name().and_then(|name| self.for_name(name));
        named.or(self.for_other_names.as_ref()).cloned()
    }
}

/// The DNS names of a certificate, each once.
fn names(key: &CertifiedKey, from: &Pem) -> Result<Vec<String>, Problem> {
    let malformed = |reason: String| Problem::Malformed { from: from.to_string(), reason };
    let certificate = key.end_entity_cert().map_err(|error| malformed(error.to_string()))?;
    let certificate =
        EndEntityCert::try_from(certificate).map_err(|error| malformed(error.to_string()))?;
    let mut names: Vec<_> = certificate.valid_dns_names().map(str::to_ascii_lowercase).collect();
    names.sort_unstable();
    names.dedup();
    Ok(names)
}
