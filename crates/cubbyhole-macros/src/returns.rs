//! What the function returns: the value that is kept, and the error that is not.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::visit::Visit;
use syn::{
    Error, GenericParam, Generics, Ident, Result, ReturnType, Signature, Type, TypeImplTrait,
};

use crate::parameters::{Borrows, last_segment, type_arguments};

/// The return type, taken apart.
pub(crate) struct Returns {
    /// The type of what is kept.
    pub(crate) value: TokenStream,
    /// The type of the error, if the function returns a `Result`.
    pub(crate) error: Option<TokenStream>,
    /// Whether what is kept is an `Option`.
    pub(crate) is_option: bool,
}

impl Returns {
    pub(crate) fn of(signature: &Signature, facade: &TokenStream) -> Result<Self> {
        let ReturnType::Type(_, ty) = &signature.output else {
            let message =
                "a cached function returns what is to be kept, and this one returns nothing";
            return Err(Error::new(signature.ident.span(), message));
        };
        refuse(ty, &signature.generics)?;
        let Some(result) = last_segment(ty).filter(|segment| segment.ident == "Result") else {
            return Ok(Self {
                value: ty.to_token_stream(),
                error: None,
                is_option: is_option(ty),
            });
        };
        // An alias such as `io::Result<V>` leaves out the error, and one such as `fmt::Result` the value too.
        let arguments = type_arguments(result);
        let projected = |name: TokenStream| quote!(<#ty as #facade::generated::Outcome>::#name);
        Ok(Self {
            value: arguments
                .first()
                .map_or_else(|| projected(quote!(Value)), ToTokens::to_token_stream),
            error: Some(
                arguments
                    .get(1)
                    .map_or_else(|| projected(quote!(Error)), ToTokens::to_token_stream),
            ),
            is_option: arguments.first().is_some_and(|value| is_option(value)),
        })
    }

    /// Returns the error of the computation, which cannot fail if the function cannot.
    pub(crate) fn error_of_computation(&self) -> TokenStream {
        match &self.error {
            Some(error) => error.clone(),
            None => quote!(::core::convert::Infallible),
        }
    }
}

fn is_option(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|segment| segment.ident == "Option")
}

/// Refuses types that no `static` can have.
fn refuse(ty: &Type, generics: &Generics) -> Result<()> {
    let mut unnamed = Unnamed {
        generics,
        first: None,
    };
    unnamed.visit_type(ty);
    if let Some(error) = unnamed.first {
        return Err(error);
    }
    let mut borrows = Borrows::default();
    borrows.visit_type(ty);
    borrows.first.map_or(Ok(()), |tokens| {
        let message = "a cached value outlives the call and cannot borrow: return an owned value, or an `Arc` of one";
        Err(Error::new_spanned(tokens, message))
    })
}

/// Finds the first part of a type that has no name outside the function.
struct Unnamed<'a> {
    generics: &'a Generics,
    first: Option<Error>,
}

impl Unnamed<'_> {
    fn found(&mut self, tokens: impl ToTokens, message: &str) {
        self.first
            .get_or_insert_with(|| Error::new_spanned(tokens, message));
    }

    fn is_parameter(&self, ident: &Ident) -> bool {
        self.generics
            .params
            .iter()
            .any(|parameter| match parameter {
                GenericParam::Type(parameter) => parameter.ident == *ident,
                GenericParam::Const(parameter) => parameter.ident == *ident,
                GenericParam::Lifetime(_) => false,
            })
    }
}

impl<'ast> Visit<'ast> for Unnamed<'_> {
    fn visit_type_impl_trait(&mut self, ty: &'ast TypeImplTrait) {
        let message = "a cached value needs a type with a name: return a concrete type instead of `impl Trait`";
        self.found(ty, message);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if let Some(first) = path.segments.first() {
            if first.ident == "Self" {
                let message = "a cached value needs a type with a name: write out what `Self` is";
                self.found(&first.ident, message);
            } else if self.is_parameter(&first.ident) {
                let message = "a cached value cannot be of a generic type, because the function has one cache for all \
                               types: return a concrete type";
                self.found(&first.ident, message);
            }
        }
        syn::visit::visit_path(self, path);
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn returns(tokens: TokenStream) -> Result<Returns> {
        let signature: Signature = syn::parse2(tokens).unwrap();
        Returns::of(&signature, &quote!(c))
    }

    fn parts(tokens: TokenStream) -> (String, Option<String>, bool) {
        let returns = returns(tokens).unwrap();
        let error = returns.error.map(|error| error.to_string());
        (returns.value.to_string(), error, returns.is_option)
    }

    #[test]
    fn results_are_taken_apart_by_name() {
        let text = |tokens: TokenStream| tokens.to_string();
        for (function, value, error, is_option) in [
            (quote!(fn f() -> u32), quote!(u32), None, false),
            (
                quote!(fn f() -> Option<u32>),
                quote!(Option<u32>),
                None,
                true,
            ),
            (
                quote!(fn f() -> Result<u32, E>),
                quote!(u32),
                Some(quote!(E)),
                false,
            ),
            (
                quote!(fn f() -> std::result::Result<Option<u32>, m::E>),
                quote!(Option<u32>),
                Some(quote!(m::E)),
                true,
            ),
            (
                quote!(fn f() -> io::Result<u32>),
                quote!(u32),
                Some(quote!(<io::Result<u32> as c::generated::Outcome>::Error)),
                false,
            ),
            (
                quote!(fn f() -> fmt::Result),
                quote!(<fmt::Result as c::generated::Outcome>::Value),
                Some(quote!(<fmt::Result as c::generated::Outcome>::Error)),
                false,
            ),
        ] {
            assert_eq!(parts(function), (text(value), error.map(text), is_option));
        }
    }

    #[test]
    fn types_without_a_name_are_refused() {
        for (function, message) in [
            (quote!(fn f()), "a cached function returns what"),
            (
                quote!(fn f() -> impl Clone),
                "a cached value needs a type with a name: return",
            ),
            (
                quote!(fn f() -> Result<Vec<impl Clone>, E>),
                "a cached value needs a type with a name: return",
            ),
            (
                quote!(fn f() -> Result<Self, E>),
                "a cached value needs a type with a name: write",
            ),
            (
                quote!(fn f<T>() -> Vec<T>),
                "a cached value cannot be of a generic type",
            ),
            (
                quote!(fn f<T: Load>() -> T::Answer),
                "a cached value cannot be of a generic type",
            ),
            (
                quote!(fn f<const N: usize>() -> [u8; N]),
                "a cached value cannot be of a generic type",
            ),
            (
                quote!(fn f(x: &str) -> &str),
                "a cached value outlives the call",
            ),
            (
                quote!(fn f(x: &str) -> Result<Cow<'_, str>, E>),
                "a cached value outlives the call",
            ),
            (
                quote!(fn f<'a>(x: &'a str) -> Option<&'a str>),
                "a cached value outlives the call",
            ),
        ] {
            let problem = returns(function).map(|_| ()).unwrap_err().to_string();
            assert!(problem.starts_with(message), "{problem}");
        }
    }

    #[test]
    fn what_is_there_for_ever_is_fine() {
        for function in [
            quote!(fn f() -> &'static str),
            quote!(fn f() -> Cow<'static, str>),
            quote!(fn f() -> fn(&str) -> usize),
            quote!(fn f<T>(x: T) -> Box<dyn Fn(&str) -> usize + Send>),
        ] {
            assert!(returns(function).is_ok());
        }
    }
}
