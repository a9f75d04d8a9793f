//! `#[derive(Inject)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Error, Expr, Field, Fields, Ident, LitStr, Member, Path, Type, parse2,
};

/// Implements `FromContainer`: every field is asked for, in order.
pub(crate) fn expand(item: TokenStream) -> Result<TokenStream, Error> {
    let input: DeriveInput = parse2(item)?;
    let fields = fields(&input)?;
    let options = Options::read(&input)?;
    let Options { root, lifetime } = &options;
    let parts =
        fields.iter().enumerate().map(|(index, field)| Part::read(index, field, root)).collect();
    let parts: Vec<Part> = all(parts)?;
    let (needs, members, makes): (Vec<_>, Vec<_>, Vec<_>) =
        unzip(parts.iter().map(|part| (&part.needs, &part.member, &part.make)));
    let (name, (generics, types, bounds)) = (&input.ident, input.generics.split_for_impl());
    let lifetime = lifetime.as_ref().map(|lifetime| {
        quote! { const LIFETIME: #root::Lifetime = #root::Lifetime::#lifetime; }
    });
    Ok(quote! {
        #[automatically_derived]
        impl #generics #root::FromContainer for #name #types #bounds {
            #lifetime

            #[allow(unused_variables)]
            fn needs(needs: &mut #root::Needs) {
                #(#needs)*
            }

            #[allow(unused_variables)]
            fn from_container(
                resolver: &#root::Resolver<'_>,
            ) -> ::core::result::Result<Self, #root::ContainerError> {
                ::core::result::Result::Ok(Self { #(#members: #makes),* })
            }
        }
    })
}

fn fields(input: &DeriveInput) -> Result<&Fields, Error> {
    match &input.data {
        Data::Struct(data) => Ok(&data.fields),
        Data::Enum(data) => Err(Error::new_spanned(
            data.enum_token,
            "`Inject` is derived for structs: which variant of an enum would the container make?",
        )),
        Data::Union(data) => {
            Err(Error::new_spanned(data.union_token, "`Inject` is derived for structs"))
        }
    }
}

/// What stands above the struct.
struct Options {
    root: Path,
    lifetime: Option<Ident>,
}

impl Options {
    fn read(input: &DeriveInput) -> Result<Self, Error> {
        let mut options = Self { root: syn::parse_quote!(::highper), lifetime: None };
        for attribute in input.attrs.iter().filter(|it| it.path().is_ident("inject")) {
            attribute.parse_nested_meta(|meta| options.read_one(&meta))?;
        }
        Ok(options)
    }

    fn read_one(&mut self, meta: &ParseNestedMeta<'_>) -> Result<(), Error> {
        if meta.path.is_ident("crate") {
            self.root = meta.value()?.parse::<LitStr>()?.parse()?;
            return Ok(());
        }
        for (word, lifetime) in LIFETIMES {
            if meta.path.is_ident(word) {
                self.lifetime = Some(Ident::new(lifetime, meta.path.span()));
                return Ok(());
            }
        }
        Err(meta
            .error("above a struct stands `singleton`, `scoped`, `transient` or `crate = \"..\"`"))
    }
}

/// What a field becomes.
struct Part {
    member: Member,
    needs: TokenStream,
    make: TokenStream,
}

impl Part {
    fn read(index: usize, field: &Field, root: &Path) -> Result<Self, Error> {
        let options = FieldOptions::read(field)?;
        let member = match &field.ident {
            Some(name) => Member::Named(name.clone()),
            None => Member::Unnamed(index.into()),
        };
        let parameter = match &field.ident {
            Some(name) => name.to_string().trim_start_matches("r#").to_owned(),
            None => format_ident!("field_{}", index).to_string(),
        };
        let kind = &field.ty;
        let (needs, make) = match &options.source {
            None if options.default.is_none() => (
                quote! { <#kind as #root::FromContainer>::needs(needs); },
                quote! { <#kind as #root::FromContainer>::from_container(resolver)? },
            ),
            Some(Source::Name(name)) => {
                (quote! { needs.named(#name); }, quote! { resolver.get_named(#name)? })
            }
            Some(Source::Tag(tag)) => (quote! {}, quote! { resolver.tagged(#tag) }),
            Some(Source::Config(key)) => {
                let read = quote! { resolver.config_value::<#kind>(#parameter, #key)? };
                options.value(&parameter, &read, Some((kind, key)))
            }
            None | Some(Source::Value) => {
                let read = quote! { resolver.value::<#kind>(#parameter)? };
                options.value(&parameter, &read, None)
            }
        };
        Ok(Self { member, needs, make })
    }
}

/// What stands above a field.
#[derive(Default)]
struct FieldOptions {
    source: Option<Source>,
    default: Option<Fallback>,
}

enum Source {
    Config(LitStr),
    Name(LitStr),
    Tag(LitStr),
    Value,
}

/// `default`, or `default = ..`.
enum Fallback {
    OfType,
    Given(Box<Expr>),
}

impl FieldOptions {
    fn read(field: &Field) -> Result<Self, Error> {
        let mut options = Self::default();
        for attribute in field.attrs.iter().filter(|it| it.path().is_ident("inject")) {
            attribute.parse_nested_meta(|meta| options.read_one(&meta))?;
        }
        match (&options.source, &options.default) {
            (Some(Source::Name(text) | Source::Tag(text)), Some(_)) => Err(Error::new(
                text.span(),
                "`default` goes with values: `config = \"..\"`, `value`, or alone; for a service that \
                 may be missing write `Option<Arc<..>>`",
            )),
            _ => Ok(options),
        }
    }

    fn read_one(&mut self, meta: &ParseNestedMeta<'_>) -> Result<(), Error> {
        let text = |meta: &ParseNestedMeta<'_>| meta.value()?.parse::<LitStr>();
        let source = if meta.path.is_ident("default") {
            self.default = Some(match meta.input.peek(syn::Token![=]) {
                true => Fallback::Given(Box::new(meta.value()?.parse()?)),
                false => Fallback::OfType,
            });
            return Ok(());
        } else if meta.path.is_ident("config") {
            Source::Config(text(meta)?)
        } else if meta.path.is_ident("name") {
            Source::Name(text(meta)?)
        } else if meta.path.is_ident("tag") {
            Source::Tag(text(meta)?)
        } else if meta.path.is_ident("value") {
            Source::Value
        } else {
            return Err(meta.error(
                "above a field stands `config = \"..\"`, `name = \"..\"`, `tag = \"..\"`, `value` or \
                 `default`",
            ));
        };
        match self.source.replace(source) {
            None => Ok(()),
            Some(_) => Err(meta.error("a field comes from one place: keep one of these")),
        }
    }

    /// A value, with what stands in for it.
    fn value(
        &self,
        parameter: &str,
        read: &TokenStream,
        config: Option<(&Type, &LitStr)>,
    ) -> (TokenStream, TokenStream) {
        let has_default = self.default.is_some();
        let (needs, config) = match config {
            Some((kind, key)) => (
                quote! { needs.config_value::<#kind>(#parameter, #key, #has_default); },
                quote! { ::core::option::Option::Some(#key) },
            ),
            None => (
                quote! { needs.value(#parameter, #has_default); },
                quote! { ::core::option::Option::None },
            ),
        };
        let make = match &self.default {
            None => quote! { #read.ok_or_else(|| resolver.missing_value(#parameter, #config))? },
            Some(Fallback::OfType) => quote! { #read.unwrap_or_default() },
            Some(Fallback::Given(given)) => quote! { #read.unwrap_or_else(|| #given) },
        };
        (needs, make)
    }
}

/// The parts, or every error.
fn all(parts: Vec<Result<Part, Error>>) -> Result<Vec<Part>, Error> {
    let mut errors: Option<Error> = None;
    let mut good = Vec::with_capacity(parts.len());
    for part in parts {
        match (part, &mut errors) {
            (Ok(part), _) => good.push(part),
            (Err(error), Some(errors)) => errors.combine(error),
            (Err(error), None) => errors = Some(error),
        }
    }
    errors.map_or(Ok(good), Err)
}

fn unzip<A, B, C>(items: impl Iterator<Item = (A, B, C)>) -> (Vec<A>, Vec<B>, Vec<C>) {
    let mut lists = (Vec::new(), Vec::new(), Vec::new());
    for (a, b, c) in items {
        lists.0.push(a);
        lists.1.push(b);
        lists.2.push(c);
    }
    lists
}

/// The words above a struct, and the lifetimes that they stand for.
const LIFETIMES: [(&str, &str); 3] =
    [("singleton", "Singleton"), ("scoped", "Scoped"), ("transient", "Transient")];

#[cfg(test)]
mod tests {
    use super::*;

    fn error(item: TokenStream) -> String {
        expand(item).unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_injected_says_why() {
        assert!(error(quote! { enum A { B } }).contains("which variant"));
        assert!(error(quote! { struct A { #[inject(confg = "x")] b: u8 } }).contains("`config ="));
        assert!(error(quote! { #[inject(forever)] struct A; }).contains("`scoped`"));
        let both = quote! { struct A { #[inject(tag = "x", name = "y")] b: u8 } };
        assert!(error(both).contains("one place"));
        let default = quote! { struct A { #[inject(name = "y", default)] b: u8 } };
        assert!(error(default).contains("Option<Arc<..>>"));
    }
}
