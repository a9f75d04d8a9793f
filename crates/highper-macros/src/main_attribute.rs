//! `#[highper::main]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn, parse2};

/// Makes `async fn main` a `fn main` that blocks on it.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "#[highper::main] takes no arguments"));
    }
    let mut function: ItemFn = parse2(item)?;
    if function.sig.asyncness.take().is_none() {
        return Err(Error::new_spanned(function.sig.fn_token, "write `async fn main`"));
    }
    if let Some(argument) = function.sig.inputs.first() {
        return Err(Error::new_spanned(argument, "`main` takes no arguments"));
    }
    let (attributes, visibility, signature, body) =
        (&function.attrs, &function.vis, &function.sig, &function.block);
    Ok(quote! {
        #(#attributes)*
        #visibility #signature {
            ::highper::block_on(async move #body)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(item: TokenStream) -> String {
        expand(TokenStream::new(), item).unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_a_main_says_why() {
        assert_eq!(error(quote! { fn main() {} }), "write `async fn main`");
        assert_eq!(error(quote! { async fn main(x: u8) {} }), "`main` takes no arguments");
    }

    #[test]
    fn an_async_main_keeps_its_return_type() {
        let expanded = expand(TokenStream::new(), quote! { async fn main() -> u8 { 1 } }).unwrap();
        assert!(expanded.to_string().starts_with("fn main () -> u8"), "{expanded}");
    }
}
