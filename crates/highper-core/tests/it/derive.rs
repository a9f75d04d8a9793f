//! `#[derive(Inject)]`.

use std::sync::Arc;

use highper_core::{ConfigValues, Container, Factory, Lifetime, Parameters, Tagged};
use highper_macros::Inject;

use crate::support::{Fixed, Mailer, Smtp};

#[derive(Debug, Inject)]
#[inject(crate = "highper_core")]
pub(crate) struct Configured {
    #[inject(config = "shelf.places")]
    places: u16,
    #[inject(config = "shelf.title", default = "Shelf".to_owned())]
    title: String,
}

#[derive(Inject)]
#[inject(crate = "highper_core", scoped)]
struct Everything {
    mailer: Arc<dyn Mailer>,
    missing: Option<Arc<u8>>,
    later: Factory<Smtp>,
    #[inject(name = "second")]
    second: Arc<Smtp>,
    #[inject(tag = "mailers")]
    all: Tagged<dyn Mailer>,
    nested: Pair,
}

#[derive(Inject)]
#[inject(crate = "highper_core")]
struct Pair(Arc<Smtp>, #[inject(default = 7)] u32);

#[derive(Inject)]
#[inject(crate = "highper_core", transient)]
struct Generic<T: Send + Sync + 'static>(Arc<T>);

#[test]
fn every_kind_of_field_is_filled_in() {
    let mut services = Container::builder();
    services
        .inject::<Everything>()
        .instance(Smtp("first"))
        .expose(|smtp: Arc<Smtp>| smtp as Arc<dyn Mailer>)
        .tag("mailers", |smtp: Arc<Smtp>| smtp as Arc<dyn Mailer>);
    services.named("second").shared(Arc::new(Smtp("second")));
    let container = services.build().unwrap();
    let made = container.scope().get::<Everything>().unwrap();
    assert_eq!((made.mailer.host(), made.second.host()), ("first".into(), "second".into()));
    assert!(made.missing.is_none());
    assert_eq!(made.all.len(), 1);
    assert_eq!((made.nested.0.host(), made.nested.1), ("first".into(), 7));
    assert!(made.later.make().is_err(), "its scope is over");
}

#[test]
fn the_lifetime_stands_above_the_struct() {
    let mut services = Container::builder();
    services.instance(1_u8).instance(Smtp("a")).inject::<Generic<u8>>().inject::<Pair>();
    let container = services.build().unwrap();
    assert_eq!(container.lifetime::<Generic<u8>>(), Some(Lifetime::Transient));
    assert_eq!(container.lifetime::<Pair>(), Some(Lifetime::Singleton));
    assert_eq!(*container.get::<Generic<u8>>().unwrap().0, 1);
}

#[test]
fn what_the_caller_gives_wins_over_configuration_and_that_over_the_context_and_the_default() {
    let values = Fixed(&[("shelf.places", "12")]);
    let mut services = Container::builder();
    services.shared::<dyn ConfigValues>(Arc::new(values)).inject::<Configured>();
    services.when::<Configured>().needs_value("places").give(5_u16);
    services.when::<Configured>().needs_value("title").give("Context".to_owned());
    let container = services.build().unwrap();
    let made = container.get::<Configured>().unwrap();
    assert_eq!((made.places, made.title.as_str()), (12, "Context"));
    let given = container.make_with::<Configured>(&Parameters::new().value("places", 1_u16));
    assert_eq!(given.unwrap().places, 1);
}

#[test]
fn a_configuration_value_that_does_not_parse_names_its_key_and_not_the_value() {
    let mut services = Container::builder();
    services
        .shared::<dyn ConfigValues>(Arc::new(Fixed(&[("shelf.places", "hunter2")])))
        .inject::<Configured>();
    let lines = crate::support::problems(&mut services);
    assert!(lines[0].contains("`shelf.places` is no `u16`"), "{lines:#?}");
    assert!(!lines[0].contains("hunter2"), "{lines:#?}");
}
