//! The client that plays Autobahn's cases: a package of Python, in an environment of its own.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Outcome, packages, process, workspace::Workspace};

/// An installed fuzzer.
pub(super) struct Fuzzer {
    /// Its environment, and the place of its reports.
    folder: PathBuf,
}

impl Fuzzer {
    /// Installs it under the target directory, unless this very version is there.
    ///
    /// # Errors
    ///
    /// There is no Python that can make an environment, or no way to the package index.
    pub(super) fn install(workspace: &Workspace) -> Outcome<Self> {
        let fuzzer = Self { folder: workspace.target.join("conformance-websocket") };
        let wanted = fs::read_to_string(workspace.root.join(REQUIREMENTS))?;
        let installed = fuzzer.folder.join("installed.txt");
        if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
            return Ok(fuzzer);
        }
        fs::create_dir_all(&fuzzer.folder)?;
        let environment = fuzzer.folder.join("environment");
        make_environment(&environment)?;
        let mut install = Command::new(environment.join("bin/pip"));
        install.args(["install", "--quiet", "--disable-pip-version-check", "--require-hashes"]);
        install.args(["--only-binary=:all:", "--requirement"]);
        process::run(install.arg(workspace.root.join(REQUIREMENTS)))?;
        fs::write(installed, wanted)?;
        Ok(fuzzer)
    }

    /// Plays cases to the server at an address, and tells where their verdicts are.
    ///
    /// # Errors
    ///
    /// The fuzzer does not start, or ends without verdicts.
    pub(super) fn play(
        &self,
        server: &str,
        address: SocketAddr,
        include: &[String],
        exclude: &[String],
    ) -> Outcome<PathBuf> {
        let reports = self.folder.join(server);
        if reports.exists() {
            fs::remove_dir_all(&reports)?;
        }
        let mut play = Command::new(self.folder.join("environment/bin/kosoku"));
        play.args(["--mode", "fuzzingclient", "--parallelism", "2", "--outdir"]).arg(&reports);
        for (option, cases) in [("--include", include), ("--exclude", exclude)] {
            play.args(cases.iter().flat_map(|case| [option, case]));
        }
        let said = process::listen(play.arg(address.to_string()))?;
        let verdicts = reports.join("index.json");
        match verdicts.is_file() {
            // Whether a case has failed is read there.
            true => Ok(verdicts),
            false => Err(format!("the fuzzer has played no case: {}", said.stderr.trim()).into()),
        }
    }
}

/// Makes an environment, with the package that Debian wants for it where we may install one.
fn make_environment(folder: &Path) -> Outcome {
    let make =
        || process::listen(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder));
    if make().is_ok_and(|said| said.success) {
        return Ok(());
    }
    packages::install(&["python3-venv"], "Autobahn's cases are played by a package of Python")?;
    let said = make()?;
    match said.success {
        true => Ok(()),
        false => Err(format!("python3 makes no environment: {}", said.stdout.trim()).into()),
    }
}

const REQUIREMENTS: &str = "xtask/src/conformance/websocket/requirements.txt";
