//! An application in its process: alone, as a supervisor, or as a worker.

use std::sync::Arc;
use std::time::Duration;

use highper_config::Config;
use highper_core::{BootErrors, Container, Handler, Providers};
use highper_http::Http;
use highper_net::{Handle, ListenAddress, Scheme, Server, ServerBuilder};

use crate::assembly::assemble;
use crate::hangups::Hangups;
use crate::logging::Logging;
use crate::process::{
    Alone, Handed, Held, Outcome, Parent, Program, Relation, Restarts, Supervisor, Worker,
};
use crate::signals::Signals;
use crate::tls::Certificates;
use crate::{Application, Settings, StartError};

/// Runs the application as what its process is.
pub(crate) async fn run(application: Application) -> Result<(), StartError> {
    let program = Program::of_this_process()
        .map_err(|error| refused("does not tell the path of this program", &error))?;
    let mut parent = Parent::find().map_err(|error| no_listeners(&error))?;
    let is_worker = parent.as_ref().is_some_and(|parent| parent.relation() == Relation::Supervisor);
    if is_worker {
        program.name_this_process();
    }
    let result = match application.settings.workers {
        1.. if !is_worker => supervise(application, program, &mut parent).await,
        _ => serve(application, program, &mut parent).await,
    };
    if let (Err(error), Some(parent)) = (&result, &mut parent) {
        let problems: Vec<_> = error.problems().collect();
        parent.failed(&problems.join("; ")).await;
    }
    result
}

/// Serves in this process. `parent` is gone once it was told.
async fn serve(
    application: Application,
    program: Program,
    parent: &mut Option<Parent>,
) -> Result<(), StartError> {
    let Application {
        settings,
        mut errors,
        config,
        providers,
        router,
        error_handling,
        logging,
        telemetry,
        on_listening,
        ..
    } = application;
    let error_handling = error_handling.finish(&settings, &mut errors);
    let mut assembled = assemble(
        errors,
        &providers,
        router,
        Arc::clone(&error_handling),
        settings.health_path.as_deref(),
        &logging,
        &telemetry,
    );
    let server = told(builder(&settings, parent.as_mut()).build(), &mut assembled.errors);
    let endpoints = server.iter().flat_map(Server::endpoints);
    settings.debug.check(endpoints, &mut assembled.errors);
    let certificates = check(&settings, &mut assembled.errors);
    let (Some((container, handler)), Some(server)) = (assembled.take(), server) else {
        return Err(assembled.errors.into());
    };
    if let Some(health) = handler.health() {
        health.served_by(server.handle());
    }
    error_handling.start();
    providers.boot(&container).await?;
    warn_of_unused(&config);
    // Before anybody is told the address: whoever knows it may send a signal at once.
    let signals = Signals::new().map_err(|error| refused("refuses handlers of signals", &error))?;
    let hangups = Hangups::expected(certificates.as_ref());
    let hangups = hangups.map_err(|error| refused("refuses handlers of signals", &error))?;
    let attendant =
        attendant(&settings, &server, program, signals, parent.take(), certificates.clone())?;
    if let (Some(tell), Attendant::Alone(_)) = (on_listening, &attendant) {
        tell(server.local_addrs());
    }
    let attending = tokio::spawn(attendant.attend(server.handle()));
    let reloading = hangups.map(|hangups| tokio::spawn(hangups.obey(|| {})));
    let http = service(handler, &settings, &logging);
    telemetry.watch(server.handle(), &http.counters(), logging.log());
    let http = match &certificates {
        Some(certificates) => certificates.on(http),
        None => http,
    };
    let served = server.run(http).await;
    if let Some(reloading) = reloading {
        reloading.abort();
    }
    let mut errors = shut_down(&providers, &container).await;
    error_handling.finish().await;
    attending.abort();
    // Whatever it has announced is taken back when it is dropped.
    let _ = attending.await;
    match served {
        Ok(summary) if summary.cut_at_deadline > 0 => errors.push(format_args!(
            "connections cut at the drain deadline of {:?}: {}",
            settings.drain_timeout, summary.cut_at_deadline,
        )),
        Ok(_) => {}
        Err(error) => errors.push(error),
    }
    errors.into_result().map_err(StartError::at_the_end)
}

/// What speaks HTTP on every connection. The access log tells of requests that no handler is asked
/// for, too.
fn service<H: Handler>(handler: H, settings: &Settings, logging: &Logging) -> Http<H> {
    let http = Http::new(handler).limits(settings.limits.clone()).http1(settings.http1_engine);
    match logging.access() {
        Some(access) => http.on_refusal(move |refused| {
            access.refused(refused.status, refused.code, refused.connection.peer.ip());
        }),
        None => http,
    }
}

/// Keeps workers that serve. `parent` is gone once it was told.
async fn supervise(
    application: Application,
    program: Program,
    parent: &mut Option<Parent>,
) -> Result<(), StartError> {
    let Application {
        settings,
        mut errors,
        providers,
        router,
        error_handling,
        logging,
        telemetry,
        on_listening,
        ..
    } = application;
    // What the workers would complain of is told here, once; they assemble it again.
    let error_handling = error_handling.finish(&settings, &mut errors);
    let mut errors = assemble(
        errors,
        &providers,
        router,
        error_handling,
        settings.health_path.as_deref(),
        &logging,
        &telemetry,
    )
    .errors;
    telemetry.leave();
    let bound = builder(&settings, parent.as_mut()).bind(settings.workers);
    let listeners = told(bound, &mut errors);
    let endpoints = listeners.iter().flat_map(|listeners| listeners.endpoints());
    settings.debug.check(endpoints, &mut errors);
    let certificates = check(&settings, &mut errors);
    errors.into_result()?;
    let Some(listeners) = listeners else { return Ok(()) };
    let signals = Signals::new().map_err(|error| refused("refuses handlers of signals", &error))?;
    let hangups = Hangups::expected(certificates.as_ref());
    let hangups = hangups.map_err(|error| refused("refuses handlers of signals", &error))?;
    if let Some(tell) = on_listening {
        let addresses: Vec<_> = listeners.endpoints().filter_map(|bound| bound.tcp()).collect();
        tell(&addresses);
    }
    let held = Held::new(listeners);
    let supervisor = Supervisor {
        workers: settings.workers,
        signals,
        restarts: Restarts { program, held, timeout: settings.restart_timeout },
        hangups,
        pid_file: settings.pid_file.clone(),
        patience: settings.lame_duck + settings.drain_timeout + GRACE,
    };
    let (problems, error): (_, fn(BootErrors) -> StartError) =
        match supervisor.supervise(parent).await {
            Outcome::Ended(problems) => (problems, StartError::at_the_end),
            Outcome::Failed(reason) => (vec![reason], StartError::from),
        };
    let mut errors = BootErrors::new();
    problems.iter().for_each(|problem| errors.push(problem));
    errors.into_result().map_err(error)
}

/// Shuts the providers down, and tells of those that take too long.
pub(crate) async fn shut_down(providers: &Providers, container: &Container) -> BootErrors {
    let mut errors = BootErrors::new();
    let deadline = tokio::time::sleep(PROVIDERS_SHUTDOWN_TIMEOUT);
    for provider in providers.shut_down(container, deadline).await {
        errors.push(format_args!(
            "provider {provider}: it was still shutting down after {PROVIDERS_SHUTDOWN_TIMEOUT:?}"
        ));
    }
    errors
}

/// All providers together have this long to shut down.
const PROVIDERS_SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// A worker ends by itself when its drain time is over; this is for one that hangs.
const GRACE: Duration = Duration::from_secs(10);

/// Who listens to signals and to other processes while the server runs.
enum Attendant {
    Alone(Alone),
    Worker(Worker),
}

impl Attendant {
    async fn attend(self, handle: Handle) {
        match self {
            Self::Alone(alone) => alone.attend(handle).await,
            Self::Worker(worker) => worker.attend(handle).await,
        }
    }
}

fn attendant(
    settings: &Settings,
    server: &Server,
    program: Program,
    signals: Signals,
    parent: Option<Parent>,
    certificates: Option<Certificates>,
) -> Result<Attendant, StartError> {
    match parent {
        Some(supervisor) if supervisor.relation() == Relation::Supervisor => {
            Ok(Attendant::Worker(Worker { supervisor, signals, certificates }))
        }
        predecessor => {
            let listeners = server.listeners();
            let listeners = listeners.map_err(|error| refused("lacks descriptors", &error))?;
            let held = Held::new(listeners);
            let restarts = Restarts { program, held, timeout: settings.restart_timeout };
            let pid_file = settings.pid_file.clone();
            Ok(Attendant::Alone(Alone { predecessor, signals, restarts, pid_file }))
        }
    }
}

/// A server as the settings say, with the listeners that the parent hands over.
fn builder(settings: &Settings, parent: Option<&mut Parent>) -> ServerBuilder {
    let mut builder = Server::builder()
        .topology(settings.topology)
        .max_connections_per_ip(settings.max_connections_per_ip)
        .max_connections_per_worker(settings.max_connections_per_worker)
        .parking(settings.parking)
        .block_threshold(settings.block_threshold)
        .proxy_protocol(settings.proxy_protocol.clone())
        .unix_mode(settings.unix_mode)
        .lame_duck(settings.lame_duck)
        .drain_timeout(settings.drain_timeout);
    if let Some(most) = settings.max_connections {
        builder = builder.max_connections(most);
    }
    let is_worker = parent.as_ref().is_some_and(|parent| parent.relation() == Relation::Supervisor);
    let handed = parent.map(Parent::take_handed).unwrap_or_default();
    // A worker listens on what it is given and on nothing else.
    builder = match is_worker {
        true => listed(&handed).fold(builder, ServerBuilder::listen),
        false => settings.addresses.iter().map(String::as_str).fold(builder, ServerBuilder::listen),
    };
    handed.into_iter().fold(builder, |builder, (address, sockets)| builder.adopt(address, sockets))
}

/// The addresses as they were listed: those which the service manager has opened stand for several.
fn listed(handed: &Handed) -> impl Iterator<Item = ListenAddress> {
    let is_first = |index: usize| {
        let (address, _) = &handed[index];
        !address.is_inherited() || handed[..index].iter().all(|(earlier, _)| earlier != address)
    };
    (0..handed.len()).filter(move |index| is_first(*index)).map(|index| handed[index].0.clone())
}

/// The value, or None and the problems told, a line each.
fn told<T>(result: Result<T, highper_net::Error>, errors: &mut BootErrors) -> Option<T> {
    result.map_err(|error| error.to_string().lines().for_each(|problem| errors.push(problem))).ok()
}

/// Checks what no listener, service or route is needed for.
pub(crate) fn check(settings: &Settings, errors: &mut BootErrors) -> Option<Certificates> {
    check_pid_file(settings, errors);
    let has_certificates = !settings.tls.certificates.is_empty();
    for address in &settings.addresses {
        let scheme = ListenAddress::from(address.as_str()).scheme();
        if scheme == Some(Scheme::Https) && !has_certificates {
            errors.push(format_args!(
                "ADDRESS: {address} needs a certificate; set TLS_CERT and TLS_KEY, or write http://"
            ));
        }
    }
    Certificates::read(&settings.tls, errors)
}

/// A section that no provider has asked for may be a slip of the pen, or be asked for later.
fn warn_of_unused(config: &Config) {
    if let Err(problems) = config.check() {
        problems.iter().for_each(|problem| tracing::warn!("configuration: {problem}"));
    }
}

fn check_pid_file(settings: &Settings, errors: &mut BootErrors) {
    let Some(path) = &settings.pid_file else { return };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        errors.push(format_args!("PID_FILE: `{}` is in no folder; create it", path.display()));
    }
}

fn no_listeners(error: &std::io::Error) -> BootErrors {
    let mut errors = BootErrors::new();
    errors.push(format_args!(
        "the process that has started this one hands over no listeners: {error}"
    ));
    errors
}

pub(crate) fn refused(what: &str, error: &std::io::Error) -> BootErrors {
    let mut errors = BootErrors::new();
    errors.push(format_args!("the operating system {what}: {error}"));
    errors
}
