//! What lives as long as a request or a job.

use std::error::Error;
use std::sync::Arc;

use highper_core::{Container, ContainerError, FromRequest, Inject, Request, Resolver, Scoped};

use crate::support::{Diary, now};

#[derive(Debug)]
struct Transaction;
#[derive(Debug)]
struct Orders(Arc<Transaction>);

fn container(diary: &Diary) -> Container {
    let (first, second, abandoned) = (diary.clone(), diary.clone(), diary.clone());
    let mut services = Container::builder();
    services
        .scoped(|| Ok(Transaction))
        .scoped(|transaction: Arc<Transaction>| Ok(Orders(transaction)))
        .bind(|transaction: Arc<Transaction>| Ok(Arc::strong_count(&transaction)))
        .dispose(move |_: Arc<Transaction>| {
            let diary = first.clone();
            async move { diary.note("commit") }
        })
        .dispose(move |_: Arc<Orders>| {
            let diary = second.clone();
            async move { diary.note("orders") }
        })
        .dispose_with(move |end| {
            abandoned.note("dropped");
            now(end);
        });
    services.build().unwrap()
}

#[test]
fn a_scoped_service_is_one_in_a_scope_and_another_in_the_next() {
    let container = container(&Diary::default());
    let (one, other) = (container.scope(), container.scope());
    let transaction = one.get::<Transaction>().unwrap();
    assert!(Arc::ptr_eq(&transaction, &one.get::<Orders>().unwrap().0));
    assert!(!Arc::ptr_eq(&transaction, &other.get::<Transaction>().unwrap()));
    assert!(one.call(|it: Arc<Transaction>| Arc::ptr_eq(&it, &transaction)).unwrap());
    assert!(one.get::<usize>().is_ok(), "what is made anew may use the scope");
}

#[test]
fn outside_of_a_scope_it_is_refused_with_what_to_do() {
    let container = container(&Diary::default());
    let error = container.get::<Transaction>().unwrap_err();
    assert!(error.is_unscoped() && error.to_string().contains("`container.scope()`"), "{error}");
    let error = Inject::<Transaction>::bind(&container).unwrap_err();
    assert!(error.to_string().contains("`Scoped<..>`"), "{error}");
    let error = Inject::<usize>::bind(&container).unwrap_err();
    assert!(error.to_string().contains("made anew each time"), "{error}");
}

#[test]
fn a_lazy_singleton_does_not_see_the_scope_of_whoever_asks_first() {
    #[derive(Debug)]
    struct Keeper;
    let container = Container::builder()
        .scoped(|| Ok(Transaction))
        .lazy_singleton(|resolver: &Resolver<'_>| {
            resolver.get::<Transaction>()?;
            Ok(Keeper)
        })
        .build()
        .unwrap();
    let error = container.scope().get::<Keeper>().unwrap_err();
    let cause: &ContainerError = error.source().unwrap().downcast_ref().unwrap();
    assert!(cause.is_unscoped(), "{cause}");
}

#[test]
fn the_end_disposes_in_reverse_once_and_nothing_is_made_after_it() {
    let diary = Diary::default();
    let scope = container(&diary).scope();
    scope.get::<Orders>().unwrap();
    now(scope.end());
    assert_eq!(diary.take(), ["orders", "commit"]);
    assert!(scope.get::<Transaction>().unwrap_err().is_unscoped());
    now(scope.end());
    drop(scope);
    assert_eq!(diary.take(), [""; 0]);
}

#[test]
fn a_scope_that_is_dropped_is_handed_to_whoever_runs_its_end() {
    let diary = Diary::default();
    let container = container(&diary);
    let scope = container.scope();
    scope.get::<Orders>().unwrap();
    drop(scope);
    assert_eq!(diary.take(), ["dropped", "orders", "commit"]);
    drop(container.scope());
    assert_eq!(diary.take(), [""; 0], "an empty one costs nothing");
}

#[test]
fn a_request_has_one_scope_and_none_until_it_is_asked_for() {
    let container = container(&Diary::default());
    let bound = Scoped::<Orders>::bind(&container).unwrap();
    let mut request = Request::get("/");
    assert!(request.scope().is_none());
    let orders = now(Scoped::<Orders>::from_request(&bound, &mut request)).unwrap();
    let scope = request.scope().unwrap();
    assert!(Arc::ptr_eq(&orders.0.0, &scope.get::<Transaction>().unwrap()));
    let taken = now(Request::from_request(&(), &mut request)).unwrap();
    assert!(taken.scope().is_some() && request.scope().is_some(), "whoever ends it still has it");
    assert!(Scoped::<String>::bind(&container).is_err());
}
