//! Extending, hooks, rebinding.

use std::sync::Arc;

use highper_core::Container;

use crate::support::{Diary, Mailer, Smtp};

#[derive(Debug)]
struct Tracked(u32);
#[derive(Debug)]
struct User(Arc<Tracked>);

#[derive(Debug)]
struct Loud(Arc<dyn Mailer>);

impl Mailer for Loud {
    fn host(&self) -> String {
        self.0.host().to_uppercase()
    }
}

#[test]
fn extensions_go_around_in_order_whenever_it_was_bound_and_are_injected() {
    let container = Container::builder()
        .extend(|old: Arc<dyn Mailer>| Ok(Arc::new(Loud(old)) as Arc<dyn Mailer>))
        .expose(|smtp: Arc<Smtp>| smtp as Arc<dyn Mailer>)
        .singleton(|| Ok(Smtp("a")))
        .bind(|| Ok(Tracked(2)))
        .instance(10_u32)
        .extend(|old: Arc<Tracked>, times: Arc<u32>| Ok(Arc::new(Tracked(old.0 * *times))))
        .extend(|old: Arc<Tracked>| Ok(Arc::new(Tracked(old.0 + 1))))
        .build()
        .unwrap();
    assert_eq!(container.get::<dyn Mailer>().unwrap().host(), "A");
    assert_eq!(container.get::<Tracked>().unwrap().0, 21);
}

#[test]
fn what_exists_already_is_extended_at_once_and_rebound() {
    let diary = Diary::default();
    let rebound = diary.clone();
    let container = Container::builder()
        .singleton(|| Ok(Tracked(1)))
        .extend(|old: Arc<Tracked>| Ok(Arc::new(Tracked(old.0 + 1))))
        .rebinding(move |new: &Arc<Tracked>| rebound.note(new.0.to_string()))
        .build()
        .unwrap();
    assert_eq!(diary.take(), [""; 0], "nobody had seen it");
    let fork = container
        .fork()
        .extend(|old: Arc<Tracked>| Ok(Arc::new(Tracked(old.0 * 10))))
        .build()
        .unwrap();
    assert_eq!(fork.get::<Tracked>().unwrap().0, 20);
    assert_eq!(container.get::<Tracked>().unwrap().0, 2, "a container never changes");
    assert_eq!(diary.take(), ["20"]);
    assert_eq!(
        fork.fork().forget_extenders::<Tracked>().build().unwrap().get::<Tracked>().unwrap().0,
        1
    );
}

#[test]
fn binding_anew_drops_what_was_made_and_what_was_made_of_it_and_tells_who_had_seen_it() {
    let diary = Diary::default();
    let rebound = diary.clone();
    let container = Container::builder()
        .lazy_singleton(|| Ok(Tracked(1)))
        .lazy_singleton(|it: Arc<Tracked>| Ok(User(it)))
        .singleton(|| Ok(7_u8))
        .rebinding(move |new: &Arc<Tracked>| rebound.note(new.0.to_string()))
        .build()
        .unwrap();
    let unseen = container.fork().instance(Tracked(2)).build().unwrap();
    assert_eq!((unseen.get::<Tracked>().unwrap().0, diary.take().len()), (2, 0));
    assert_eq!(container.get::<User>().unwrap().0.0, 1);
    let seen = container.fork().instance(Tracked(3)).build().unwrap();
    assert_eq!(diary.take(), ["3"]);
    assert_eq!(seen.get::<User>().unwrap().0.0, 3);
    assert!(Arc::ptr_eq(&seen.get::<u8>().unwrap(), &container.get::<u8>().unwrap()), "kept");
    let forgotten = seen.fork().forget_instance::<u8>().build().unwrap();
    assert!(!Arc::ptr_eq(&forgotten.get::<u8>().unwrap(), &seen.get::<u8>().unwrap()));
}

#[test]
fn an_instance_bound_over_another_is_rebound() {
    let diary = Diary::default();
    let rebound = diary.clone();
    Container::builder()
        .instance(Tracked(1))
        .rebinding(move |new: &Arc<Tracked>| rebound.note(new.0.to_string()))
        .instance(Tracked(2))
        .build()
        .unwrap();
    assert_eq!(diary.take(), ["2"]);
}

#[test]
fn hooks_run_in_order_for_all_before_for_the_type_and_for_singletons_once() {
    let diary = Diary::default();
    let note = |text: &'static str| {
        let diary = diary.clone();
        move || diary.note(text)
    };
    let mut services = Container::builder();
    let (any, own) = (note("before any"), note("before"));
    services.before_resolving_any(move |_| any()).before_resolving::<Tracked>(move |_| own());
    let (any, own) = (note("resolving any"), note("resolving"));
    services.resolving_any(move |_| any()).resolving(move |_: &Arc<Tracked>| own());
    let (any, own) = (note("after any"), note("after"));
    services.after_resolving_any(move |_| any()).after_resolving(move |_: &Arc<Tracked>| own());
    let (build, extend) = (note("build"), note("extend"));
    services
        .singleton(move || {
            build();
            Ok(Tracked(1))
        })
        .extend(move |old: Arc<Tracked>| {
            extend();
            Ok(old)
        });
    let container = services.build().unwrap();
    container.get::<Tracked>().unwrap();
    assert_eq!(
        diary.take(),
        [
            "before any",
            "before",
            "build",
            "extend",
            "resolving any",
            "resolving",
            "after any",
            "after"
        ]
    );
}

#[test]
fn a_hook_of_a_trait_runs_for_what_is_seen_as_that() {
    let diary = Diary::default();
    let seen = diary.clone();
    let container = Container::builder()
        .bind(|| Ok(Smtp("a")))
        .expose(|smtp: Arc<Smtp>| smtp as Arc<dyn Mailer>)
        .resolving(move |mailer: &Arc<dyn Mailer>| seen.note(mailer.host()))
        .build()
        .unwrap();
    container.get::<Smtp>().unwrap();
    assert_eq!(diary.take().len(), 0);
    container.get::<dyn Mailer>().unwrap();
    assert_eq!(diary.take(), ["a"]);
}
