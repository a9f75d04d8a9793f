//! Attributes of Highper: they generate calls, and hold no logic. Use them through the crate `highper`.

mod inject_derive;

mod main_attribute;

use proc_macro::TokenStream;

/// Runs an `async fn main` on a runtime of its own: the boot, background tasks and signals live there,
/// while the server's workers have theirs.
///
/// ```ignore
/// #[highper::main]
/// async fn main() -> Result<(), highper::StartError> {
///     highper::Application::new().routes(|router| router.get("/", || async { "Hello" })).run().await
/// }
/// ```
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    main_attribute::expand(arguments.into(), item.into())
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Lets the container make a struct: every field is injected.
///
/// Above the struct: `#[inject(singleton)]` (as without it), `scoped` or `transient`, how long one
/// lives that is bound with `services.inject::<T>()`. Above a field:
///
/// | attribute | the field |
/// |---|---|
/// | none | `Arc<T>`, `Option<Arc<T>>`, `Factory<T>`, or a struct that derives `Inject` itself |
/// | `name = "cache.redis"` | `Arc<T>`: the service of that name |
/// | `tag = "reports"` | `Tagged<T>`: the services of that tag |
/// | `config = "app.limit"` | a configuration value, parsed |
/// | `value` | a value by the field's name, given in context or by the caller |
/// | `default`, `default = ..` | a value by the field's name; with `config` as well: where there is none |
///
/// ```ignore
/// #[derive(Inject)]
/// struct OrderService {
///     orders: Arc<Orders>,
///     mailer: Arc<dyn Mailer>,
///     #[inject(config = "orders.limit", default = 50)]
///     limit: usize,
/// }
/// ```
#[proc_macro_derive(Inject, attributes(inject))]
pub fn inject(item: TokenStream) -> TokenStream {
    inject_derive::expand(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
