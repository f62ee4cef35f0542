//! Cache policies and cache types as plain, validated data.
//!
//! A [`CachePolicy`] says how many values a cache keeps and for how long; its [`CacheType`] says
//! whose they are, and its [`PolicyOptions`] how they are kept and loaded. This is the lowest crate of cubbyhole: the caches read a policy to set
//! themselves up, and a service reads policies from its configuration. A policy that exists is
//! valid: the constructors and the deserializer refuse everything else, and the [`PolicyError`]
//! says what is allowed.
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//!
//! use cubbyhole_policy::{CachePolicy, CacheType};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = CachePolicy::lru(10)?.with_cache_type(CacheType::User);
//! let json = r#"{"policy":"lru","cache_type":"user","max_size":10}"#;
//! assert_eq!(serde_json::to_string(&policy)?, json);
//! assert_eq!(serde_json::from_str::<CachePolicy>(json)?, policy);
//!
//! let hourly: CachePolicy = toml::from_str("policy = 'ttl'\nttl = '1h'")?;
//! assert_eq!(hourly, CachePolicy::ttl(Duration::from_secs(3600))?);
//! # Ok(())
//! # }
//! ```
//!
//! # Policies
//!
//! | `policy` | keeps | parameters | options | type |
//! | --- | --- | --- | --- | --- |
//! | `lru` | the `max_size` values used last | `max_size`, at least 1, default 10 | all | [`LruPolicy`] |
//! | `most-recent` | the one value used last | none | all | [`MostRecentPolicy`] |
//! | `keep-all` | everything, until it is deleted | none | those not about expiry | [`KeepAllPolicy`] |
//! | `ttl` | each value for `ttl` after it was set | `ttl`, required | all | [`TtlPolicy`] |
//!
//! Every policy also takes `cache_type`: `global` (the default), `session` or `user`.
//! [`CachePolicy`] describes the serialized form in full.
//!
//! # Options
//!
//! [`PolicyOptions`] say how a value is kept and loaded, whichever policy says how many there are:
//!
//! | option | what it does |
//! | --- | --- |
//! | `ttl` | bounds the life of a value, besides the bound by count |
//! | `time_to_idle` | lets a value expire that nobody reads or sets |
//! | `jitter` | keeps values that were set together from expiring together |
//! | `refresh_after` | refreshes an older value in the background, while it is served |
//! | `stale_if_error` | serves a value beyond its ttl when its computation fails or is slow |
//! | `retry_after` | backs off after a failed computation, while an old value is served |
//! | `negative_ttl` | remembers failures and negative answers |
//! | `soft_timeout` | hands out the old value when a computation is slow |
//! | `hard_timeout` | gives up a computation |
//! | `max_computations` | bounds how many computations run at the same time |
//!
//! # Not here
//!
//! Nothing is cached and nothing is evicted here, and there is no clock: the caches are in
//! `cubbyhole-lru`, `cubbyhole-ttl` and `cubbyhole-keep-all`. Which user or session is asking is
//! the business of `cubbyhole-scope`.

mod cache_type;
mod options;
mod policy;

mod keep_all;
mod lru;
mod most_recent;
mod ttl;

mod count;
mod duration;
mod error;
mod field;
mod kind;
mod max_size;
mod nearest;
mod parsed;
mod serialized;

pub use cache_type::CacheType;
pub use error::PolicyError;
pub use keep_all::KeepAllPolicy;
pub use lru::LruPolicy;
pub use most_recent::MostRecentPolicy;
pub use options::PolicyOptions;
pub use policy::CachePolicy;
pub use ttl::TtlPolicy;
