//! A tier of values that the processes of a fleet share, for cubbyhole, over Redis or Valkey.
//!
//! [`RedisTier`] is a `SharedTier` as `cubbyhole-core` states it; a store asks it when its own caches have no value.
//! Redis 7.0 is the oldest that will do.
//!
//! ```no_run
//! use cubbyhole_core::{SharedTier, TierState};
//! use cubbyhole_redis::{RedisConfig, RedisTier};
//!
//! # async fn connect() -> Result<(), cubbyhole_redis::RedisConfigError> {
//! let mut config = RedisConfig::from_url("redis://127.0.0.1:6379");
//! config.prefix = "shop".to_owned();
//! config.secret = std::env::var("CACHE_SECRET").ok().map(Into::into);
//! let tier = RedisTier::connect(config).await?;
//! if tier.status().state != TierState::Connected {
//!     // It keeps trying; until then each process computes for itself.
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is in Redis
//!
//! | name | is |
//! | --- | --- |
//! | `prefix:{hash}:v…` | a value: a header with its tags and when it was begun, and its bytes |
//! | `prefix:{hash}:l…` | who has the right to bring the value |
//! | `prefix:{hash}:x` | the names of the values of one entry in one scope, for when it is dropped |
//! | `prefix:{prefix}:control`, `:marks`, `:entries` | what was invalidated as a whole, by number; the entries that were ever used |
//! | `prefix:messages:database` | the channel |
//!
//! The hash is that of entry and scope, keyed with [`secret`](RedisConfig::secret). Keys of values and tags are there as
//! they are: ids do not belong in them. Messages of failures pass through the channel as they are.
//!
//! A user of Redis needs the commands `evalsha`, `script|load`, those of the scripts (`get`, `set`, `del`, `unlink`, `strlen`,
//! `getrange`, `pttl`, `pexpire`, `time`, `zadd`, `zrem`, `zrange`, `zscan`, `zmscore`, `zcard`, `zremrangebyrank`, `hget`,
//! `hset`, `hmget`, `hincrby`, `publish`), `sadd`, `smembers`, `subscribe`, `ping`, `info`, in a cluster `cluster|slots`;
//! the keys `prefix:*`, and the channel.
//!
//! # What it costs
//!
//! A read is one round trip, a lease another, a publish another, a delete another; waiting for what another process
//! brings costs none. In a cluster a lease is two.
//!
//! # When Redis does not work
//!
//! Every call has a limit on time, and fails at once while the tier is away; what has to be told to the others waits for
//! it. [`RedisConfig::staleness`] says how old a copy may become that nobody could invalidate.
//! In a cluster the tier is away for as long as one of its primaries is.
//!
//! # Features
//!
//! | feature | adds |
//! | --- | --- |
//! | `cluster` | Redis Cluster |
//! | `sentinel` | a master that Sentinels watch |
//! | `tls` | TLS by `rustls`; which cryptography it has is chosen for the process, before, with `CryptoProvider::install_default` |

mod answer;
mod audience;
mod cell;
mod config;
mod connection;
mod health;
mod hearing;
mod invalidation;
mod keeper;
mod lease;
mod marks;
mod message;
mod node;
mod outbox;
mod place;
mod recent;
mod renewal;
mod scripts;
mod stored;
mod thing;
mod tier;
#[cfg(feature = "tls")]
mod tls;
mod token;
mod waiters;
mod wire;

pub use config::{RedisConfig, RedisConfigError, RedisTls, Secret};
pub use tier::RedisTier;
