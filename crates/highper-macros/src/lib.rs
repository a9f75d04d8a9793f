//! Attributes of Highper: they generate calls, and hold no logic. Use them through the crate `highper`.

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
