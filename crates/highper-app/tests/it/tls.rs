//! TLS of an application: which addresses speak it, what is wrong at the start, and certificates that
//! are replaced while it serves.

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use highper_app::{Application, CertificateFiles, ClientCertificates, Settings};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::processes::start;

/// Nothing here takes nearly as long.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// An authority, and the folder with what it issues; the folder goes with it.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Authority {
    fn new() -> Self {
        static FOLDERS: AtomicU32 = AtomicU32::new(0);
        let name = format!("tls-{}-{}", std::process::id(), FOLDERS.fetch_add(1, SeqCst));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        fs::write(folder.join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes `NAME.key` and `NAME.pem` for localhost, in the place of those that are there.
    fn issue(&self, name: &str) -> CertificateFiles {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let path = |ending: &str| self.path(&format!("{name}.{ending}"));
        let files = CertificateFiles { certificate: path("pem"), key: path("key") };
        for (path, text) in
            [(&files.key, key.serialize_pem()), (&files.certificate, certificate.pem())]
        {
            fs::write(path.with_extension("new"), text).unwrap();
            fs::rename(path.with_extension("new"), path).unwrap();
        }
        files
    }

    fn client(&self, identity: Option<&CertificateFiles>) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.path("ca.pem")).unwrap()).unwrap();
        let config = ClientConfig::builder().with_root_certificates(roots);
        let config = match identity {
            None => config.with_no_client_auth(),
            Some(files) => {
                let chain = vec![CertificateDer::from_pem_file(&files.certificate).unwrap()];
                let key = PrivateKeyDer::from_pem_file(&files.key).unwrap();
                config.with_client_auth_cert(chain, key).unwrap()
            }
        };
        TlsConnector::from(Arc::new(config))
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// The certificate that the server shows, and its answer.
async fn ask(client: &TlsConnector, address: SocketAddr) -> io::Result<(Vec<u8>, String)> {
    let socket = TcpStream::connect(address).await?;
    let mut stream = client.connect("localhost".try_into().unwrap(), socket).await?;
    let shown = stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
    stream.write_all(REQUEST).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    if answer.ends_with("hello") { Ok((shown, answer)) } else { Err(io::Error::other(answer)) }
}

async fn ask_plainly(address: SocketAddr) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(REQUEST).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

fn settings(addresses: &[&str], certificates: &[CertificateFiles]) -> Settings {
    let mut settings = Settings::default();
    settings.addresses = addresses.iter().map(|address| (*address).to_owned()).collect();
    settings.tls.certificates = certificates.to_vec();
    settings.lame_duck = Duration::ZERO;
    settings
}

/// An application that answers `hello`; it ends with the test.
async fn serve(settings: Settings) -> Vec<SocketAddr> {
    let (tell, told) = tokio::sync::oneshot::channel();
    let application = Application::with_settings(settings)
        .routes(|router| router.get("/", async || "hello"))
        .on_listening(move |addresses| tell.send(addresses.to_vec()).unwrap());
    tokio::spawn(application.run());
    told.await.unwrap()
}

#[tokio::test]
async fn every_address_speaks_tls_but_those_that_say_http() {
    let authority = Authority::new();
    let files = authority.issue("site");
    let listed = ["127.0.0.1:0", "https://127.0.0.2:0", "http://127.0.0.3:0"];
    let addresses = serve(settings(&listed, &[files])).await;
    let client = authority.client(None);
    for address in &addresses[..2] {
        ask(&client, *address).await.unwrap();
        let refused = ask_plainly(*address).await;
        assert!(refused.starts_with("HTTP/1.1 400 ") && refused.contains("https"), "{refused}");
    }
    assert!(ask_plainly(addresses[2]).await.ends_with("hello"));
    ask(&client, addresses[2]).await.unwrap_err();
}

#[tokio::test]
async fn client_certificates_are_required_or_not() {
    let authority = Authority::new();
    let (mut site, visitor) = (authority.issue("site"), authority.issue("visitor"));
    // A key may stand in the file of its certificate.
    let both = [&site.key, &site.certificate].map(|file| fs::read_to_string(file).unwrap());
    fs::write(&site.key, both.concat()).unwrap();
    site.certificate.clone_from(&site.key);
    for are_required in [true, false] {
        let mut settings = settings(&["127.0.0.1:0"], std::slice::from_ref(&site));
        let authorities = authority.path("ca.pem");
        settings.tls.clients = Some(ClientCertificates { authorities, are_required });
        let address = serve(settings).await[0];
        ask(&authority.client(Some(&visitor)), address).await.unwrap();
        assert_eq!(ask(&authority.client(None), address).await.is_err(), are_required);
    }
}

#[tokio::test]
async fn everything_that_is_wrong_with_certificates_is_told_with_its_variable_and_file() {
    let authority = Authority::new();
    let (site, other) = (authority.issue("site"), authority.issue("other"));
    fs::write(authority.path("text.pem"), "no certificate").unwrap();
    let certificates = [
        CertificateFiles { key: other.key, ..site.clone() },
        CertificateFiles { certificate: authority.path("gone.pem"), ..site.clone() },
        CertificateFiles { certificate: authority.path("text.pem"), ..site.clone() },
    ];
    let mut wrong = settings(&["nonsense"], &certificates);
    let authorities = authority.path("ca-gone.pem");
    wrong.tls.clients = Some(ClientCertificates { authorities, are_required: true });
    let error = Application::with_settings(wrong).run().await.unwrap_err();
    let problems: Vec<_> = error.problems().collect();
    assert_eq!(problems.len(), 5, "{problems:#?}");
    for (variable, file, what) in [
        ("TLS_KEY: ", "other.key", "not the key of"),
        ("TLS_CERT: ", "gone.pem", "cannot be read"),
        ("TLS_CERT: ", "text.pem", "no certificate in it"),
        ("TLS_CLIENT_CA: ", "ca-gone.pem", "cannot be read"),
    ] {
        let is_it = |problem: &&&str| {
            problem.starts_with(variable) && problem.contains(file) && problem.contains(what)
        };
        assert_eq!(problems.iter().filter(is_it).count(), 1, "{variable}{file}: {problems:#?}");
    }
}

#[tokio::test]
async fn https_without_a_certificate_does_not_start() {
    for workers in [0, 2] {
        let mut settings = settings(&["https://127.0.0.1:0", "http://127.0.0.1:0"], &[]);
        settings.workers = workers;
        let error = Application::with_settings(settings).run().await.unwrap_err();
        let problems: Vec<_> = error.problems().collect();
        assert_eq!(problems.len(), 1, "{problems:#?}");
        assert!(problems[0].contains("https://127.0.0.1:0 needs a certificate"), "{problems:#?}");
        assert!(problems[0].contains("TLS_CERT"), "{problems:#?}");
    }
}

/// Not a test of its own: an application with the certificate `site` in a folder.
#[tokio::test]
#[ignore = "started by the test below"]
async fn certified_application() {
    let folder = PathBuf::from(env::var("TEST_FOLDER").unwrap());
    let files =
        CertificateFiles { certificate: folder.join("site.pem"), key: folder.join("site.key") };
    let mut settings = settings(&["https://127.0.0.1:0", "http://127.0.0.1:0"], &[files]);
    settings.workers = env::var("TEST_WORKERS").unwrap().parse().unwrap();
    settings.pid_file = Some(folder.join("pid"));
    Application::with_settings(settings)
        .routes(|router| router.get("/", async || "hello"))
        .on_listening(|addresses| println!("told {}", addresses[0]))
        .run()
        .await
        .unwrap();
}

/// The program above, which ends with the test.
struct Certified {
    child: Child,
    // Workers have something to say on it when they start.
    _output: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Certified {
    fn start(authority: &Authority, workers: &str) -> Self {
        let folder = authority.folder.to_str().unwrap();
        let variables = [("TEST_FOLDER", folder), ("TEST_WORKERS", workers)];
        let mut child = start("tls::certified_application", &variables);
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut lines = output.by_ref().lines().map_while(Result::ok);
        let told = lines.find_map(|line| Some(line.split_once("told ")?.1.to_owned()));
        let address = told.expect("the address").parse().unwrap();
        let certified = Self { child, _output: output, address };
        let started = Instant::now();
        while !authority.path("pid").exists() {
            assert!(started.elapsed() < TIME_LIMIT, "it does not serve");
            std::thread::sleep(Duration::from_millis(5));
        }
        certified
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

impl Drop for Certified {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How many clients ask all the time while certificates are replaced.
const CLIENTS: usize = 4;

#[tokio::test]
async fn no_handshake_fails_while_certificates_are_replaced_and_a_broken_file_keeps_the_old() {
    for workers in ["0", "2"] {
        let authority = Authority::new();
        authority.issue("site");
        let program = Certified::start(&authority, workers);
        let (client, address) = (authority.client(None), program.address);
        let (stop, asked) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let asking: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let (client, stop, asked) = (client.clone(), stop.clone(), asked.clone());
                tokio::spawn(async move {
                    while !stop.load(SeqCst) {
                        ask(&client, address).await.unwrap();
                        asked.fetch_add(1, SeqCst);
                    }
                })
            })
            .collect();
        let (mut shown, _) = ask(&client, address).await.unwrap();
        for _ in 0..3 {
            authority.issue("site");
            program.signal(Signal::HUP);
            let now = shows_another_than(&shown, &client, address).await;
            shown = now;
        }

        let key = fs::read(authority.path("site.key")).unwrap();
        fs::write(authority.path("site.key"), "broken").unwrap();
        program.signal(Signal::HUP);
        let seen = asked.load(SeqCst);
        while asked.load(SeqCst) < seen + CLIENTS * 20 {
            assert_eq!(ask(&client, address).await.unwrap().0, shown);
        }
        fs::write(authority.path("site.key"), key).unwrap();
        stop.store(true, SeqCst);
        for asking in asking {
            asking.await.expect("no handshake fails");
        }
    }
}

/// Waits for a certificate that is not this one, on as many handshakes in a row as reach every worker.
async fn shows_another_than(old: &[u8], client: &TlsConnector, address: SocketAddr) -> Vec<u8> {
    let started = Instant::now();
    let mut in_a_row = 0;
    loop {
        let (shown, _) = ask(client, address).await.unwrap();
        in_a_row = if shown == old { 0 } else { in_a_row + 1 };
        if in_a_row == 16 {
            return shown;
        }
        assert!(started.elapsed() < TIME_LIMIT, "the old certificate is still shown");
    }
}
