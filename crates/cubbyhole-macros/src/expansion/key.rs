//! The key of a call.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::GenericParam;
use syn::ext::IdentExt;

use super::Expansion;

impl Expansion {
    /// Returns the expression that makes the key: a `Result`, because a value may refuse to be serialized.
    pub(super) fn key(&self) -> TokenStream {
        let facade = &self.facade;
        let types = self.types();
        let arguments = match &self.arguments.key {
            None => self.values(),
            Some(key) if types.is_empty() => {
                return quote! {
                    ::core::result::Result::<::std::string::String, #facade::ArgumentError>::Ok(
                        ::std::string::ToString::to_string(&(#key)),
                    )
                };
            }
            Some(key) => quote!(.argument("key", &::std::string::ToString::to_string(&(#key)))),
        };
        quote!(#facade::ArgumentsKey::new() #(.type_name(#types))* #arguments .finish())
    }

    /// Adds the arguments that are part of the key, by name and value.
    fn values(&self) -> TokenStream {
        let in_key = self.parameters.iter().filter(|parameter| parameter.in_key);
        let values = in_key.map(|parameter| {
            let variable = &parameter.name;
            let name = variable.unraw().to_string();
            let borrowed = quote_spanned!(variable.span()=> &#variable);
            quote!(.argument(#name, #borrowed))
        });
        values.collect()
    }

    /// Returns the names of the types on which the answer depends beside the values.
    fn types(&self) -> Vec<TokenStream> {
        let own = self
            .associated
            .then(|| quote!(::core::any::type_name::<Self>()));
        let generic =
            self.function.signature.generics.params.iter().filter_map(
                |parameter| match parameter {
                    GenericParam::Type(parameter) => {
                        let ident = &parameter.ident;
                        Some(quote!(::core::any::type_name::<#ident>()))
                    }
                    GenericParam::Const(parameter) => {
                        let ident = &parameter.ident;
                        Some(quote!(&::std::string::ToString::to_string(&#ident)))
                    }
                    GenericParam::Lifetime(_) => None,
                },
            );
        let anonymous = self
            .parameters
            .iter()
            .filter(|it| it.identifies && it.is_anonymous());
        let anonymous = anonymous.map(|parameter| {
            let name = &parameter.name;
            quote!(::core::any::type_name_of_val(&#name))
        });
        own.into_iter().chain(generic).chain(anonymous).collect()
    }
}
