//! The arguments of the attribute, as they were written.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, Ident, Lit, Path, Result, Token, bracketed, parenthesized};

use crate::names;
use crate::policy::{FIELDS, Field, PolicySource};

/// The arguments that are not fields of a policy.
const OTHERS: &[&str] = &[
    "uid",
    "kind",
    "key",
    "skip",
    "tags",
    "store",
    "negative",
    "associated",
    "crate",
];

/// What stands between the parentheses of `#[cached(…)]`.
#[derive(Default)]
pub(crate) struct Arguments {
    /// `policy = …`, if it is not the name of a policy.
    pub(crate) policy: Option<(Ident, Expr)>,
    /// The fields of a policy, in the order in which they were written.
    pub(crate) fields: Vec<Field>,
    pub(crate) uid: Option<Expr>,
    pub(crate) kind: Option<Expr>,
    pub(crate) key: Option<Expr>,
    pub(crate) skip: Option<Skip>,
    pub(crate) tags: Vec<Expr>,
    pub(crate) store: Option<Expr>,
    pub(crate) negative: Option<Span>,
    pub(crate) associated: bool,
    pub(crate) facade: Option<Path>,
}

/// `skip(…)`
pub(crate) struct Skip {
    pub(crate) span: Span,
    pub(crate) names: Vec<Ident>,
}

impl Parse for Arguments {
    /// Reads on after an error, so that all are reported at once.
    fn parse(input: ParseStream) -> Result<Self> {
        let mut arguments = Self::default();
        let mut seen = Vec::new();
        let mut errors: Option<Error> = None;
        while !input.is_empty() {
            if let Err(error) = arguments.parse_one(input, &mut seen) {
                match &mut errors {
                    Some(errors) => errors.combine(error),
                    None => errors = Some(error),
                }
                skip_to_comma(input)?;
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        errors.map_or(Ok(arguments), Err)
    }
}

impl Arguments {
    fn parse_one(&mut self, input: ParseStream, seen: &mut Vec<String>) -> Result<()> {
        let name = input.call(Ident::parse_any)?;
        let mut text = name.unraw().to_string();
        // A hyphen is no part of a Rust name, but of what people write.
        while input.peek(Token![-]) {
            input.parse::<Token![-]>()?;
            text = format!("{text}-{}", input.call(Ident::parse_any)?);
        }
        if seen.contains(&text) {
            return Err(Error::new(name.span(), format!("`{text}` is given twice")));
        }
        if FIELDS.contains(&text.as_str()) {
            self.parse_field(name, input)?;
        } else if OTHERS.contains(&text.as_str()) {
            self.parse_other(&name, &text, input)?;
        } else {
            return Err(unknown(&name, &text));
        }
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error(format!("expected `,` after the value of `{text}`")));
        }
        seen.push(text);
        Ok(())
    }

    fn parse_field(&mut self, name: Ident, input: ParseStream) -> Result<()> {
        let value: Expr = value_of(&name, input)?;
        match PolicySource::of(name, value)? {
            PolicySource::Field(field) => self.fields.push(field),
            PolicySource::Expression(name, policy) => self.policy = Some((name, policy)),
        }
        Ok(())
    }

    fn parse_other(&mut self, name: &Ident, text: &str, input: ParseStream) -> Result<()> {
        match text {
            "uid" => self.uid = Some(text_of(name, input)?),
            "kind" => self.kind = Some(text_of(name, input)?),
            "key" => self.key = Some(value_of(name, input)?),
            "store" => self.store = Some(value_of(name, input)?),
            "crate" => self.facade = Some(value_of(name, input)?),
            "tags" => self.tags = list_of(name, input)?,
            "skip" => self.skip = Some(Skip::parse(name, input)?),
            "negative" => {
                no_value(name, input)?;
                self.negative = Some(name.span());
            }
            _ => {
                no_value(name, input)?;
                self.associated = true;
            }
        }
        Ok(())
    }
}

impl Skip {
    fn parse(name: &Ident, input: ParseStream) -> Result<Self> {
        if !input.peek(syn::token::Paren) {
            let message = "`skip` takes the names of arguments: `skip(client, self)`";
            return Err(Error::new(name.span(), message));
        }
        let list;
        parenthesized!(list in input);
        let names = Punctuated::<Ident, Token![,]>::parse_terminated_with(&list, Ident::parse_any)?;
        Ok(Self {
            span: name.span(),
            names: names.into_iter().collect(),
        })
    }
}

fn unknown(name: &Ident, text: &str) -> Error {
    let known: Vec<&str> = FIELDS.iter().chain(OTHERS).copied().collect();
    let message = format!("unknown argument `{text}`: {}", names::known(text, &known));
    Error::new(name.span(), message)
}

/// Reads `= value`.
fn value_of<T: Parse>(name: &Ident, input: ParseStream) -> Result<T> {
    if !input.peek(Token![=]) {
        let message = format!("`{name}` takes a value: `{name} = …`");
        return Err(Error::new(name.span(), message));
    }
    input.parse::<Token![=]>()?;
    input.parse()
}

/// Reads `= value`, where the value is no literal but text.
fn text_of(name: &Ident, input: ParseStream) -> Result<Expr> {
    let value: Expr = value_of(name, input)?;
    match &value {
        Expr::Lit(ExprLit { lit, .. }) if !matches!(lit, Lit::Str(_)) => {
            let message = format!("`{name}` takes text: `{name} = \"…\"`");
            Err(Error::new(value.span(), message))
        }
        _ => Ok(value),
    }
}

/// Reads `= [value, …]`.
fn list_of(name: &Ident, input: ParseStream) -> Result<Vec<Expr>> {
    let message = format!("`{name}` takes a list: `{name} = [\"forecast\", …]`");
    if !input.peek(Token![=]) {
        return Err(Error::new(name.span(), message));
    }
    input.parse::<Token![=]>()?;
    if !input.peek(syn::token::Bracket) {
        return Err(input.error(message));
    }
    let list;
    bracketed!(list in input);
    let values = Punctuated::<Expr, Token![,]>::parse_terminated(&list)?;
    Ok(values.into_iter().collect())
}

fn no_value(name: &Ident, input: ParseStream) -> Result<()> {
    if input.peek(Token![=]) || input.peek(syn::token::Paren) {
        let message = format!("`{name}` takes no value: it is there or it is not");
        return Err(Error::new(name.span(), message));
    }
    Ok(())
}

fn skip_to_comma(input: ParseStream) -> Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

impl Arguments {
    /// Returns the path of the facade, for the code that is written.
    pub(crate) fn facade(&self) -> TokenStream {
        match &self.facade {
            Some(path) => quote::quote!(#path),
            None => quote::quote!(::cubbyhole),
        }
    }
}
