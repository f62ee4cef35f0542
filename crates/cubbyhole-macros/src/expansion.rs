//! From one function to six: itself, its companions, and what they have in common.

mod companions;
mod key;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Error, FnArg, GenericParam, Pat, Result};

use crate::arguments::Arguments;
use crate::function::Function;
use crate::parameters::{self, Parameter, Passing};
use crate::policy::CheckedPolicy;
use crate::returns::Returns;

/// Expands the attribute; what is wrong becomes compile errors beside the function as it was.
pub(crate) fn cached(arguments: TokenStream, function: TokenStream) -> TokenStream {
    let written = function.clone();
    Expansion::of(arguments, function).map_or_else(
        |error| {
            let error = error.into_compile_error();
            quote!(#error #written)
        },
        |expansion| expansion.tokens(),
    )
}

/// All that is known of the function and its cache.
pub(crate) struct Expansion {
    arguments: Arguments,
    function: Function,
    parameters: Vec<Parameter>,
    returns: Returns,
    policy: TokenStream,
    facade: TokenStream,
    /// Whether a `None` is a negative answer.
    negative: bool,
    /// Whether the companions are reached through `Self`.
    associated: bool,
}

impl Expansion {
    fn of(arguments: TokenStream, function: TokenStream) -> Result<Self> {
        let arguments: Result<Arguments> = syn::parse2(arguments);
        let function = syn::parse2(function).and_then(|function: Function| {
            function.check()?;
            Ok(function)
        });
        let (arguments, function) = both(arguments, function)?;
        let facade = arguments.facade();
        let parameters = parameters::read(&function.signature, &arguments);
        let returns = Returns::of(&function.signature, &facade);
        let policy = policy_of(&arguments, function.is_async(), &facade);
        let ((parameters, returns), policy) = both(both(parameters, returns), policy)?;
        let negative = is_negative(&arguments, &returns)?;
        let associated = arguments.associated || function.is_associated();
        Ok(Self {
            arguments,
            function,
            parameters,
            returns,
            policy,
            facade,
            negative,
            associated,
        })
    }

    fn tokens(&self) -> TokenStream {
        let entry = self.entry();
        let cached = self.cached();
        let refresh = self.refresh();
        let invalidate = self.invalidate();
        let load = self.load();
        let uncached = self.uncached();
        quote!(#entry #cached #refresh #invalidate #load #uncached)
    }

    /// Names a companion.
    fn name(&self, suffix: &str) -> Ident {
        let function = &self.function.signature.ident;
        format_ident!("{}_{suffix}", function.unraw(), span = function.span())
    }

    /// Returns the path by which a companion is called.
    fn path(&self, suffix: &str) -> TokenStream {
        let name = self.name(suffix);
        let of_type = self.associated.then(|| quote!(Self::));
        quote!(#of_type #name)
    }

    /// Returns the call of a companion that has all parameters, each as `given` says.
    fn call(&self, suffix: &str, given: impl Fn(&Parameter) -> TokenStream) -> TokenStream {
        let path = self.path(suffix);
        let generics = self.generic_names();
        let generics = (!generics.is_empty()).then(|| quote!(::<#(#generics),*>));
        let given = self.parameters.iter().map(given);
        let wait = self.wait();
        quote!(#path #generics (#(#given),*) #wait)
    }

    /// Returns the names of the generic types and constants.
    fn generic_names(&self) -> Vec<&Ident> {
        let parameters = self.function.signature.generics.params.iter();
        let names = parameters.filter_map(|parameter| match parameter {
            GenericParam::Type(parameter) => Some(&parameter.ident),
            GenericParam::Const(parameter) => Some(&parameter.ident),
            GenericParam::Lifetime(_) => None,
        });
        names.collect()
    }

    /// Returns a signature with another name, some of the parameters, and another return type.
    fn signature(
        &self,
        name: &Ident,
        wanted: impl Fn(&Parameter) -> bool,
        output: &TokenStream,
    ) -> TokenStream {
        let signature = &self.function.signature;
        let (asyncness, generics) = (&signature.asyncness, &signature.generics);
        let bounds = &generics.where_clause;
        let inputs = self
            .parameters
            .iter()
            .filter(|it| wanted(it))
            .map(without_mut);
        quote!(#asyncness fn #name #generics (#(#inputs),*) -> #output #bounds)
    }

    /// Returns `.await` in an async function.
    fn wait(&self) -> Option<TokenStream> {
        self.function.is_async().then(|| quote!(.await))
    }

    /// Returns the name of an operation of the store: plain functions have one that blocks.
    fn operation(&self, name: &str) -> Ident {
        let blocking = if self.function.is_async() {
            ""
        } else {
            "_blocking"
        };
        Ident::new(&format!("{name}{blocking}"), Span::mixed_site())
    }

    /// Returns the statements that bind the entry, the store and the key.
    fn place(&self) -> TokenStream {
        let facade = &self.facade;
        let (path, key) = (self.path("entry"), self.key());
        let store = match &self.arguments.store {
            Some(store) => quote!(&(#store)),
            None => quote!(#facade::CacheStore::global()),
        };
        quote_spanned! {Span::mixed_site()=>
            let entry = #path();
            let store: &#facade::CacheStore = #store;
            let key = #key;
        }
    }
}

/// Returns both, or the errors of both.
fn both<A, B>(a: Result<A>, b: Result<B>) -> Result<(A, B)> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(mut a), Err(b)) => {
            a.combine(b);
            Err(a)
        }
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
    }
}

/// Returns the expression that makes the policy.
fn policy_of(arguments: &Arguments, is_async: bool, facade: &TokenStream) -> Result<TokenStream> {
    let wrong = arguments.fields.iter().filter_map(|field| {
        let name = field.name();
        let message = if arguments.policy.is_some() {
            format!("`{name}` is a part of the policy, and here `policy` is an expression that makes all of it")
        } else if !is_async && LIMITS.iter().any(|limit| field.is(limit)) {
            format!("`{name}` needs an async function: a plain one is computed on the thread of its caller, unlimited")
        } else {
            return None;
        };
        Some(Error::new(name.span(), message))
    });
    let wrong = wrong.reduce(|mut all, error| {
        all.combine(error);
        all
    });
    match (wrong, &arguments.policy) {
        (Some(error), _) => Err(error),
        (None, Some((_, policy))) => Ok(policy.to_token_stream()),
        (None, None) => CheckedPolicy::of(&arguments.fields)?.tokens(facade),
    }
}

/// The options that are about the task in which a computation runs.
const LIMITS: &[&str] = &["soft_timeout", "hard_timeout", "max_computations"];

/// Whether a `None` is a negative answer; refuses to say so where there is no `None`, or nothing that remembers it.
fn is_negative(arguments: &Arguments, returns: &Returns) -> Result<bool> {
    let remembered = arguments
        .fields
        .iter()
        .any(|field| field.is("negative_ttl"));
    match arguments.negative {
        Some(span) if !returns.is_option => {
            let message = "`negative` is about the `None` of a function that returns an `Option`";
            Err(Error::new(span, message))
        }
        Some(span) if !remembered && arguments.policy.is_none() => {
            let message = "`negative` needs `negative_ttl`, which says how long a negative answer is remembered";
            Err(Error::new(span, message))
        }
        Some(_) => Ok(true),
        None => Ok(remembered && returns.is_option),
    }
}

/// Returns how a parameter stands in a signature whose body does not change it.
fn without_mut(parameter: &Parameter) -> FnArg {
    let mut argument = parameter.argument.clone();
    match &mut argument {
        FnArg::Receiver(receiver) => receiver.mutability = None,
        FnArg::Typed(typed) => {
            if let Pat::Ident(pattern) = typed.pat.as_mut() {
                pattern.mutability = None;
            }
        }
    }
    argument
}

/// Returns the variable in which an argument waits for the computation; `self` cannot be bound again.
fn held(parameter: &Parameter) -> Ident {
    if parameter.is_self() {
        Ident::new("receiver", Span::mixed_site())
    } else {
        parameter.name.clone()
    }
}

/// Returns `<type as required>::item`; if the type is not what is required, the error is shown at the type.
fn required(ty: &TokenStream, required: &TokenStream, item: &str) -> TokenStream {
    let mut spans = ty.clone().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    let last = spans.last().unwrap_or(first);
    let (required, item) = (at(required, last), Ident::new(item, last));
    let (open, close) = (quote_spanned!(first=> <), quote_spanned!(last=> >::#item));
    quote!(#open #ty as #required #close)
}

/// Moves tokens to where an error in them is to be shown; they mean what they meant.
fn at(tokens: &TokenStream, span: Span) -> TokenStream {
    let tokens = tokens.clone().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(span));
        token
    });
    tokens.collect()
}

/// Returns the statement that makes an argument fit to outlive the call, if it takes one.
fn hold(parameter: &Parameter, needed_again: bool, facade: &TokenStream) -> Option<TokenStream> {
    let (name, held) = (&parameter.name, held(parameter));
    let span = parameter.span();
    let facade = at(facade, span);
    let value = match parameter.passing {
        Passing::Borrowed => quote_spanned!(span=> #facade::generated::hold(#name)),
        Passing::BorrowedOption => {
            quote_spanned!(span=> ::core::option::Option::map(#name, #facade::generated::hold))
        }
        Passing::Owned if needed_again => {
            quote_spanned!(span=> ::core::clone::Clone::clone(&#name))
        }
        Passing::Owned if parameter.is_self() => quote!(#name),
        Passing::Owned => return None,
    };
    Some(quote!(let #held = #value;))
}

/// Returns an argument as the function takes it, from where it waits.
fn taken(parameter: &Parameter, facade: &TokenStream) -> TokenStream {
    let held = held(parameter);
    match parameter.passing {
        Passing::Borrowed => quote!(#held.get()),
        Passing::BorrowedOption => quote! {
            ::core::option::Option::map(::core::option::Option::as_ref(&#held), #facade::generated::Held::get)
        },
        Passing::Owned => quote!(#held),
    }
}

#[cfg(test)]
mod tests;
