//! What a binding gives.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use highper_core::{Container, Factory, Lifetime, Parameters, Resolver, ServiceKey};

use crate::support::{Diary, Mailer, Smtp, problems};

#[derive(Debug, PartialEq)]
struct A(u8);
#[derive(Debug)]
struct B(Arc<A>);

#[test]
fn bind_makes_one_each_time_and_singleton_one_for_all() {
    let container = Container::builder().bind(|| Ok(A(1))).singleton(|| Ok(2_u8)).build().unwrap();
    assert!(!Arc::ptr_eq(&container.get::<A>().unwrap(), &container.get::<A>().unwrap()));
    assert!(Arc::ptr_eq(&container.get::<u8>().unwrap(), &container.get::<u8>().unwrap()));
    assert_eq!(container.lifetime::<A>(), Some(Lifetime::Transient));
    assert_eq!(container.lifetime::<u8>(), Some(Lifetime::Singleton));
    assert_eq!(container.lifetime::<u16>(), None);
}

#[test]
fn the_if_forms_bind_only_what_is_not_bound() {
    let container = Container::builder()
        .instance(A(1))
        .bind_if(|| Ok(A(2)))
        .singleton_if(|| Ok(A(3)))
        .scoped_if(|| Ok(A(4)))
        .bind_if(|| Ok(1_u8))
        .singleton_if(|| Ok(1_u16))
        .scoped_if(|| Ok(1_u32))
        .build()
        .unwrap();
    assert_eq!(*container.get::<A>().unwrap(), A(1));
    assert_eq!(container.lifetime::<u8>(), Some(Lifetime::Transient));
    assert_eq!(container.lifetime::<u16>(), Some(Lifetime::Singleton));
    assert_eq!(container.lifetime::<u32>(), Some(Lifetime::Scoped));
}

#[test]
fn a_later_binding_replaces_an_earlier_one_and_an_alias_of_its_name() {
    let mut services = Container::builder();
    services.instance(A(1)).instance(A(2)).instance(7_u8).alias("seven", ServiceKey::of::<u8>());
    services.named("seven").shared(Arc::new(77_u8));
    let container = services.build().unwrap();
    assert_eq!(container.get::<A>().unwrap().0, 2);
    assert_eq!(*container.get_named::<u8>("seven").unwrap(), 77);
    assert_eq!(container.alias_of("seven"), None);
}

#[test]
fn a_trait_is_the_service_that_implements_it() {
    let container = Container::builder()
        .expose(|smtp: Arc<Smtp>| smtp as Arc<dyn Mailer>)
        .singleton(|| Ok(Smtp("a")))
        .build()
        .unwrap();
    assert_eq!(container.get::<dyn Mailer>().unwrap().host(), "a");
    assert_eq!(container.lifetime::<dyn Mailer>(), Some(Lifetime::Singleton));
}

#[test]
fn names_and_chains_of_aliases_lead_to_the_service() {
    let mut services = Container::builder();
    services.named("cache.redis").singleton(|| Ok(A(1)));
    services.alias("cache", "cache.redis").alias("store", "cache");
    services.instance(5_u8).alias("five", ServiceKey::of::<u8>());
    let container = services.build().unwrap();
    assert!(Arc::ptr_eq(
        &container.get_named::<A>("store").unwrap(),
        &container.get_named::<A>("cache.redis").unwrap()
    ));
    assert_eq!(*container.get_named::<u8>("five").unwrap(), 5);
    assert_eq!(container.alias_of("store"), Some(&ServiceKey::named("cache")));
    assert_eq!(container.alias_of("cache.redis"), None, "a name is no alias");
    assert!(container.has_named("store"));
}

#[test]
fn an_alias_of_itself_of_nothing_or_in_a_circle_is_an_error() {
    let lines = problems(
        Container::builder()
            .alias("self", "self")
            .alias("nothing", "nobody")
            .alias("a", "b")
            .alias("b", "a"),
    );
    assert_eq!(lines.len(), 4, "{lines:#?}");
    for part in ["`self`: it is an alias of itself", "`nobody`", "`a`: it leads", "`b`: it leads"] {
        assert!(lines.iter().any(|line| line.contains(part)), "{part}: {lines:#?}");
    }
}

#[test]
fn make_with_neither_uses_nor_fills_the_singleton() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let container = Container::builder()
        .lazy_singleton(move |resolver: &Resolver<'_>| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(A(resolver.value("size")?.unwrap_or(1)))
        })
        .bind(|a: Arc<A>| Ok(B(a)))
        .build()
        .unwrap();
    let large = Parameters::new().value("size", 9_u8);
    assert_eq!(container.make_with::<A>(&large).unwrap().0, 9);
    assert!(!container.is_resolved::<A>() || count.load(Ordering::Relaxed) == 1);
    assert_eq!(container.get::<A>().unwrap().0, 1, "the singleton is its own");
    assert_eq!(container.make_with::<A>(&large).unwrap().0, 9);
    assert_eq!(count.load(Ordering::Relaxed), 3);
    // Parameters are for what is made, not for its dependencies; a service may be given.
    assert_eq!(container.make_with::<B>(&large).unwrap().0.0, 1);
    let given = Parameters::new().service(Arc::new(A(3)));
    assert_eq!(container.make_with::<B>(&given).unwrap().0.0, 3);
}

#[test]
fn a_parameter_of_another_type_is_refused() {
    let container = Container::builder()
        .bind(|resolver: &Resolver<'_>| Ok(A(resolver.value("size")?.unwrap_or(1))))
        .build()
        .unwrap();
    let error = container.make_with::<A>(&Parameters::new().value("size", "large")).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("`size`") && cause.contains("`u8`"), "{cause}");
}

#[test]
fn call_injects_arguments_given_ones_win_and_unbound_ones_may_be_left_out() {
    let container = Container::builder().instance(A(1)).build().unwrap();
    assert_eq!(
        container.call(|a: Arc<A>, other: Option<Arc<u8>>| (a.0, other)).unwrap(),
        (1, None)
    );
    let given = Parameters::new().service(Arc::new(A(2)));
    assert_eq!(container.call_with(&given, |a: Arc<A>| a.0).unwrap(), 2);
    assert!(container.call(|_: Arc<u8>| ()).unwrap_err().is_not_found());
    type E = Arc<A>;
    let eight = |a: E, b: E, c: E, d: E, e: E, f: E, g: E, h: E| {
        [a, b, c, d, e, f, g, h].iter().map(|one| one.0).sum::<u8>()
    };
    assert_eq!(container.call(eight).unwrap(), 8);
}

#[test]
fn a_factory_makes_later_and_does_not_keep_the_container() {
    let container = Container::builder().bind(|| Ok(A(1))).build().unwrap();
    let factory = container.call(|factory: Factory<A>| factory).unwrap();
    assert!(!Arc::ptr_eq(&factory.make().unwrap(), &factory.make().unwrap()));
    drop(container);
    assert!(factory.make().unwrap_err().to_string().contains("had ended"));
}

#[test]
fn tags_are_lazy_countable_and_repeatable_and_unknown_ones_empty() {
    let diary = Diary::default();
    let made = diary.clone();
    let container = Container::builder()
        .bind(move || {
            made.note("made");
            Ok(Smtp("a"))
        })
        .shared::<dyn Mailer>(Arc::new(Smtp("b")))
        .tag("mailers", |smtp: Arc<Smtp>| smtp as Arc<dyn Mailer>)
        .tag("mailers", |mailer: Arc<dyn Mailer>| mailer)
        .build()
        .unwrap();
    let mailers = container.tagged::<dyn Mailer>("mailers");
    assert_eq!((mailers.len(), diary.take().len()), (2, 0));
    for _ in 0..2 {
        let hosts: Vec<_> = mailers.iter().map(|mailer| mailer.unwrap().host()).collect();
        assert_eq!(hosts, ["a", "b"]);
    }
    assert_eq!(diary.take().len(), 2, "made each time that it is iterated to");
    assert!(container.tagged::<dyn Mailer>("nobody").is_empty());
}

#[test]
fn what_is_bound_may_depend_on_the_environment() {
    let at = |environment: Option<&'static str>| {
        let mut services = Container::builder();
        if let Some(environment) = environment {
            services.environment(environment);
        }
        services.instance(A(1)).in_environment(&["local", "testing"], |services| {
            services.instance(A(2));
        });
        services.build().unwrap().get::<A>().unwrap().0
    };
    assert_eq!((at(Some("local")), at(Some("production")), at(None)), (2, 1, 1));
}

#[test]
fn what_is_unbound_is_gone() {
    let container = Container::builder().instance(A(1)).unbind::<A>().build().unwrap();
    assert!(!container.has::<A>());
}

struct Till(u8);

impl Till {
    /// What `Class@method` is elsewhere: its first argument is the service itself.
    #[allow(clippy::needless_pass_by_value, reason = "what is injected is handed over")]
    fn add(self: Arc<Self>, more: Arc<A>) -> u8 {
        self.0 + more.0
    }
}

#[test]
fn a_method_is_called_with_its_service_and_its_other_arguments_injected() {
    let container = Container::builder().instance(Till(1)).instance(A(2)).build().unwrap();
    assert_eq!(container.call(Till::add).unwrap(), 3);
    let given = Parameters::new().service(Arc::new(A(5)));
    assert_eq!(container.call_with(&given, Till::add).unwrap(), 6);
}

#[test]
fn services_end_with_the_last_handle_of_their_container() {
    let container = Container::builder()
        .singleton(|| Ok(A(1)))
        .lazy_singleton(|a: Arc<A>| Ok(B(a)))
        .build()
        .unwrap();
    let b = Arc::downgrade(&container.get::<B>().unwrap());
    let handle = container.clone();
    drop(container);
    assert!(b.upgrade().is_some());
    drop(handle);
    assert!(b.upgrade().is_none());
}
