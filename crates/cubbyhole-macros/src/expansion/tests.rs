//! What is written, as tokens: what it does is tested where it runs, in the facade.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{File, FnArg, ImplItem, Item, ItemFn, ItemImpl};

use super::cached;

/// Expands a function on its own.
fn functions(arguments: TokenStream, function: TokenStream) -> Vec<ItemFn> {
    let file: File = syn::parse2(cached(arguments, function)).unwrap();
    let functions = file.items.into_iter().map(|item| match item {
        Item::Fn(function) => function,
        other => panic!("{}", quote!(#other)),
    });
    functions.collect()
}

fn find<'a>(functions: &'a [ItemFn], name: &str) -> &'a ItemFn {
    let found = functions.iter().find(|function| function.sig.ident == name);
    found.unwrap_or_else(|| panic!("no function {name}"))
}

fn parameters(function: &ItemFn) -> Vec<String> {
    let names = function.sig.inputs.iter().map(|input| match input {
        FnArg::Receiver(_) => "self".to_owned(),
        FnArg::Typed(typed) => {
            let pattern = &typed.pat;
            quote!(#pattern).to_string()
        }
    });
    names.collect()
}

fn text(tokens: &impl quote::ToTokens) -> String {
    tokens.to_token_stream().to_string()
}

fn errors(arguments: TokenStream, function: TokenStream) -> String {
    cached(arguments, function).to_string()
}

#[test]
fn one_function_becomes_six() {
    let functions = functions(
        quote!(skip(client)),
        quote!(
            pub(crate) async fn forecast(
                client: &Client,
                city: &str,
                mut days: u32,
            ) -> Result<u32, E> {
                days += 1;
                Ok(days)
            }
        ),
    );
    let names: Vec<String> = functions
        .iter()
        .map(|function| function.sig.ident.to_string())
        .collect();
    assert_eq!(
        names,
        [
            "forecast_entry",
            "forecast",
            "forecast_refresh",
            "forecast_invalidate",
            "forecast_load",
            "forecast_uncached",
        ]
    );
    let all = ["client", "city", "days"];
    assert_eq!(parameters(find(&functions, "forecast")), all);
    assert_eq!(parameters(find(&functions, "forecast_refresh")), all);
    assert_eq!(
        parameters(find(&functions, "forecast_uncached")),
        ["client", "city", "mut days"]
    );
    assert_eq!(
        parameters(find(&functions, "forecast_invalidate")),
        all[1..]
    );
    assert!(parameters(find(&functions, "forecast_entry")).is_empty());
    for function in &functions {
        let inner = function.sig.ident == "forecast_load";
        let visibility = if inner {
            String::new()
        } else {
            text(&quote!(pub(crate)))
        };
        assert_eq!(text(&function.vis), visibility, "{}", function.sig.ident);
    }
}

#[test]
fn attributes_stay_and_companions_have_documentation() {
    let functions = functions(
        quote!(),
        quote!(
            /// The answer.
            #[inline]
            #[cfg(unix)]
            #[expect(clippy::too_many_lines, reason = "r")]
            fn answer(n: u32) -> u32 {
                n
            }
        ),
    );
    let attributes = |name| {
        let function = find(&functions, name);
        function.attrs.iter().map(text).collect::<Vec<String>>()
    };
    let main = attributes("answer").join("\n");
    assert!(main.contains("The answer."), "{main}");
    assert!(main.contains("inline"), "{main}");
    for name in [
        "answer",
        "answer_entry",
        "answer_invalidate",
        "answer_refresh",
        "answer_uncached",
        "answer_load",
    ] {
        let attributes = attributes(name).join("\n");
        assert!(attributes.contains("cfg (unix)"), "{attributes}");
        assert!(
            attributes.contains("allow (clippy :: too_many_lines , reason = \"r\")"),
            "{attributes}"
        );
        assert!(attributes.contains("# [doc = "), "{name}: {attributes}");
        assert!(
            name == "answer" || !attributes.contains("inline"),
            "{attributes}"
        );
    }
}

#[test]
fn companions_of_a_method_are_methods() {
    let written = cached(
        quote!(skip(self)),
        quote!(
            pub async fn load(&self, id: u32) -> Result<u32, E> {
                Ok(id)
            }
        ),
    );
    let block: ItemImpl = syn::parse2(quote!(impl Repository { #written })).unwrap();
    let methods: Vec<_> = block
        .items
        .iter()
        .map(|item| match item {
            ImplItem::Fn(method) => method,
            other => panic!("{}", text(other)),
        })
        .collect();
    let has_self = |name: &str| {
        let method = methods
            .iter()
            .find(|method| method.sig.ident == name)
            .unwrap();
        method.sig.receiver().is_some()
    };
    assert!(has_self("load") && has_self("load_refresh") && has_self("load_uncached"));
    assert!(!has_self("load_invalidate") && !has_self("load_entry"));
    let written = written.to_string();
    assert!(written.contains("Self :: load_load"), "{written}");
    assert!(written.contains("type_name :: < Self >"), "{written}");
}

#[test]
fn what_the_key_or_the_store_mentions_is_needed_to_invalidate() {
    let functions = functions(
        quote!(key = format!("{city}"), store = client.store()),
        quote!(
            fn forecast(client: &Client, city: &str, days: u32) -> u32 {
                1
            }
        ),
    );
    assert_eq!(
        parameters(find(&functions, "forecast_invalidate")),
        ["client", "city"]
    );
}

#[test]
fn generic_types_are_part_of_the_key() {
    let functions = functions(
        quote!(),
        quote!(
            fn f<'a, T: Load, const N: usize>(x: &'a T, y: impl Load) -> u32
            where
                T: Send,
            {
                1
            }
        ),
    );
    let key = text(find(&functions, "f"));
    assert!(key.contains("type_name :: < T >"), "{key}");
    assert!(key.contains("to_string (& N)"), "{key}");
    assert!(key.contains("type_name_of_val (& y)"), "{key}");
    assert!(key.contains("f_load :: < T , N >"), "{key}");
    assert!(text(find(&functions, "f_refresh")).contains("where T : Send"));
}

#[test]
fn none_is_negative_where_negative_answers_are_remembered() {
    let marks = |arguments, output: TokenStream| {
        errors(arguments, quote!(fn f(x: u32) -> #output { g() })).contains(". negative ()")
    };
    assert!(marks(quote!(policy = p(), negative), quote!(Option<u32>)));
    assert!(marks(
        quote!(policy = p(), negative),
        quote!(Result<Option<u32>, E>)
    ));
    assert!(!marks(quote!(policy = p()), quote!(Option<u32>)));
    let problem = errors(
        quote!(policy = p(), negative),
        quote!(
            fn f(x: u32) -> u32 {
                g()
            }
        ),
    );
    assert!(problem.contains("is about the `None`"), "{problem}");
    let problem = errors(
        quote!(negative),
        quote!(
            fn f(x: u32) -> Option<u32> {
                g()
            }
        ),
    );
    assert!(
        problem.contains("`negative` needs `negative_ttl`"),
        "{problem}"
    );
}

#[test]
fn names_can_be_raw_and_the_facade_elsewhere() {
    let written = errors(
        quote!(crate = my::cache),
        quote!(
            fn r#type(r#in: u32) -> u32 {
                r#in
            }
        ),
    );
    assert!(written.contains("fn type_entry"), "{written}");
    assert!(written.contains("argument (\"in\" , & r#in)"), "{written}");
    assert!(written.contains("my :: cache :: ArgumentsKey"), "{written}");
    assert!(!written.contains(":: cubbyhole"), "{written}");
}

#[test]
fn errors_come_together_and_leave_the_function_as_it_was() {
    let function = quote!(
        async fn f<T>(&self, (a, b): (u32, u32), x: &mut u32) -> T {
            g()
        }
    );
    let written = errors(quote!(policy = "lru", max_size = 0), function.clone());
    for message in [
        "needs a name here",
        "cannot change",
        "generic type",
        "max_size cannot be 0",
    ] {
        assert!(written.contains(message), "{message}: {written}");
    }
    assert!(written.ends_with(&function.to_string()), "{written}");
}

#[test]
fn all_that_is_wrong_with_the_attribute_is_said_at_once() {
    let written = errors(
        quote!(
            ttk = 5,
            uid = 3,
            skip = a,
            ttl,
            ttl = true,
            kind = "k",
            kind = "k",
            tags = 5,
            negative = 1
        ),
        quote!(
            fn f(x: u32) -> u32 {
                x
            }
        ),
    );
    for message in [
        "unknown argument `ttk`: did you mean `ttl`?",
        "`uid` takes text",
        "`skip` takes the names",
        "`ttl` takes a value",
        "`ttl` takes a duration",
        "`kind` is given twice",
        "`tags` takes a list",
        "`negative` takes no value",
    ] {
        assert!(written.contains(message), "{message}: {written}");
    }
}
