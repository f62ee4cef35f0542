//! The functions that are written.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Attribute;
use syn::ext::IdentExt;

use super::{Expansion, hold, required, taken};

impl Expansion {
    /// The registry entry. Its path is that of the `here` in it, which is found even inside an `impl` or a function.
    pub(super) fn entry(&self) -> TokenStream {
        let (facade, policy, value) = (&self.facade, &self.policy, &self.returns.value);
        let visibility = &self.function.visibility;
        let attributes = self.attributes_of_companion("Returns the registry entry of `{}`.");
        let name = self.name("entry");
        let uid = match &self.arguments.uid {
            Some(uid) => uid.to_token_stream(),
            None => quote_spanned! {Span::mixed_site()=>
                #facade::generated::uid(::core::any::type_name_of_val(&here))
            },
        };
        let here = self
            .arguments
            .uid
            .is_none()
            .then(|| quote_spanned!(Span::mixed_site()=> fn here() {}));
        let kind = match &self.arguments.kind {
            Some(kind) => kind.to_token_stream(),
            None => quote!("function"),
        };
        let kept = required(value, &quote!(#facade::generated::Value), "Same");
        let failure = self.returns.error.as_ref().map(|error| {
            let failure = required(error, &quote!(#facade::generated::Failure), "Same");
            quote!(_: #failure)
        });
        quote_spanned! {Span::mixed_site()=>
            #attributes
            #[must_use]
            #visibility fn #name() -> &'static #facade::CachedRegistryEntry<#value> {
                #here
                // A signature is checked before any body, and its errors are the first that are shown.
                fn checked(_: #kept, #failure) {}
                static ENTRY: ::std::sync::LazyLock<#facade::CachedRegistryEntry<#value>> =
                    ::std::sync::LazyLock::new(|| {
                        #facade::CachedRegistryEntry::new(#uid, #policy).with_kind(#kind)
                    });
                &ENTRY
            }
        }
    }

    /// The function itself, which asks the cache first.
    pub(super) fn cached(&self) -> TokenStream {
        let attributes = self.function.attributes.iter().map(as_allow);
        let visibility = &self.function.visibility;
        let output = self.output();
        let signature = self.signature(&self.function.signature.ident, |_| true, &output);
        let body = self.answer("get_or_load");
        quote! {
            #(#attributes)*
            #[allow(
                clippy::needless_pass_by_value,
                clippy::used_underscore_binding,
                reason = "the function with the body is another"
            )]
            #visibility #signature { #body }
        }
    }

    pub(super) fn refresh(&self) -> TokenStream {
        let attributes = self.attributes_of_companion(
            "Computes the answer of `{}` anew, even if there is one, and keeps it.",
        );
        let visibility = &self.function.visibility;
        let output = self.output();
        let signature = self.signature(&self.name("refresh"), |_| true, &output);
        let body = self.answer("refresh");
        quote!(#attributes #visibility #signature { #body })
    }

    pub(super) fn invalidate(&self) -> TokenStream {
        let (facade, value) = (&self.facade, &self.returns.value);
        let attributes = self.attributes_of_companion(
            "Deletes the answer of `{}`, and returns it if there was one.",
        );
        let visibility = &self.function.visibility;
        let output = quote! {
            ::core::result::Result<::core::option::Option<#value>, #facade::CacheError>
        };
        let signature = self.signature(&self.name("invalidate"), |it| it.identifies, &output);
        let (place, delete, wait) = (self.place(), self.operation("delete"), self.wait());
        quote_spanned! {Span::mixed_site()=>
            #attributes
            #visibility #signature {
                #place
                match key {
                    ::core::result::Result::Ok(key) => store.#delete(entry, &key) #wait,
                    ::core::result::Result::Err(error) => {
                        ::core::result::Result::Err(#facade::generated::no_key(entry, error))
                    }
                }
            }
        }
    }

    /// The function as it was written, under another name.
    pub(super) fn uncached(&self) -> TokenStream {
        let visibility = &self.function.visibility;
        let mut signature = self.function.signature.clone();
        signature.ident = self.name("uncached");
        let body = &self.function.body;
        let attributes = self.inherited_attributes();
        let documentation =
            self.documentation("Computes the answer of `{}` and leaves the cache alone.");
        quote! {
            #documentation
            #(#attributes)*
            #[allow(
                clippy::missing_errors_doc,
                clippy::missing_panics_doc,
                clippy::must_use_candidate,
                reason = "the function that it is the body of says it"
            )]
            #visibility #signature #body
        }
    }

    /// The computation: the answer, and what else the cache is to know of it.
    pub(super) fn load(&self) -> TokenStream {
        let (facade, value) = (&self.facade, &self.returns.value);
        let error = self.returns.error_of_computation();
        let attributes = self.attributes_of_companion("Computes the answer of `{}` for the cache.");
        let output = quote!(::core::result::Result<#facade::Loaded<#value>, #error>);
        let signature = self.signature(&self.name("load"), |_| true, &output);
        let tags = &self.arguments.tags;
        let (bind_tags, add_tags) = if tags.is_empty() {
            (None, None)
        } else {
            let texts = quote!([#(::std::string::String::from(#tags)),*]);
            (
                Some(quote_spanned!(Span::mixed_site()=> let tags = #texts;)),
                Some(quote_spanned!(Span::mixed_site()=> let loaded = loaded.with_tags(tags);)),
            )
        };
        let (is_negative, mark_negative) = if self.negative {
            (
                Some(
                    quote_spanned!(Span::mixed_site()=> let negative = ::core::option::Option::is_none(&value);),
                ),
                Some(quote_spanned!(Span::mixed_site()=>
                    let loaded = if negative { loaded.negative() } else { loaded };
                )),
            )
        } else {
            (None, None)
        };
        let answer = self.call("uncached", |parameter| parameter.name.to_token_stream());
        let outcome = if self.returns.error.is_some() {
            quote_spanned!(Span::mixed_site()=> ::core::result::Result::map(#answer, loaded))
        } else {
            quote_spanned!(Span::mixed_site()=> ::core::result::Result::Ok(loaded(#answer)))
        };
        quote_spanned! {Span::mixed_site()=>
            #attributes
            #signature {
                #bind_tags
                let loaded = |value: #value| {
                    #is_negative
                    let loaded = #facade::Loaded::new(value);
                    #add_tags
                    #mark_negative
                    loaded
                };
                #outcome
            }
        }
    }

    /// Returns the body that asks the store for the answer by an operation which takes a loader.
    fn answer(&self, operation: &str) -> TokenStream {
        let facade = &self.facade;
        let (place, operation, wait) = (self.place(), self.operation(operation), self.wait());
        let (hold, loader) = self.loader();
        let end = self.end();
        quote_spanned! {Span::mixed_site()=>
            #place
            let outcome: ::core::result::Result<_, #facade::CacheError> = match key {
                ::core::result::Result::Ok(key) => {
                    #hold
                    store.#operation(entry, &key, #loader) #wait
                }
                ::core::result::Result::Err(error) => {
                    ::core::result::Result::Err(#facade::generated::no_key(entry, error))
                }
            };
            #end
        }
    }

    /// Returns the closure that computes, and what has to be done for it first.
    ///
    /// In an async function it owns what it is given. In a plain one it borrows what it can.
    fn loader(&self) -> (TokenStream, TokenStream) {
        let facade = &self.facade;
        let needed_again = self.returns.error.is_none();
        if self.function.is_async() {
            let hold = self
                .parameters
                .iter()
                .filter_map(|it| hold(it, needed_again, facade));
            let load = self.call("load", |parameter| taken(parameter, facade));
            return (hold.collect(), quote!(move || async move { #load }));
        }
        let load = self.call("load", |parameter| {
            let name = &parameter.name;
            if needed_again {
                quote!(::core::clone::Clone::clone(&#name))
            } else {
                quote!(#name)
            }
        });
        (TokenStream::new(), quote!(|| #load))
    }

    /// Returns what comes of the outcome: the error of the function, or, if it has none, a call that passes the cache.
    fn end(&self) -> TokenStream {
        let facade = &self.facade;
        if let Some(error) = &self.returns.error {
            let from = required(
                error,
                &quote!(::core::convert::From<#facade::CacheError>),
                "from",
            );
            return quote_spanned! {Span::mixed_site()=>
                ::core::result::Result::map_err(outcome, #from)
            };
        }
        let uncached = self.call("uncached", |parameter| parameter.name.to_token_stream());
        quote_spanned! {Span::mixed_site()=>
            match #facade::generated::answer(outcome) {
                ::core::option::Option::Some(value) => value,
                ::core::option::Option::None => #uncached,
            }
        }
    }

    fn output(&self) -> TokenStream {
        match &self.function.signature.output {
            syn::ReturnType::Type(_, ty) => ty.to_token_stream(),
            syn::ReturnType::Default => quote!(()),
        }
    }

    /// Returns one line of documentation, with the name of the function for `{}`.
    fn documentation(&self, line: &str) -> TokenStream {
        let function = self.function.signature.ident.unraw().to_string();
        let line = line.replace("{}", &function);
        quote!(#[doc = #line])
    }

    /// Returns the attributes of a companion whose code nobody wrote.
    fn attributes_of_companion(&self, line: &str) -> TokenStream {
        let documentation = self.documentation(line);
        let attributes = self.inherited_attributes();
        quote! {
            #documentation
            #(#attributes)*
            #[allow(
                dead_code,
                unused_variables,
                clippy::all,
                clippy::pedantic,
                clippy::nursery,
                reason = "written by `cached`: nobody has to call it, and nobody can change it"
            )]
        }
    }

    /// Returns the attributes that every function gets which is written: conditions, and levels of lints.
    fn inherited_attributes(&self) -> Vec<Attribute> {
        let attributes = self.function.attributes.iter();
        let inherited = attributes.filter(|attribute| {
            let names = ["cfg", "allow", "expect", "warn", "deny", "forbid"];
            names.iter().any(|name| attribute.path().is_ident(name))
        });
        inherited.map(as_allow).collect()
    }
}

/// Makes `allow` of `expect`: what is expected happens in one of several functions, nobody knows in which.
fn as_allow(attribute: &Attribute) -> Attribute {
    let mut attribute = attribute.clone();
    if attribute.path().is_ident("expect")
        && let syn::Meta::List(list) = &mut attribute.meta
    {
        let span = list
            .path
            .get_ident()
            .map_or_else(Span::call_site, Ident::span);
        list.path = syn::Path::from(format_ident!("allow", span = span));
    }
    attribute
}
