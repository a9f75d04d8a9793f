//! Paths, links and special files that must give nothing away.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use highper_core::Handler;
use highper_core::http::Method;
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};

use crate::site::{Site, get, request, text};

#[tokio::test]
async fn no_path_leads_out_of_the_root_or_to_hidden_files() {
    let site = Site::new(&[("a.txt", "public"), (".env", "SECRET"), (".git/config", "SECRET")]);
    let secret = site.root().with_file_name("www-secret");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("s.txt"), "SECRET").unwrap();
    let files = site.files().listing().build().unwrap();
    for path in [
        "/../www-secret/s.txt",
        "/..%2fwww-secret/s.txt",
        "/%2e%2e/www-secret/s.txt",
        "/%2e%2e%2fwww-secret%2fs.txt",
        "/.%2e/www-secret/s.txt",
        "/%252e%252e/www-secret/s.txt",
        "/a.txt/../../www-secret/s.txt",
        "/..%5cwww-secret%5cs.txt",
        "/..%c0%afwww-secret/s.txt",
        "/-secret/s.txt",
        "/..-secret/s.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/.env",
        "/.git/config",
        "/%2eenv",
        "/.git/",
        "/a.txt%00.html",
        "/a.txt/",
        "/a.txt/b",
        "/./a.txt",
        "/a.txt.",
        "/nul",
    ] {
        let response = get(&files, path, &[("accept", "text/html")]).await;
        assert_eq!(response.status(), 404, "{path}");
        assert!(!text(response).await.contains("SECRET"), "{path}");
    }
}

#[tokio::test]
async fn links_are_followed_inside_the_root_and_not_out_of_it() {
    let site = Site::new(&[("real/a.txt", "inside")]);
    let secret = site.root().with_file_name("secret.txt");
    fs::write(&secret, "SECRET").unwrap();
    for (target, link) in [
        ("real/a.txt", "in.txt"),
        ("real", "folder"),
        ("../secret.txt", "out.txt"),
        ("..", "up"),
        (secret.to_str().unwrap(), "absolute.txt"),
        ("loop", "loop"),
        ("/proc/self/root", "proc"),
    ] {
        symlink(target, site.root().join(link)).unwrap();
    }
    let files = site.serve();
    assert_eq!(text(get(&files, "/in.txt", &[]).await).await, "inside");
    assert_eq!(text(get(&files, "/folder/a.txt", &[]).await).await, "inside");
    for path in
        ["/out.txt", "/up/secret.txt", "/absolute.txt", "/loop", "/proc/etc/passwd", "/up", "/up/"]
    {
        assert_eq!(get(&files, path, &[]).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_root_whose_name_is_given_to_another_directory_stays_the_same() {
    let site = Site::new(&[("a.txt", "first")]);
    let files = site.serve();
    fs::rename(site.root(), site.root().with_file_name("old")).unwrap();
    fs::create_dir(site.root()).unwrap();
    fs::write(site.root().join("b.txt"), "second").unwrap();
    assert_eq!(get(&files, "/b.txt", &[]).await.status(), 404);
    assert_eq!(text(get(&files, "/a.txt", &[]).await).await, "first");
}

#[tokio::test]
async fn fifos_sockets_devices_and_directories_are_no_files_and_nothing_waits() {
    let site = Site::new(&[("folder/a.txt", "a")]);
    let made = std::process::Command::new("mkfifo").arg(site.root().join("fifo")).status().unwrap();
    assert!(made.success());
    let _socket = UnixListener::bind(site.root().join("socket")).unwrap();
    // Only root can make a device; anyone else asks for what is not there.
    let device = site.root().join("device");
    let _ = mknodat(CWD, &device, FileType::CharacterDevice, Mode::RUSR, makedev(1, 5));
    symlink("/dev/zero", site.root().join("linked")).unwrap();
    let files = site.files().precompressed().build().unwrap();
    for path in ["/fifo", "/socket", "/device", "/linked", "/folder", "/folder/"] {
        assert_eq!(get(&files, path, &[]).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn an_unreadable_file_is_refused_without_its_path() {
    let site = Site::new(&[("private.txt", "SECRET")]);
    let path = site.root().join("private.txt");
    fs::set_permissions(&path, Permissions::from_mode(0o0)).unwrap();
    if fs::read(&path).is_ok() {
        return; // root reads everything
    }
    let response = get(&site.serve(), "/private.txt", &[]).await;
    assert_eq!(response.status(), 403);
    assert!(!text(response).await.contains(site.root().to_str().unwrap()));
}

#[tokio::test]
async fn many_at_once_for_one_file_all_get_it() {
    let site = Site::new(&[("a.txt", "public")]);
    let files = std::sync::Arc::new(site.serve());
    let asked = (0..200).map(|_| {
        let (files, asked) = (files.clone(), request(Method::GET, "/a.txt", &[]));
        tokio::spawn(async move { Handler::call(&*files, asked).await.status() })
    });
    for status in asked.collect::<Vec<_>>() {
        assert_eq!(status.await.unwrap(), 200);
    }
}
