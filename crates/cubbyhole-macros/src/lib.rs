//! The attribute `#[cached]`: a function that keeps its answers in a cache store.
//!
//! Use it through the facade, `cubbyhole`, with its feature `macros`: what the attribute writes names the facade.
//!
//! # How it is made
//!
//! The attribute reads its arguments, holds them against the function, and lets the policy crate judge the policy, so
//! that what is wrong is an error at the argument that is wrong. Then it writes six functions in place of one. Nothing
//! is decided when the program runs but the key.
//!
//! # Not here
//!
//! No caching. What the written code calls is in `cubbyhole-store`: its `ArgumentsKey`, and the hidden module
//! `generated`.

mod arguments;
mod expansion;
mod function;
mod names;
mod parameters;
mod policy;
mod returns;

use proc_macro::TokenStream;

/// Keeps the answers of a function in a cache store, each under a key that is made of the arguments.
///
/// It works on async functions, plain functions, and methods of an inherent `impl`. (A trait's methods cannot have the
/// companions that it writes.) Concurrent calls with equal arguments share one computation, and whose the answers are
/// says the cache type: the user or session comes from the running task and is never an argument.
///
/// ```text
/// #[cached(policy = "lru", max_size = 100, cache_type = "user", tags = [format!("city:{city}")], skip(client))]
/// async fn forecast(client: &Client, city: &str, days: u32) -> Result<Forecast, MyError> { … }
/// ```
///
/// # Arguments
///
/// | argument | meaning | when it is left out |
/// | --- | --- | --- |
/// | `policy = "lru"` | `"lru"`, `"most-recent"`, `"keep-all"` or `"ttl"` | `"lru"` |
/// | `policy = expression` | a `CachePolicy` that is made when the function is first called; no other field of a policy then | |
/// | `cache_type`, `max_size`, `ttl`, `time_to_idle`, `jitter`, `refresh_after`, `stale_if_error`, `retry_after`, `negative_ttl`, `soft_timeout`, `hard_timeout`, `max_computations` | as in the serialized form of a policy; durations as `"1h30m"` or a number of seconds | as there |
/// | `uid = "…"`, `kind = "…"` | the name of the registry entry | the path of the function; `"function"` |
/// | `key = expression` | the key, with `ToString`, in place of the arguments | made of all arguments |
/// | `skip(client, self)` | arguments that do not change the answer | |
/// | `tags = [expression, …]` | the tags of the answer, each a text; they see the arguments | no tags |
/// | `store = expression` | the `CacheStore`; it sees the arguments | `CacheStore::global()` |
/// | `negative` | a `None` is a negative answer, which `negative_ttl` is about | set, if `negative_ttl` is |
/// | `associated` | this is an associated function: for those without `self` that never say `Self` | |
/// | `crate = path` | where the facade is | `::cubbyhole` |
///
/// Policies are checked when the attribute is expanded, by the policy crate, and an error points at the argument.
///
/// # The answer
///
/// `Result<V, E>` keeps the `V`, and an error of the function is not kept. Errors of the cache reach the caller through
/// `E: From<CacheError>`, and so does an `E` of the function, which everybody who waited shares: it is in
/// `CacheError::Failed`, and `downcast_ref` finds it. Any other type is kept as it is; then a cache that cannot answer
/// (there is no user in the task, say) is passed over and the function runs as if it was not cached, and a panic of the
/// function is a panic of the caller. The type is told by its name, so an alias should be called `Result` too.
///
/// The value is `Clone + Send + Sync + 'static`, and says so without generic parameters, `impl Trait` or `Self`.
///
/// # Arguments of the function
///
/// Those that make the key are `serde::Serialize`. The names of the parameters and the types of generic ones are part
/// of the key, so two calls meet in one key only if they are the same call.
///
/// An async function is computed in a task of its own, so what it is given is `Send + 'static`: what comes by reference
/// (`&T`, `&str`, `&[T]`, `Option<&T>`) is made owned by `ToOwned` and borrowed again. That is done on each call,
/// also on a hit: pass an `Arc` where it is dear. Arguments by value are moved; a function that is not fallible clones
/// them, because it may need them a second time. A plain function is computed where it is called,
/// borrows freely, and takes neither `soft_timeout`, `hard_timeout` nor `max_computations`.
///
/// An async function that calls itself does so through a function that returns a boxed future which is `Send`.
///
/// # Companions
///
/// Of `forecast`, with the same visibility, beside it:
///
/// | function | what it does |
/// | --- | --- |
/// | `forecast_invalidate(city, days)` | deletes the answer and returns it; takes what the key is made of |
/// | `forecast_refresh(client, city, days)` | computes the answer anew and keeps it |
/// | `forecast_uncached(client, city, days)` | computes the answer and has nothing to do with the cache |
/// | `forecast_entry()` | returns the registry entry |
///
/// Two functions of one name in one module, inside the bodies of others, need a `uid` to tell them apart.
#[proc_macro_attribute]
pub fn cached(arguments: TokenStream, function: TokenStream) -> TokenStream {
    expansion::cached(arguments.into(), function.into()).into()
}
