//! How arguments are passed on, and which of them an expression mentions.

use quote::quote;
use syn::parse_quote;

use super::*;

fn passing_of(ty: &Type) -> Option<Passing> {
    passing(ty, true).ok()
}

#[test]
fn references_are_made_owned() {
    for (ty, expected) in [
        (parse_quote!(String), Passing::Owned),
        (parse_quote!(Vec<u8>), Passing::Owned),
        (parse_quote!(&'static str), Passing::Owned),
        (parse_quote!(fn(&str) -> u32), Passing::Owned),
        (parse_quote!(impl Fn(&str) -> u32), Passing::Owned),
        (parse_quote!(Option<u32>), Passing::Owned),
        (parse_quote!(&str), Passing::Borrowed),
        (parse_quote!(&'a Client), Passing::Borrowed),
        (parse_quote!(&[u8]), Passing::Borrowed),
        (parse_quote!(&impl Client), Passing::Borrowed),
        (parse_quote!(Option<&str>), Passing::BorrowedOption),
        (
            parse_quote!(std::option::Option<&'a [u8]>),
            Passing::BorrowedOption,
        ),
        (parse_quote!(Option<&'static str>), Passing::Owned),
    ] {
        let ty: Type = ty;
        assert_eq!(passing_of(&ty), Some(expected), "{}", quote!(#ty));
    }
}

#[test]
fn what_cannot_be_made_owned_is_refused() {
    for ty in [
        parse_quote!(&mut String),
        parse_quote!(Option<&mut String>),
        parse_quote!(&[&str]),
        parse_quote!(Cow<'a, str>),
        parse_quote!(Cow<'_, str>),
        parse_quote!(Vec<&str>),
        parse_quote!((u32, &str)),
        parse_quote!(&dyn Client),
        parse_quote!(Option<(&str, u32)>),
    ] {
        let ty: Type = ty;
        assert_eq!(passing_of(&ty), None, "{}", quote!(#ty));
    }
}

#[test]
fn plain_functions_borrow_what_they_like() {
    for ty in [
        parse_quote!(&[&str]),
        parse_quote!(Cow<'a, str>),
        parse_quote!(&dyn Client),
    ] {
        let ty: Type = ty;
        assert!(passing(&ty, false).is_ok(), "{}", quote!(#ty));
    }
    assert!(passing(&parse_quote!(&mut u32), false).is_err());
}

#[test]
fn expressions_mention_what_they_use() {
    for (expression, expected) in [
        (quote!(city), true),
        (quote!(f(a, (city.len()))), true),
        (quote!(format!("{city}")), true),
        (quote!(format!("a {city:?}")), true),
        (quote!(format!("{}", r#city)), true),
        (quote!(format!("{cityscape}")), false),
        (quote!("city"), false),
        (quote!(cities), false),
    ] {
        assert_eq!(
            expression_mentions(&expression, "city"),
            expected,
            "{expression}"
        );
    }
}
