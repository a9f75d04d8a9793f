//! What one consumer gets, and no other.

use std::sync::Arc;

use highper_core::{ConfigValues, Container, ServiceKey};
use highper_macros::Inject;

use crate::support::{Fixed, Mailer, Smtp, problems};

#[derive(Debug, Inject)]
#[inject(crate = "highper_core")]
struct Orders {
    mailer: Arc<dyn Mailer>,
}

#[derive(Debug, Inject)]
#[inject(crate = "highper_core")]
struct Returns {
    mailer: Arc<dyn Mailer>,
}

#[derive(Debug, Inject)]
#[inject(crate = "highper_core")]
struct Letters {
    mailer: Arc<dyn Mailer>,
    #[inject(name = "post")]
    post: Arc<Smtp>,
}

#[derive(Debug, Inject)]
#[inject(crate = "highper_core", transient)]
struct Report {
    #[inject(value)]
    limit: usize,
    #[inject(value, default)]
    mailers: Vec<Arc<dyn Mailer>>,
    #[inject(default)]
    title: Option<String>,
}

fn mailer(host: &'static str) -> Arc<dyn Mailer> {
    Arc::new(Smtp(host))
}

#[test]
fn several_consumers_get_another_service_than_the_rest() {
    let mut services = Container::builder();
    services.inject::<Orders>().inject::<Returns>().inject::<Letters>().shared(mailer("all"));
    services.named("post").shared(Arc::new(Smtp("post")));
    services.when::<Orders>().and::<Returns>().needs::<dyn Mailer>().give(|| Ok(mailer("shop")));
    let container = services.build().unwrap();
    assert_eq!(container.get::<Orders>().unwrap().mailer.host(), "shop");
    assert_eq!(container.get::<Returns>().unwrap().mailer.host(), "shop");
    assert_eq!(container.get::<Letters>().unwrap().mailer.host(), "all");
    assert_eq!(container.get::<dyn Mailer>().unwrap().host(), "all");
}

#[test]
fn a_context_may_give_what_nobody_else_has_and_its_factory_is_injected() {
    let mut services = Container::builder();
    services.inject::<Orders>().instance(Smtp("own"));
    let given = |smtp: Arc<Smtp>| Ok(smtp as Arc<dyn Mailer>);
    services.when::<Orders>().needs::<dyn Mailer>().give(given);
    assert_eq!(services.build().unwrap().get::<Orders>().unwrap().mailer.host(), "own");
}

#[test]
fn a_context_may_give_another_service_under_a_name() {
    let mut services = Container::builder();
    services.inject::<Letters>().shared(mailer("all"));
    services.named("post").shared(Arc::new(Smtp("bound")));
    services.when::<Letters>().needs_named::<Smtp>("post").give(|| Ok(Arc::new(Smtp("given"))));
    let container = services.build().unwrap();
    assert_eq!(container.get::<Letters>().unwrap().post.host(), "given");
    assert_eq!(container.get_named::<Smtp>("post").unwrap().host(), "bound");
}

#[test]
fn a_context_is_found_through_aliases() {
    let mut services = Container::builder();
    services.inject::<Letters>().shared(mailer("all")).instance(Smtp("bound"));
    services.alias("post", ServiceKey::of::<Smtp>());
    services.when::<Letters>().needs::<Smtp>().give(|| Ok(Arc::new(Smtp("given"))));
    assert_eq!(services.build().unwrap().get::<Letters>().unwrap().post.host(), "given");
}

#[test]
fn values_are_given_by_name_by_tag_and_from_configuration() {
    let mut services = Container::builder();
    services
        .inject::<Report>()
        .shared::<dyn ConfigValues>(Arc::new(Fixed(&[("report.limit", "12")])))
        .shared(mailer("a"))
        .tag("mailers", |mailer: Arc<dyn Mailer>| mailer);
    services.when::<Report>().needs_value("limit").give_config::<usize>("report.limit");
    services.when::<Report>().needs_value("mailers").give_tagged::<dyn Mailer>("mailers");
    services.when::<Report>().needs_value("title").give(Some("Sales".to_owned()));
    let report = services.build().unwrap().get::<Report>().unwrap();
    assert_eq!((report.limit, report.mailers.len()), (12, 1));
    assert_eq!(report.title.as_deref(), Some("Sales"));
}

#[test]
fn a_list_is_empty_an_option_none_and_a_value_without_default_an_error_with_its_name() {
    let mut services = Container::builder();
    services.inject::<Report>();
    let error = services.build().unwrap().get::<Report>().unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("`limit`") && cause.contains("Report`"), "{cause}");
    let mut services = Container::builder();
    services.inject::<Report>().when::<Report>().needs_value("limit").give(3_usize);
    let report = services.build().unwrap().get::<Report>().unwrap();
    assert_eq!((report.limit, report.mailers.len(), &report.title), (3, 0, &None));
}

#[test]
fn what_is_given_to_a_consumer_that_nobody_has_bound_is_told() {
    let mut services = Container::builder();
    services.inject::<Orders>().shared(mailer("all"));
    services.when::<Orders>().and::<Returns>().needs::<dyn Mailer>().give(|| Ok(mailer("shop")));
    services.when::<Report>().needs_value("limit").give(3_usize);
    let told = problems(&mut services);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("`when::<") && told[0].contains("Report>()`: no `"), "{told:?}");
    assert!(told[1].contains("Returns>()`: no `") && told[1].contains("bind it in"), "{told:?}");
}

#[test]
fn what_a_copy_no_longer_binds_may_still_be_given_something() {
    let mut services = Container::builder();
    services.inject::<Orders>().shared(mailer("all"));
    services.when::<Orders>().needs::<dyn Mailer>().give(|| Ok(mailer("shop")));
    let container = services.build().unwrap();
    assert!(container.fork().unbind::<Orders>().build().is_ok());
}
