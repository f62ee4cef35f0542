//! The policy that the arguments describe: judged by the policy crate, written as the code that makes it.

mod value;

use std::cell::Cell;
use std::time::Duration;

use cubbyhole_policy::{CachePolicy, CacheType, TtlPolicy};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use serde::Deserialize;
use serde::de::value::{Error as ValueError, MapDeserializer};
use syn::{Error, Expr, ExprLit, Ident, Lit, Result};

use value::Value;

/// The names of the fields of a policy, as its serialized form has them.
pub(crate) const FIELDS: &[&str] = &[
    "policy",
    "cache_type",
    "max_size",
    "ttl",
    "time_to_idle",
    "jitter",
    "refresh_after",
    "stale_if_error",
    "retry_after",
    "negative_ttl",
    "soft_timeout",
    "hard_timeout",
    "max_computations",
];

/// One field: what is left of the `=`, and the literal on its right.
pub(crate) struct Field {
    name: Ident,
    value: Value,
    span: Span,
}

impl Field {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub(crate) const fn name(&self) -> &Ident {
        &self.name
    }
}

/// What stands on the right of a field: a literal, or, of `policy` alone, an expression.
pub(crate) enum PolicySource {
    Field(Field),
    Expression(Ident, Expr),
}

impl PolicySource {
    pub(crate) fn of(name: Ident, value: Expr) -> Result<Self> {
        let text = matches!(
            &value,
            Expr::Lit(ExprLit {
                lit: Lit::Str(_),
                ..
            })
        );
        if name == "policy" && !text && !matches!(value, Expr::Lit(_)) {
            return Ok(Self::Expression(name, value));
        }
        let span = syn::spanned::Spanned::span(&value);
        let value = Value::of(&value)
            .filter(|value| value.suits(&name))
            .ok_or_else(|| Error::new_spanned(&value, wanted(&name)))?;
        Ok(Self::Field(Field { name, value, span }))
    }
}

/// Says what kind of value a field takes.
fn wanted(name: &Ident) -> String {
    match name.to_string().as_str() {
        "policy" => "`policy` takes the name of a policy, such as `policy = \"lru\"`, or an expression of type \
                     `CachePolicy`"
            .to_owned(),
        "cache_type" => "`cache_type` takes text: \"global\", \"session\" or \"user\"".to_owned(),
        "max_size" | "max_computations" => {
            format!("`{name}` takes a whole number that is written out, such as `{name} = 100`{RUN_TIME}")
        }
        _ => format!(
            "`{name}` takes a duration that is written out: text such as `{name} = \"1h30m\"`, or a number of \
             seconds{RUN_TIME}"
        ),
    }
}

const RUN_TIME: &str =
    "; for what is known when the program runs, make the policy there: `policy = expression`";

/// A policy that the policy crate has let through.
pub(crate) struct CheckedPolicy {
    policy: CachePolicy,
    options: Vec<(Ident, TokenStream)>,
}

impl CheckedPolicy {
    /// Checks fields; the error is the one that a configuration file would get, at the field that is wrong.
    pub(crate) fn of(fields: &[Field]) -> Result<Self> {
        let policy = read(fields)?;
        let options = fields
            .iter()
            .filter(|field| is_option(field, &policy))
            .map(option)
            .collect::<Result<_>>()?;
        Ok(Self { policy, options })
    }

    /// Returns the expression that makes the policy.
    pub(crate) fn tokens(&self, facade: &TokenStream) -> Result<TokenStream> {
        let policy = match &self.policy {
            CachePolicy::Lru(policy) => {
                let max_size = policy.max_size();
                quote!(#facade::CachePolicy::lru(#max_size))
            }
            CachePolicy::MostRecent(_) => {
                quote!(::core::result::Result::Ok(#facade::CachePolicy::most_recent()))
            }
            CachePolicy::KeepAll(_) => {
                quote!(::core::result::Result::Ok(#facade::CachePolicy::keep_all()))
            }
            CachePolicy::Ttl(policy) => {
                let ttl = duration_tokens(policy.ttl());
                quote!(#facade::CachePolicy::ttl(#ttl))
            }
            other => return Err(not_supported(other.name())),
        };
        let cache_type = match self.policy.cache_type() {
            CacheType::Global => quote!(Global),
            CacheType::Session => quote!(Session),
            CacheType::User => quote!(User),
        };
        let policy = quote! {
            #facade::generated::policy(#policy).with_cache_type(#facade::CacheType::#cache_type)
        };
        if self.options.is_empty() {
            return Ok(policy);
        }
        let setters = self
            .options
            .iter()
            .map(|(setter, value)| quote!(.#setter(#value)));
        Ok(quote! {
            #facade::generated::policy(
                #policy.with_options(#facade::PolicyOptions::default() #(#setters)*),
            )
        })
    }
}

fn not_supported(name: &str) -> Error {
    let message = format!("`cached` does not know {name:?} yet: write `policy = expression`");
    Error::new(Span::call_site(), message)
}

/// Reads the policy as from a configuration file.
fn read(fields: &[Field]) -> Result<CachePolicy> {
    let all: Vec<&Field> = fields.iter().collect();
    let place = Cell::new(Place::Whole);
    deserialize(&all, &place).map_err(|error| {
        let message = error.to_string();
        let span = match place.get() {
            Place::Field(index) => fields.get(index).map(|field| field.span),
            Place::Whole => culprit(fields, &message).map(|field| field.span),
        };
        Error::new(span.unwrap_or_else(Span::call_site), message)
    })
}

/// How far the policy crate had read when it found something wrong.
#[derive(Clone, Copy)]
enum Place {
    /// It had just been given this field.
    Field(usize),
    /// It had read all.
    Whole,
}

fn deserialize(
    fields: &[&Field],
    place: &Cell<Place>,
) -> std::result::Result<CachePolicy, ValueError> {
    let named = fields.iter().any(|field| field.is("policy"));
    let default = (!named).then(|| ("policy".to_owned(), Value::Text("lru".to_owned())));
    let given = fields.iter().enumerate().map(|(index, field)| {
        place.set(Place::Field(index));
        (field.name.to_string(), field.value.clone())
    });
    let end = std::iter::from_fn(|| {
        place.set(Place::Whole);
        None
    });
    CachePolicy::deserialize(MapDeserializer::new(
        default.into_iter().chain(given).chain(end),
    ))
}

/// Finds the field that makes a whole of valid fields invalid: the policy is valid without it.
///
/// If that can be said of several, it is the one that the message names first.
fn culprit<'a>(fields: &'a [Field], message: &str) -> Option<&'a Field> {
    let without = |one: &Field| {
        let others: Vec<&Field> = fields
            .iter()
            .filter(|field| !field.is(&one.name.to_string()))
            .collect();
        deserialize(&others, &Cell::new(Place::Whole)).is_ok()
    };
    let named = |field: &&Field| message.find(&field.name.to_string()).unwrap_or(usize::MAX);
    let alone = fields
        .iter()
        .filter(|field| !field.is("policy") && without(field));
    alone
        .min_by_key(named)
        .or_else(|| fields.iter().find(|field| field.is("policy")))
        .or_else(|| fields.iter().min_by_key(named))
}

/// Whether a field goes into the options of the policy, and is not one of its own parameters.
fn is_option(field: &Field, policy: &CachePolicy) -> bool {
    match field.name.to_string().as_str() {
        "policy" | "cache_type" | "max_size" => false,
        "ttl" => !matches!(policy, CachePolicy::Ttl(_)),
        _ => true,
    }
}

/// Returns the setter of an option, and its value.
fn option(field: &Field) -> Result<(Ident, TokenStream)> {
    let setter = format_ident!("with_{}", field.name);
    if let (true, Value::Whole(number)) = (field.is("max_computations"), &field.value) {
        let number = proc_macro2::Literal::u128_unsuffixed(*number);
        return Ok((setter, quote!(#number)));
    }
    let ttl = TtlPolicy::deserialize(MapDeserializer::<_, ValueError>::new(
        [
            ("policy", Value::Text("ttl".to_owned())),
            ("ttl", field.value.clone()),
        ]
        .into_iter(),
    ));
    let ttl = ttl.map_err(|error| Error::new(field.span, error.to_string()))?;
    Ok((setter, duration_tokens(ttl.ttl())))
}

fn duration_tokens(duration: Duration) -> TokenStream {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    quote!(::core::time::Duration::new(#seconds, #nanos))
}

#[cfg(test)]
mod tests;
