//! Which certificates an application has, and which it wants of its clients.

use std::path::PathBuf;

use highper_core::BootErrors;

/// Which certificates an application has, and which it wants of its clients: PEM files. Needs the
/// feature `tls`; with it, every address speaks TLS but for those that begin with `http://`.
///
/// The files are read at the start, and again at SIGHUP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsSettings {
    /// Each client gets the one for the name that it asks for, or else the first. Empty: no TLS.
    pub certificates: Vec<CertificateFiles>,
    /// What is wanted of clients; None: nothing.
    pub clients: Option<ClientCertificates>,
}

/// A certificate, and those that lead to its authority, in one file, and its private key in another, or
/// in the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The server's own certificate first.
    pub certificate: PathBuf,
    /// PKCS #8, PKCS #1 or SEC 1, not encrypted.
    pub key: PathBuf,
}

/// Which certificates of clients are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificates {
    /// The authorities whose certificates are accepted.
    pub authorities: PathBuf,
    /// Are clients without a certificate refused?
    pub are_required: bool,
}

impl TlsSettings {
    /// Is anything of it set?
    pub(crate) fn is_set(&self) -> bool {
        !self.certificates.is_empty() || self.clients.is_some()
    }

    /// Reads the variables through `lookup`.
    pub(crate) fn read(lookup: impl Fn(&str) -> Option<String>, errors: &mut BootErrors) -> Self {
        let files = |name: &str| {
            let listed = lookup(name).unwrap_or_default();
            let files = listed.split(',').map(str::trim).filter(|path| !path.is_empty());
            files.map(PathBuf::from).collect::<Vec<_>>()
        };
        let (certificates, keys) = (files(CERT), files(KEY));
        if certificates.len() != keys.len() {
            errors.push(format_args!(
                "{KEY}: {} for {} in {CERT}; each certificate has its key at the same place",
                counted(keys.len(), "key"),
                counted(certificates.len(), "certificate"),
            ));
        }
        let pairs = certificates.into_iter().zip(keys);
        let certificates: Vec<_> =
            pairs.map(|(certificate, key)| CertificateFiles { certificate, key }).collect();
        let are_required = match lookup(CLIENT_AUTH).as_deref() {
            None | Some("required") => true,
            Some("optional") => false,
            Some(other) => {
                let other = other.escape_debug();
                errors.push(format_args!("{CLIENT_AUTH}: `{other}` is not optional or required"));
                true
            }
        };
        let authorities = lookup(CLIENT_CA).map(PathBuf::from);
        if authorities.is_none() && lookup(CLIENT_AUTH).is_some() {
            errors.push(format_args!(
                "{CLIENT_AUTH}: nobody's certificates are accepted; name the file of their \
                 authorities in {CLIENT_CA}"
            ));
        }
        if authorities.is_some() && lookup(CERT).is_none() {
            errors.push(format_args!(
                "{CLIENT_CA}: there is no TLS without a certificate of the server's own; set {CERT} \
                 and {KEY}"
            ));
        }
        let clients =
            authorities.map(|authorities| ClientCertificates { authorities, are_required });
        Self { certificates, clients }
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The variables.
pub(crate) const CERT: &str = "TLS_CERT";
pub(crate) const KEY: &str = "TLS_KEY";
pub(crate) const CLIENT_CA: &str = "TLS_CLIENT_CA";
const CLIENT_AUTH: &str = "TLS_CLIENT_AUTH";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> (TlsSettings, Vec<String>) {
        let mut errors = BootErrors::new();
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name);
        let settings =
            TlsSettings::read(|name| find(name).map(|(_, value)| (*value).to_owned()), &mut errors);
        (settings, errors.iter().map(str::to_owned).collect())
    }

    #[test]
    fn certificates_and_keys_are_paired_in_their_order() {
        let (settings, errors) = read(&[
            (CERT, "a.pem, b.pem"),
            (KEY, "a.key,b.key"),
            (CLIENT_CA, "ca.pem"),
            (CLIENT_AUTH, "optional"),
        ]);
        assert!(errors.is_empty(), "{errors:?}");
        let files = |name: &str| CertificateFiles {
            certificate: format!("{name}.pem").into(),
            key: format!("{name}.key").into(),
        };
        assert_eq!(settings.certificates, [files("a"), files("b")]);
        assert!(!settings.clients.unwrap().are_required);
        let (settings, _) = read(&[(CERT, "a.pem"), (KEY, "a.key"), (CLIENT_CA, "ca.pem")]);
        assert!(settings.clients.unwrap().are_required, "who is not asked for it is refused");
    }

    #[test]
    fn what_does_not_go_together_is_told() {
        let told = |variables: &[(&str, &str)], expected: &str| {
            let (_, errors) = read(variables);
            assert!(errors.iter().any(|error| error.contains(expected)), "{errors:?}");
        };
        told(&[(CERT, "a.pem,b.pem"), (KEY, "a.key")], "1 key for 2 certificates in TLS_CERT");
        told(&[(CERT, "a.pem")], "TLS_KEY: 0 keys for 1 certificate");
        told(&[(CLIENT_CA, "ca.pem")], "TLS_CLIENT_CA: there is no TLS without");
        told(&[(CLIENT_AUTH, "optional")], "TLS_CLIENT_AUTH: nobody's");
        told(&[(CLIENT_AUTH, "maybe")], "TLS_CLIENT_AUTH: `maybe` is not optional or required");
        assert!(read(&[]).1.is_empty());
    }
}
