//! The function that carries the attribute, and whether it can be cached at all.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Result, Safety, Signature, Visibility};

/// A function whose body is not looked into.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: Group,
}

impl Parse for Function {
    fn parse(input: ParseStream) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let ahead = input.fork();
        let signature: Signature = input.parse().map_err(|error| {
            if ahead.peek(syn::Token![fn]) || ahead.peek(syn::Token![async]) {
                error
            } else {
                ahead.error("`cached` goes on functions and methods")
            }
        })?;
        let body = match input.parse::<TokenTree>() {
            Ok(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => body,
            _ => {
                let message = "`cached` needs a function with a body";
                return Err(Error::new(signature.ident.span(), message));
            }
        };
        Ok(Self {
            attributes,
            visibility,
            signature,
            body,
        })
    }
}

impl Function {
    /// Refuses what a cache cannot stand behind.
    pub(crate) fn check(&self) -> Result<()> {
        let signature = &self.signature;
        let refuse = |tokens: &dyn ToTokens, message| Err(Error::new_spanned(tokens, message));
        if let Some(token) = &signature.constness {
            return refuse(
                token,
                "a `const fn` cannot be cached: a cache is there only when the program runs",
            );
        }
        if let Safety::Unsafe(token) = &signature.safety {
            let message = "an `unsafe fn` cannot be cached: make it safe, and say inside why it is";
            return refuse(token, message);
        }
        if let Some(abi) = &signature.abi {
            let message = "an `extern` function cannot be cached: its callers are not Rust; cache a function that it calls";
            return refuse(abi, message);
        }
        Ok(())
    }

    pub(crate) const fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
    }

    /// Whether it says that it belongs to a type: by `self`, or by `Self`.
    ///
    /// Items in a body can have a `Self` of their own, so a body that has such items does not count.
    pub(crate) fn is_associated(&self) -> bool {
        let says = |tokens: TokenStream, words: &[&str]| {
            mentions(&tokens, &|ident| words.contains(&ident))
        };
        let body = self.body.stream();
        let has_types = says(body.clone(), &["impl", "trait", "struct", "enum", "union"]);
        self.signature.receiver().is_some()
            || says(self.signature.to_token_stream(), &["Self"])
            || (!has_types && says(body, &["Self"]))
    }
}

/// Whether any identifier, at any depth, is wanted.
pub(crate) fn mentions(tokens: &TokenStream, wanted: &dyn Fn(&str) -> bool) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => wanted(&ident.to_string()),
        TokenTree::Group(group) => mentions(&group.stream(), wanted),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn function(tokens: TokenStream) -> Result<Function> {
        let function: Function = syn::parse2(tokens)?;
        function.check()?;
        Ok(function)
    }

    fn problem(tokens: TokenStream) -> String {
        function(tokens).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn functions_of_all_kinds_are_read() {
        for tokens in [
            quote!(
                fn f() {}
            ),
            quote!(
                pub(crate) async fn f<T: Clone>(&self, x: T) -> u32
                where
                    T: Send,
                {
                    1
                }
            ),
            quote!(#[inline] fn f(x: impl Clone) -> Vec<u8> { this is not even Rust }),
        ] {
            assert!(function(tokens.clone()).is_ok(), "{tokens}");
        }
    }

    #[test]
    fn what_is_no_function_or_cannot_be_cached_is_refused() {
        for (tokens, message) in [
            (
                quote!(
                    struct S;
                ),
                "`cached` goes on functions",
            ),
            (
                quote!(
                    fn f();
                ),
                "`cached` needs a function with a body",
            ),
            (
                quote!(
                    const fn f() -> u32 {
                        1
                    }
                ),
                "a `const fn` cannot",
            ),
            (
                quote!(
                    unsafe fn f() -> u32 {
                        1
                    }
                ),
                "an `unsafe fn` cannot",
            ),
            (
                quote!(
                    extern "C" fn f() -> u32 {
                        1
                    }
                ),
                "an `extern` function cannot",
            ),
        ] {
            let problem = problem(tokens);
            assert!(problem.starts_with(message), "{problem}");
        }
    }

    #[test]
    fn a_type_is_told_by_self() {
        let associated = |tokens| function(tokens).unwrap().is_associated();
        assert!(associated(quote!(
            fn f(&self) {}
        )));
        assert!(associated(quote!(
            fn f(x: Self) {}
        )));
        assert!(associated(quote!(
            fn f() {
                g(Self::N)
            }
        )));
        assert!(!associated(quote!(
            fn f() {
                g(N)
            }
        )));
        assert!(!associated(quote!(
            fn f() {
                impl A for B {
                    fn new() -> Self {
                        Self
                    }
                }
            }
        )));
    }
}
