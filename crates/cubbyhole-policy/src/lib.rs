//! Cache policies and cache types as plain, validated data.
//!
//! A [`CachePolicy`] says how many values a cache keeps and for how long; its [`CacheType`] says
//! whose they are. This is the lowest crate of cubbyhole: the caches read a policy to set
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
//! | `policy` | keeps | parameters | type |
//! | --- | --- | --- | --- |
//! | `lru` | the `max_size` values used last | `max_size`, at least 1, default 10 | [`LruPolicy`] |
//! | `most-recent` | the one value used last | none | [`MostRecentPolicy`] |
//! | `keep-all` | everything, until it is deleted | none | [`KeepAllPolicy`] |
//! | `ttl` | each value for `ttl` after it was set | `ttl`, required | [`TtlPolicy`] |
//!
//! Every policy also takes `cache_type`: `global` (the default), `session` or `user`.
//! [`CachePolicy`] describes the serialized form in full.
//!
//! # Not here
//!
//! Nothing is cached and nothing is evicted here, and there is no clock: the caches are in
//! `cubbyhole-lru`, `cubbyhole-ttl` and `cubbyhole-keep-all`. Which user or session is asking is
//! the business of `cubbyhole-scope`.

mod cache_type;
mod policy;

mod keep_all;
mod lru;
mod most_recent;
mod ttl;

mod duration;
mod error;
mod kind;
mod max_size;
mod parsed;
mod serialized;

pub use cache_type::CacheType;
pub use error::PolicyError;
pub use keep_all::KeepAllPolicy;
pub use lru::LruPolicy;
pub use most_recent::MostRecentPolicy;
pub use policy::CachePolicy;
pub use ttl::TtlPolicy;
