//! The bookshop over TLS, set up by variables alone.

use std::fs;

use rcgen::{CertificateParams, KeyPair};
use rustix::process::Signal;

use crate::command::{Output, run};
use crate::curl::curl;
use crate::demo::program;
use crate::service::{Folder, Service, until};

/// Writes `site.pem`, which is its own authority, and `site.key`.
fn issue(folder: &Folder) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    for (name, text) in [("site.key", key.serialize_pem()), ("site.pem", certificate.pem())] {
        fs::write(folder.path("new"), text).unwrap();
        fs::rename(folder.path("new"), folder.path(name)).unwrap();
    }
}

fn get(service: &Service, authority: &str, more: &[&str]) -> Output {
    let port = service.address.port();
    let resolve = format!("localhost:{port}:127.0.0.1");
    let arguments = ["--cacert", authority, "--resolve", &resolve];
    curl(&[&arguments, more].concat(), &[&format!("https://localhost:{port}/books/1")], b"")
}

#[test]
fn pages_come_over_tls_across_new_certificates_and_restarts() {
    for (workers, engine) in [("0", "native"), ("2", "native"), ("2", "hyper")] {
        let folder = Folder::new();
        issue(&folder);
        let path = |name: &str| folder.path(name).to_str().unwrap().to_owned();
        let (certificate, key) = (path("site.pem"), path("site.key"));
        let variables = [
            ("TLS_CERT", certificate.as_str()),
            ("TLS_KEY", &key),
            ("WORKERS", workers),
            ("HTTP1_ENGINE", engine),
        ];
        let service = Service::start(&variables);
        for (flag, version) in [("--http2", "HTTP/2 200"), ("--http1.1", "HTTP/1.1 200")] {
            let got = get(&service, &certificate, &[flag]);
            assert!(got.text().starts_with(version), "{}{}", got.text(), got.stderr);
        }
        // Whoever trusts the new certificate alone is served after the signal, and not before.
        issue(&folder);
        assert_ne!(get(&service, &certificate, &[]).code, Some(0));
        service.signal(Signal::HUP);
        until("the new certificate", || get(&service, &certificate, &[]).code == Some(0));
        service.restart();
        assert_eq!(get(&service, &certificate, &[]).code, Some(0));
    }
}

#[test]
fn what_is_wrong_with_certificates_is_told_at_the_start() {
    let variables = [
        ("ADDRESS", "https://127.0.0.1:0"),
        ("TLS_CERT", "/nowhere/site.pem"),
        ("TLS_KEY", "/nowhere/site.key"),
        ("TLS_CLIENT_AUTH", "optional"),
    ];
    let output = run(&mut program(&variables), b"");
    assert_eq!(output.code, Some(1));
    for told in [
        "3 problems",
        "TLS_CERT: /nowhere/site.pem: cannot be read",
        "TLS_KEY: ",
        "TLS_CLIENT_AUTH: ",
    ] {
        assert!(output.stderr.contains(told), "{}", output.stderr);
    }
}
