//! A tier of values that the processes of a fleet share, for cubbyhole, over Redis or Valkey.

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
