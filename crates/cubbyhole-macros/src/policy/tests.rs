//! What the policy crate lets through, and the code that makes it.

use syn::parse_quote;

use super::*;

fn fields(written: &[(&str, Expr)]) -> Vec<Field> {
    let fields = written.iter().map(|(name, value)| {
        match PolicySource::of(format_ident!("{name}"), value.clone()).unwrap() {
            PolicySource::Field(field) => field,
            PolicySource::Expression(..) => panic!("{name} is a literal"),
        }
    });
    fields.collect()
}

fn tokens(written: &[(&str, Expr)]) -> String {
    let policy = CheckedPolicy::of(&fields(written)).unwrap();
    policy.tokens(&quote!(c)).unwrap().to_string()
}

fn problem(written: &[(&str, Expr)]) -> String {
    let refused = CheckedPolicy::of(&fields(written)).map(|_| ());
    refused.unwrap_err().to_string()
}

#[test]
fn each_policy_is_made_by_its_constructor() {
    let global = |made: TokenStream| {
        quote!(c::generated::policy(#made).with_cache_type(c::CacheType::Global)).to_string()
    };
    for (written, made) in [
        (vec![], quote!(c::CachePolicy::lru(10usize))),
        (
            vec![
                ("policy", parse_quote!("lru")),
                ("max_size", parse_quote!(3)),
            ],
            quote!(c::CachePolicy::lru(3usize)),
        ),
        (
            vec![("policy", parse_quote!("most-recent"))],
            quote!(::core::result::Result::Ok(c::CachePolicy::most_recent())),
        ),
        (
            vec![("policy", parse_quote!("keep-all"))],
            quote!(::core::result::Result::Ok(c::CachePolicy::keep_all())),
        ),
        (
            vec![
                ("policy", parse_quote!("ttl")),
                ("ttl", parse_quote!("1h30m")),
            ],
            quote!(c::CachePolicy::ttl(::core::time::Duration::new(
                5400u64, 0u32
            ))),
        ),
        (
            vec![("policy", parse_quote!("ttl")), ("ttl", parse_quote!(1.5))],
            quote!(c::CachePolicy::ttl(::core::time::Duration::new(
                1u64,
                500000000u32
            ))),
        ),
    ] {
        assert_eq!(tokens(&written), global(made));
    }
}

#[test]
fn the_cache_type_is_that_which_was_asked_for() {
    for (name, variant) in [
        ("session", "Session"),
        ("user", "User"),
        ("global", "Global"),
    ] {
        let made = tokens(&[("cache_type", parse_quote!(#name))]);
        assert!(
            made.ends_with(&format!("c :: CacheType :: {variant})")),
            "{made}"
        );
    }
}

#[test]
fn the_policy_crate_says_what_is_wrong() {
    for (written, message) in [
        (vec![("max_size", parse_quote!(0))], "max_size cannot be 0"),
        (
            vec![("max_size", parse_quote!(-1))],
            "max_size cannot be -1",
        ),
        (
            vec![("policy", parse_quote!("lur"))],
            "unknown policy \"lur\"",
        ),
        (
            vec![("policy", parse_quote!("ttl"))],
            "missing field \"ttl\"",
        ),
        (
            vec![("cache_type", parse_quote!("users"))],
            "unknown cache type \"users\"",
        ),
        (
            vec![("policy", parse_quote!("ttl")), ("ttl", parse_quote!("1x"))],
            "ttl cannot be \"1x\"",
        ),
        (
            vec![
                ("policy", parse_quote!("keep-all")),
                ("max_size", parse_quote!(1)),
            ],
            "policy \"keep-all\" does not take \"max_size\"",
        ),
    ] {
        let problem = problem(&written);
        assert!(problem.starts_with(message), "{problem}");
    }
}

#[test]
fn the_culprit_is_the_field_without_which_all_is_well() {
    let fields = fields(&[
        ("policy", parse_quote!("keep-all")),
        ("cache_type", parse_quote!("user")),
        ("max_size", parse_quote!(1)),
    ]);
    let all: Vec<&Field> = fields.iter().collect();
    let place = Cell::new(Place::Field(0));
    let error = deserialize(&all, &place).unwrap_err();
    assert!(matches!(place.get(), Place::Whole));
    assert!(culprit(&fields, &error.to_string()).unwrap().is("max_size"));
}

#[test]
fn what_is_missing_is_missed_by_the_policy() {
    let fields = fields(&[
        ("cache_type", parse_quote!("user")),
        ("policy", parse_quote!("ttl")),
    ]);
    assert!(
        culprit(&fields, "missing field \"ttl\"")
            .unwrap()
            .is("policy")
    );
}

#[test]
fn options_are_set_by_their_names() {
    for (name, written, setter) in [
        (
            "refresh_after",
            parse_quote!("50m"),
            "with_refresh_after (:: core :: time :: Duration :: new (3000u64 , 0u32))",
        ),
        (
            "ttl",
            parse_quote!(2),
            "with_ttl (:: core :: time :: Duration :: new (2u64 , 0u32))",
        ),
        (
            "max_computations",
            parse_quote!(4),
            "with_max_computations (4)",
        ),
    ] {
        let written: Expr = written;
        let field = &fields(&[(name, written)])[0];
        assert!(is_option(field, &CachePolicy::default()));
        let (name, value) = option(field).unwrap();
        assert_eq!(quote!(#name(#value)).to_string(), setter);
    }
}

#[test]
fn an_expression_is_a_policy_and_nothing_else() {
    let source = |name: &str, value: Expr| PolicySource::of(format_ident!("{name}"), value);
    assert!(matches!(
        source("policy", parse_quote!(settings.policy())),
        Ok(PolicySource::Expression(..))
    ));
    for (name, value) in [
        ("policy", parse_quote!(5)),
        ("max_size", parse_quote!("5")),
        ("max_size", parse_quote!(SIZE)),
        ("max_size", parse_quote!(1.5)),
        ("ttl", parse_quote!(true)),
        ("ttl", parse_quote!(TTL)),
        ("cache_type", parse_quote!(user)),
        ("cache_type", parse_quote!(1)),
    ] {
        let message = source(name, value).map(|_| ()).unwrap_err().to_string();
        assert!(
            message.starts_with(&format!("`{name}` takes ")),
            "{message}"
        );
    }
}
