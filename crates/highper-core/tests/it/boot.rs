//! What is found wrong before anything is served.

use std::sync::Arc;

use highper_core::{
    ConfigValues, Container, ContainerBuilder, Factory, Providers, Resolver, ServiceProvider,
};
use highper_macros::Inject;

use crate::support::{Fixed, Mailer, Smtp, problems};

#[derive(Debug)]
struct A;
#[derive(Debug)]
struct B;
#[derive(Debug)]
struct C;
#[derive(Debug)]
struct OrderService;

#[test]
fn every_problem_is_told_at_once_and_each_only_once() {
    let lines = problems(
        Container::builder()
            .singleton(|_: Arc<A>| Ok(1_u8))
            .singleton(|_: Arc<u8>| Ok(1_u16))
            .singleton(|| Ok("x".parse::<u32>()?))
            .bind(|_: Arc<u32>| Ok(1_u64))
            .scoped(|_: Arc<B>| Ok(C)),
    );
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(
        lines
            .iter()
            .any(|line| line.contains("::A` in the container, needed by `u8`, needed by `u16`"))
    );
    assert!(lines.iter().any(|line| line.contains("`u32` cannot be built: invalid digit")));
    assert!(
        lines
            .iter()
            .any(|line| line.contains("::B` in the container, needed by") && line.contains("::C`"))
    );
}

#[derive(Debug)]
struct Shop;

impl ServiceProvider for Shop {
    fn register(&self, services: &mut ContainerBuilder) {
        services.bind(|_: Arc<dyn Mailer>| Ok(OrderService));
    }
}

#[test]
fn what_is_missing_names_the_provider_and_a_similar_name() {
    let mut providers = Providers::default();
    providers.add(Shop);
    let mut services = Container::builder();
    providers.register(&mut services);
    mod other {
        #[derive(Debug)]
        pub(super) struct Mailers;
    }
    services.instance(other::Mailers);
    let lines = problems(&mut services);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let parts = [
        "no `dyn ",
        "Mailer` in the container, needed by",
        "OrderService` (bound by ",
        "::Shop)",
        "bind it in a service provider; bound is `",
        "other::Mailers`",
    ];
    assert!(parts.iter().all(|part| lines[0].contains(part)), "{lines:#?}");
}

#[test]
fn a_circle_is_an_error_with_its_path() {
    let lines = problems(
        Container::builder()
            .singleton(|_: Arc<B>| Ok(A))
            .bind(|_: Arc<C>| Ok(B))
            .scoped(|_: Arc<A>| Ok(C)),
    );
    assert!(
        lines.iter().any(|line| line.contains("circular: ") && line.matches(" -> ").count() == 3),
        "{lines:#?}"
    );
    assert_eq!(lines.iter().filter(|line| line.contains("circular")).count(), 1, "{lines:#?}");
}

#[test]
fn a_circle_over_resolvers_is_an_error_and_never_a_stack_overflow() {
    let lines = problems(
        Container::builder()
            .singleton(|resolver: &Resolver<'_>| resolver.get::<B>().map(|_| A).map_err(Into::into))
            .singleton(|resolver: &Resolver<'_>| {
                resolver.get::<A>().map(|_| B).map_err(Into::into)
            }),
    );
    assert!(lines[0].contains("circular: ") && lines[0].contains(" -> "), "{lines:#?}");
}

#[test]
fn a_circle_over_the_container_itself_is_found_when_it_is_walked() {
    let container = Container::builder()
        .bind(|container: Container| {
            container.get::<A>()?;
            Ok(A)
        })
        .build()
        .unwrap();
    let error = container.get::<A>().unwrap_err();
    assert!(error.is_circular(), "{error}");
    assert!(container.get::<A>().unwrap_err().is_circular(), "nothing is left behind");
}

#[test]
fn a_factory_breaks_a_circle_and_what_it_makes_has_to_be_bound() {
    let container =
        Container::builder().singleton(|_: Factory<B>| Ok(A)).singleton(|_: Arc<A>| Ok(B)).build();
    assert!(container.is_ok());
    let lines = problems(Container::builder().singleton(|_: Factory<B>| Ok(A)));
    assert!(lines[0].contains("::B` in the container, needed by"), "{lines:#?}");
}

#[test]
fn a_singleton_cannot_keep_what_ends_with_a_scope() {
    let lines = problems(
        Container::builder().scoped(|| Ok(A)).bind(|_: Arc<A>| Ok(B)).singleton(|_: Arc<B>| Ok(C)),
    );
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].contains("is a singleton and needs") && lines[0].contains("`scoped`"));
}

#[test]
fn a_lazy_singleton_is_looked_at_and_not_made() {
    let lines = problems(Container::builder().lazy_singleton(|_: Arc<B>| Ok(A)));
    assert_eq!(lines.len(), 1);
    let container = Container::builder().lazy_singleton(|| Ok(A)).build().unwrap();
    assert!(!container.is_resolved::<A>());
    container.get::<A>().unwrap();
    assert!(container.is_resolved::<A>());
}

#[test]
fn a_tag_needs_what_is_in_it() {
    let lines =
        problems(Container::builder().tag("mailers", |smtp: Arc<Smtp>| smtp as Arc<dyn Mailer>));
    assert!(lines[0].contains("Smtp`") && lines[0].contains("the tag `mailers`"), "{lines:#?}");
}

#[test]
fn a_problem_is_told_with_whoever_asked_first_and_not_again() {
    let mut services = Container::builder();
    services
        .singleton(|_: Arc<A>| Ok(B))
        .singleton(|_: Arc<B>| Ok(C))
        .singleton(|_: Arc<u8>| Ok(1_u16));
    let draft = services.draft();
    let error = draft.container().get::<C>().unwrap_err();
    assert!(error.to_string().contains("::A` in the container, needed by"), "{error}");
    assert!(error.to_string().matches("needed by").count() == 2, "{error}");
    let untold = draft.untold();
    let lines: Vec<_> = untold.iter().collect();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].contains("`u8`"));
}

#[test]
fn configuration_that_is_not_set_is_told_at_boot() {
    let mut services = Container::builder();
    services.shared::<dyn ConfigValues>(Arc::new(Fixed(&[]))).inject::<crate::derive::Configured>();
    let lines = problems(&mut services);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].contains("no configuration value `shelf.places`, needed by `"), "{lines:#?}");
}

#[derive(Debug, Inject)]
#[inject(crate = "highper_core", scoped)]
struct Basket {
    #[inject(config = "basket.places", default = 10)]
    _places: u16,
    #[inject(value)]
    _days: u8,
}

#[test]
fn configuration_of_another_type_is_told_at_boot_also_for_what_is_made_later() {
    let values = Fixed(&[("basket.places", "hunter2"), ("basket.days", "hunter2")]);
    let mut services = Container::builder();
    services.shared::<dyn ConfigValues>(Arc::new(values)).inject::<Basket>();
    services.when::<Basket>().needs_value("_days").give_config::<u8>("basket.days");
    let told = problems(&mut services);
    assert_eq!(told.len(), 2, "{told:#?}");
    for (line, value) in
        told.iter().zip(["`basket.days` is no `u8`", "`basket.places` is no `u16`"])
    {
        assert!(line.contains(value) && line.contains("needed by `it::boot::Basket`"), "{line}");
        assert!(!line.contains("hunter2"), "{line}");
    }
}
