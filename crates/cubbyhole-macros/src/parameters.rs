//! The parameters of the function: what makes the key, and how each reaches the computation.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{
    Error, FnArg, GenericArgument, Ident, Lifetime, Pat, PathArguments, PathSegment, Receiver,
    ReceiverKind, Result, Signature, Type, TypeReference,
};

use crate::arguments::Arguments;
use crate::function::mentions;
use crate::names;

/// One parameter, `self` among them.
pub(crate) struct Parameter {
    /// Its name; `self` is the keyword.
    pub(crate) name: Ident,
    pub(crate) passing: Passing,
    /// Whether its value is part of the key.
    pub(crate) in_key: bool,
    /// Whether the key or the store cannot be had without it.
    pub(crate) identifies: bool,
    /// How it stands in the signature.
    pub(crate) argument: FnArg,
}

/// How an argument gets into a computation that may outlive the call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Passing {
    /// It is owned, or borrowed for ever.
    Owned,
    /// `&T`
    Borrowed,
    /// `Option<&T>`
    BorrowedOption,
}

impl Parameter {
    pub(crate) fn is_self(&self) -> bool {
        self.name == "self"
    }

    /// Returns the span of the type, for errors about what the argument is.
    pub(crate) fn span(&self) -> Span {
        match &self.argument {
            FnArg::Typed(typed) => typed.ty.span(),
            FnArg::Receiver(receiver) => receiver.self_token.span,
        }
    }

    /// Whether its type is `impl Trait`, or a reference to one.
    pub(crate) fn is_anonymous(&self) -> bool {
        match &self.argument {
            FnArg::Typed(typed) => mentions(&typed.ty.to_token_stream(), &|ident| ident == "impl"),
            FnArg::Receiver(_) => false,
        }
    }
}

/// Reads the parameters and holds the attribute's arguments against them.
pub(crate) fn read(signature: &Signature, arguments: &Arguments) -> Result<Vec<Parameter>> {
    let mut errors: Vec<Error> = Vec::new();
    let mut parameters = Vec::new();
    for argument in &signature.inputs {
        match parameter(argument, signature.asyncness.is_some()) {
            Ok(parameter) => parameters.push(parameter),
            Err(error) => errors.push(error),
        }
    }
    errors.extend(wrong_skips(signature, arguments));
    for parameter in &mut parameters {
        errors.extend(decide(parameter, arguments).err());
    }
    let all = errors.into_iter().reduce(|mut all, error| {
        all.combine(error);
        all
    });
    all.map_or(Ok(parameters), Err)
}

fn parameter(argument: &FnArg, is_async: bool) -> Result<Parameter> {
    let name = name_of(argument)?;
    let passing = match argument {
        FnArg::Receiver(receiver) => passing_of_self(receiver, is_async)?,
        FnArg::Typed(typed) => passing(&typed.ty, is_async)?,
    };
    Ok(Parameter {
        name,
        passing,
        in_key: false,
        identifies: false,
        argument: argument.clone(),
    })
}

fn name_of(argument: &FnArg) -> Result<Ident> {
    let pattern = match argument {
        FnArg::Receiver(receiver) => return Ok(Ident::new("self", receiver.self_token.span)),
        FnArg::Typed(typed) => typed.pat.as_ref(),
    };
    match pattern {
        Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {
            Ok(pattern.ident.clone())
        }
        _ => Err(Error::new_spanned(
            pattern,
            "`cached` needs a name here, which is part of the key: take the pattern apart in the body",
        )),
    }
}

fn passing_of_self(receiver: &Receiver, is_async: bool) -> Result<Passing> {
    match &receiver.kind {
        ReceiverKind::Value => Ok(Passing::Owned),
        ReceiverKind::Reference(_, _, None) => Ok(Passing::Borrowed),
        ReceiverKind::Typed(_, ty) => passing(ty, is_async),
        _ => Err(Error::new_spanned(receiver, MUTABLE)),
    }
}

const MUTABLE: &str = "a cached function cannot change what it is given: when the answer is there already, the function does not run";

fn passing(ty: &Type, is_async: bool) -> Result<Passing> {
    let passing = match ty {
        Type::Group(group) => return passing(&group.elem, is_async),
        Type::Paren(paren) => return passing(&paren.elem, is_async),
        Type::Reference(reference) => borrowed(reference, is_async)?.map(|()| Passing::Borrowed),
        _ => match option_of_reference(ty) {
            Some(reference) => borrowed(reference, is_async)?.map(|()| Passing::BorrowedOption),
            None => {
                refuse_borrows(ty, is_async)?;
                None
            }
        },
    };
    Ok(passing.unwrap_or(Passing::Owned))
}

/// Checks what a reference is to; `None` if it is `'static`.
fn borrowed(reference: &TypeReference, is_async: bool) -> Result<Option<()>> {
    if reference.mutability.is_some() {
        return Err(Error::new_spanned(reference, MUTABLE));
    }
    let inner = reference.elem.as_ref();
    if reference
        .lifetime
        .as_ref()
        .is_some_and(|lifetime| lifetime.ident == "static")
    {
        return Ok(None);
    }
    if let (true, Type::TraitObject(object)) = (is_async, inner) {
        let message = "a cached async function needs an owned value of what it borrows, and a trait object cannot be \
                       cloned: take `&Arc<dyn …>`";
        return Err(Error::new_spanned(object, message));
    }
    refuse_borrows(inner, is_async)?;
    Ok(Some(()))
}

/// Returns the reference in `Option<&T>`.
fn option_of_reference(ty: &Type) -> Option<&TypeReference> {
    let segment = last_segment(ty).filter(|segment| segment.ident == "Option")?;
    match type_arguments(segment).as_slice() {
        [Type::Reference(reference)] => Some(reference),
        _ => None,
    }
}

/// Returns the last segment of the path of a type, where its name and its parameters are.
pub(crate) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

/// Returns the types between the angle brackets of a path.
pub(crate) fn type_arguments(segment: &PathSegment) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return Vec::new();
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

/// A computation of its own can only be given what is owned all through.
fn refuse_borrows(ty: &Type, is_async: bool) -> Result<()> {
    let mut borrows = Borrows::default();
    borrows.visit_type(ty);
    match borrows.first {
        Some(tokens) if is_async => {
            let message = "a cached async function makes what it borrows owned, and cannot do so inside another type: \
                           take owned values here, such as `&[String]` for `&[&str]`";
            Err(Error::new_spanned(tokens, message))
        }
        _ => Ok(()),
    }
}

/// Finds the first thing in a type that is borrowed for less than ever.
#[derive(Default)]
pub(crate) struct Borrows {
    pub(crate) first: Option<TokenStream>,
}

impl Borrows {
    fn found(&mut self, tokens: &impl ToTokens) {
        self.first.get_or_insert_with(|| tokens.to_token_stream());
    }
}

impl<'ast> Visit<'ast> for Borrows {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        if reference.lifetime.is_none() {
            self.found(reference);
        }
        syn::visit::visit_type_reference(self, reference);
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if lifetime.ident != "static" {
            self.found(lifetime);
        }
    }

    /// What a function pointer takes and returns is lent when it is called.
    fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments(
        &mut self,
        _: &'ast syn::ParenthesizedGenericArguments,
    ) {
    }

    fn visit_bound_lifetimes(&mut self, _: &'ast syn::BoundLifetimes) {}
}

/// The names in `skip(…)` that no parameter has.
fn wrong_skips(signature: &Signature, arguments: &Arguments) -> Vec<Error> {
    let Some(skip) = &arguments.skip else {
        return Vec::new();
    };
    if arguments.key.is_some() {
        let message = "`skip` and `key` exclude each other: `key` leaves out every argument that it does not mention";
        return vec![Error::new(skip.span, message)];
    }
    let known: Vec<String> = signature
        .inputs
        .iter()
        .filter_map(|argument| name_of(argument).ok())
        .map(|name| name.unraw().to_string())
        .collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let unknown = skip
        .names
        .iter()
        .filter(|name| !known.contains(&name.unraw().to_string().as_str()));
    unknown
        .map(|name| {
            let function = signature.ident.unraw();
            let message = if known.is_empty() {
                format!("`{function}` has no argument `{name}`: it has none")
            } else {
                let known = names::known(&name.unraw().to_string(), &known);
                format!("`{function}` has no argument `{name}`: {known}")
            };
            Error::new(name.span(), message)
        })
        .collect()
}

/// Decides what a parameter is needed for.
fn decide(parameter: &mut Parameter, arguments: &Arguments) -> Result<()> {
    let name = parameter.name.unraw().to_string();
    let skipped = arguments
        .skip
        .as_ref()
        .is_some_and(|skip| skip.names.iter().any(|skipped| skipped.unraw() == name));
    let said = |value: &Option<syn::Expr>| {
        value
            .as_ref()
            .is_some_and(|value| expression_mentions(&quote!(#value), &name))
    };
    parameter.in_key = arguments.key.is_none() && !skipped;
    parameter.identifies = parameter.in_key || said(&arguments.key) || said(&arguments.store);
    if parameter.is_self() && parameter.in_key {
        let message = "what `self` is would not be part of the key: add `skip(self)` if it does not change the answer, \
                       else say with `key = …` what tells one from another";
        return Err(Error::new_spanned(&parameter.argument, message));
    }
    Ok(())
}

/// Whether an expression mentions a variable, be it inside the text of a format string.
fn expression_mentions(expression: &TokenStream, name: &str) -> bool {
    let in_text = |literal: String| {
        let mut rest = literal.split('{').skip(1);
        rest.any(|rest| {
            rest.strip_prefix(name)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    };
    mentions(expression, &|ident| ident.trim_start_matches("r#") == name)
        || literals(expression).into_iter().any(in_text)
}

fn literals(tokens: &TokenStream) -> Vec<String> {
    let found = tokens.clone().into_iter().map(|token| match token {
        proc_macro2::TokenTree::Literal(literal) => vec![literal.to_string()],
        proc_macro2::TokenTree::Group(group) => literals(&group.stream()),
        _ => Vec::new(),
    });
    found.flatten().collect()
}

#[cfg(test)]
mod tests;
