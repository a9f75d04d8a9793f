//! The life of providers.

use std::sync::Arc;
use std::task::Poll;

use highper_core::{
    BoxError, BoxFuture, ConfigValues, Container, ContainerBuilder, FromRequest, Inject, Providers,
    ServiceKey, ServiceProvider,
};

use crate::support::{Diary, Fixed, now};

/// A provider that notes what happens to it.
#[derive(Debug)]
struct Noted {
    name: &'static str,
    diary: Diary,
    environments: &'static [&'static str],
}

impl ServiceProvider for Noted {
    fn name(&self) -> &'static str {
        self.name
    }

    fn environments(&self) -> &[&str] {
        self.environments
    }

    fn is_enabled(&self, config: Option<&dyn ConfigValues>) -> bool {
        config.is_none_or(|config| config.value(self.name).is_none_or(|value| value != "off"))
    }

    fn register(&self, _: &mut ContainerBuilder) {
        self.diary.note(format!("register {}", self.name));
    }

    fn boot<'a>(&'a self, _: &'a Container) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            self.diary.note(format!("boot {}", self.name));
            Ok(())
        })
    }

    fn shutdown<'a>(&'a self, _: &'a Container) -> BoxFuture<'a, ()> {
        Box::pin(async {
            self.diary.note(format!("shutdown {}", self.name));
            if self.name == "stuck" {
                std::future::pending().await
            }
        })
    }
}

fn noted(name: &'static str, diary: &Diary) -> Noted {
    Noted { name, diary: diary.clone(), environments: &[] }
}

#[test]
fn all_register_before_any_boots_in_order_and_they_end_in_reverse() {
    let diary = Diary::default();
    let mut providers = Providers::default();
    let (before, after) = (diary.clone(), diary.clone());
    providers
        .add(noted("a", &diary))
        .add(noted("b", &diary))
        .booting(move |_| before.note("booting"))
        .booted(move |_| after.note("booted"));
    let mut services = Container::builder();
    providers.register(&mut services);
    let container = services.build().unwrap();
    now(providers.boot(&container)).unwrap();
    assert_eq!(diary.take(), ["register a", "register b", "booting", "boot a", "boot b", "booted"]);
    assert!(now(providers.shut_down(&container, std::future::pending())).is_empty());
    assert_eq!(diary.take(), ["shutdown b", "shutdown a"]);
}

#[test]
fn one_that_is_added_twice_runs_once() {
    let diary = Diary::default();
    let mut providers = Providers::default();
    providers.add(noted("a", &diary)).add(noted("a", &diary)).add(noted("b", &diary));
    providers.register(&mut Container::builder());
    assert_eq!(diary.take(), ["register a", "register b"]);
}

#[test]
fn they_take_part_where_environment_and_configuration_say_so() {
    let diary = Diary::default();
    let mut providers = Providers::default();
    providers
        .add(Noted { environments: &["local"], ..noted("local", &diary) })
        .add(Noted { environments: &["testing", "production"], ..noted("both", &diary) })
        .add(noted("mail", &diary));
    let mut services = Container::builder();
    services.environment("production");
    services.shared::<dyn ConfigValues>(Arc::new(Fixed(&[("mail", "off")])));
    providers.register(&mut services);
    let container = services.build().unwrap();
    now(providers.boot(&container)).unwrap();
    assert_eq!(diary.take(), ["register both", "boot both"]);
    assert_eq!(container.environment(), "production");
}

#[test]
fn nobody_is_waited_for_after_the_deadline_and_who_is_late_is_named() {
    let diary = Diary::default();
    let mut providers = Providers::default();
    providers.add(noted("a", &diary)).add(noted("stuck", &diary)).add(noted("c", &diary));
    let mut services = Container::builder();
    providers.register(&mut services);
    let container = services.build().unwrap();
    now(providers.boot(&container)).unwrap();
    diary.take();
    let late = now(providers.shut_down(&container, std::future::ready(())));
    assert_eq!(late, ["stuck"]);
    assert_eq!(diary.take(), ["shutdown c", "shutdown stuck", "shutdown a"], "all had their turn");
}

#[derive(Debug)]
struct Search(u8);
#[derive(Debug)]
struct Index;
#[derive(Debug)]
struct Page(Arc<Search>);

/// Provides `Search` when somebody asks.
#[derive(Debug)]
struct Deferred(Diary);

impl ServiceProvider for Deferred {
    fn provides(&self) -> Vec<ServiceKey> {
        vec![ServiceKey::of::<Search>()]
    }

    fn register(&self, services: &mut ContainerBuilder) {
        self.0.note("register");
        services.singleton(|base: Arc<u8>| Ok(Search(*base)));
    }

    fn boot<'a>(&'a self, container: &'a Container) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            let mut first = true;
            std::future::poll_fn(|cx| {
                cx.waker().wake_by_ref();
                if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }
            })
            .await;
            self.0.note(container.call(|search: Arc<Search>| format!("boot {}", search.0))?);
            Ok(())
        })
    }

    fn shutdown<'a>(&'a self, _: &'a Container) -> BoxFuture<'a, ()> {
        Box::pin(async { self.0.note("shutdown") })
    }
}

fn started(diary: &Diary, bind: impl FnOnce(&mut ContainerBuilder)) -> (Providers, Container) {
    let mut providers = Providers::default();
    providers.add(Deferred(diary.clone()));
    let mut services = Container::builder();
    services.instance(7_u8);
    bind(&mut services);
    providers.register(&mut services);
    (providers, services.build().unwrap())
}

#[tokio::test]
async fn a_deferred_provider_that_nobody_needs_is_neither_registered_nor_booted() {
    let diary = Diary::default();
    let (providers, container) = started(&diary, |_| {});
    assert!(container.has::<Search>());
    providers.boot(&container).await.unwrap();
    providers.shut_down(&container, std::future::pending()).await;
    assert_eq!(diary.take(), [""; 0]);
}

#[tokio::test]
async fn a_deferred_provider_is_registered_and_booted_once_for_a_service_that_needs_it() {
    let diary = Diary::default();
    let (providers, container) = started(&diary, |services| {
        services.singleton(|search: Arc<Search>| Ok(Page(search)));
    });
    assert_eq!(container.get::<Page>().unwrap().0.0, 7);
    assert_eq!(diary.take(), ["register"]);
    providers.boot(&container).await.unwrap();
    container.load::<Search>().await.unwrap();
    assert_eq!(diary.take(), ["boot 7"]);
    assert!(Arc::ptr_eq(&container.get::<Search>().unwrap(), &container.get::<Page>().unwrap().0));
    providers.shut_down(&container, std::future::pending()).await;
    assert_eq!(diary.take(), ["shutdown"]);
}

#[tokio::test]
async fn a_route_that_needs_it_has_it_registered_at_boot() {
    let diary = Diary::default();
    let (providers, container) = started(&diary, |_| {});
    assert!(Inject::<Search>::bind(&container).is_ok());
    providers.boot(&container).await.unwrap();
    assert_eq!(diary.take(), ["register", "boot 7"]);
}

#[tokio::test]
async fn after_boot_it_is_loaded_once_by_whoever_awaits_it() {
    let diary = Diary::default();
    let (providers, container) = started(&diary, |_| {});
    providers.boot(&container).await.unwrap();
    let error = container.get::<Search>().unwrap_err();
    assert!(error.to_string().contains("container.load::<..>()"), "{error}");
    let (one, other) = tokio::join!(container.load::<Search>(), container.load::<Search>());
    one.unwrap();
    other.unwrap();
    assert_eq!(diary.take(), ["register", "boot 7"]);
    assert_eq!(container.get::<Search>().unwrap().0, 7);
    assert!(container.load::<Index>().await.is_err());
    providers.shut_down(&container, std::future::pending()).await;
    assert_eq!(diary.take(), ["shutdown"]);
}

/// Needs what the other provides, both ways.
#[derive(Debug)]
struct Circle(bool);

impl ServiceProvider for Circle {
    fn name(&self) -> &'static str {
        if self.0 { "there" } else { "back" }
    }

    fn provides(&self) -> Vec<ServiceKey> {
        vec![if self.0 { ServiceKey::of::<Index>() } else { ServiceKey::of::<Search>() }]
    }

    fn register(&self, services: &mut ContainerBuilder) {
        match self.0 {
            true => services.singleton(|_: Arc<Search>| Ok(Index)),
            false => services.singleton(|_: Arc<Index>| Ok(Search(1))),
        };
    }
}

#[test]
fn deferred_providers_that_need_each_other_are_an_error() {
    let mut providers = Providers::default();
    providers.add(Circle(true)).add(Circle(false));
    let mut services = Container::builder();
    providers.register(&mut services);
    let container = services.build().unwrap();
    let error = container.get::<Index>().unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        cause.contains("circular: provider there -> provider back -> provider there"),
        "{cause}"
    );
}

/// Says that it provides what it does not.
#[derive(Debug)]
struct Liar;

impl ServiceProvider for Liar {
    fn provides(&self) -> Vec<ServiceKey> {
        vec![ServiceKey::of::<Index>()]
    }

    fn register(&self, _: &mut ContainerBuilder) {}
}

#[test]
fn a_deferred_service_that_its_provider_does_not_bind_is_an_error_and_may_be_taken_out() {
    let mut providers = Providers::default();
    providers.add(Liar);
    let mut services = Container::builder();
    providers.register(&mut services);
    let container = services.build().unwrap();
    let error = container.get::<Index>().unwrap_err();
    assert!(error.to_string().contains("does not bind it"), "{error}");
    assert!(!container.fork().unbind::<Index>().build().unwrap().has::<Index>());
}
