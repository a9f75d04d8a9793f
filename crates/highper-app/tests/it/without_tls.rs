//! Certificates in a build without TLS.

use highper_app::{Application, CertificateFiles, Settings};

#[tokio::test]
async fn certificates_are_refused_with_the_feature_that_is_missing() {
    let mut settings = Settings::default();
    settings.addresses = vec!["127.0.0.1:0".to_owned()];
    let files = CertificateFiles { certificate: "cert.pem".into(), key: "cert.key".into() };
    settings.tls.certificates.push(files);
    let error = Application::with_settings(settings).run().await.unwrap_err();
    let problems: Vec<_> = error.problems().collect();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("TLS_CERT, TLS_KEY: "), "{problems:?}");
    assert!(problems[0].contains("feature `tls`"), "{problems:?}");
}
