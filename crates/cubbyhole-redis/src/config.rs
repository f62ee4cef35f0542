//! How to reach Redis, and the limits of what is asked of it.

mod duration;
mod endpoint;
mod error;
mod secret;

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

#[cfg(feature = "sentinel")]
pub(crate) use self::endpoint::Sentinels;
pub(crate) use self::endpoint::{Certificates, Endpoint, Servers};
pub use self::error::RedisConfigError;
pub use self::secret::Secret;

/// How to reach Redis or Valkey, and the limits of what is asked of it.
///
/// Read it from a configuration file by serde, where unknown fields are refused, or begin with
/// [`from_url`](Self::from_url) and change fields. Everything is checked when a tier is made of it.
/// In a file, durations are a number of seconds, or text such as `"250ms"`.
///
/// The forms of a URL:
///
/// | form | is |
/// | --- | --- |
/// | `redis://user:password@host:port/database` | one server; `valkey://` too |
/// | `rediss://…` | the same with TLS; `valkeys://` too; feature `tls` |
/// | `unix:///path?db=1&user=u&pass=p` | a socket |
/// | `redis-cluster://user:password@host:port,host:port` | a cluster, by some of its nodes; `rediss-cluster://` with TLS; feature `cluster` |
/// | `redis-sentinel://user:password@host:port,host:port/service/database` | what Sentinels say is the master of a service; `rediss-sentinel://` with TLS; feature `sentinel` |
///
/// `Debug` shows neither the URL nor a secret.
///
/// ```
/// use cubbyhole_redis::RedisConfig;
///
/// let mut config = RedisConfig::from_url("redis://127.0.0.1:6379/2");
/// config.prefix = "shop".to_owned();
/// # assert!(config.check().is_ok());
/// ```
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RedisConfig {
    /// Where the server is; see above. Default: `redis://127.0.0.1:6379`.
    pub url: Secret,
    /// The user, in place of that of the URL.
    pub username: Option<String>,
    /// The password, in place of that of the URL.
    pub password: Option<Secret>,
    /// The number of the database, in place of that of the URL. A cluster has 0 alone.
    pub database: Option<u32>,
    /// The user for the Sentinels, if they want one.
    pub sentinel_username: Option<String>,
    /// The password for the Sentinels, if they want one.
    pub sentinel_password: Option<Secret>,
    /// Certificates, for TLS.
    pub tls: Option<RedisTls>,
    /// What all names in Redis begin with, the channel's too. Who has another prefix is another fleet. Default:
    /// `cubbyhole`.
    pub prefix: String,
    /// What the hashes of ids are keyed with: the same for the whole fleet. Without it, whoever can read Redis can try
    /// ids until one fits.
    pub secret: Option<Secret>,
    /// Stores kinds, uids and ids as they are in place of their hash, to look at Redis by hand.
    pub clear_ids: bool,
    /// How long one call may take. Default: 250 ms.
    #[serde(deserialize_with = "duration::read")]
    pub call_timeout: Duration,
    /// How long it may take to connect. Default: 2 s.
    #[serde(deserialize_with = "duration::read")]
    pub connect_timeout: Duration,
    /// How often it is tried whether Redis can be heard. Default: 250 ms.
    #[serde(deserialize_with = "duration::read")]
    pub heartbeat: Duration,
    /// How long it may be silent. Default: 1 s.
    #[serde(deserialize_with = "duration::read")]
    pub heartbeat_timeout: Duration,
    /// How long copies may be used after that. A copy is stale for no longer than this and the heartbeat's two limits
    /// together. Default: 5 s.
    #[serde(deserialize_with = "duration::read")]
    pub trust_for: Duration,
    /// How long a lease lasts when its holder has died. Default: 3 s.
    #[serde(deserialize_with = "duration::read")]
    pub lease: Duration,
    /// The longest wait between two attempts to connect. Default: 5 s.
    #[serde(deserialize_with = "duration::read")]
    pub longest_pause: Duration,
    /// How long a value stays in Redis at most. Default: one day.
    #[serde(deserialize_with = "duration::read")]
    pub max_lifetime: Duration,
    /// The largest value that is stored or read back; its tags may have 64 KiB beside. Default: 1 MiB.
    pub max_value_bytes: usize,
    /// How many invalidations wait for Redis before whole entries are invalidated in place of keys. Default: 10,000.
    pub max_queued: usize,
    /// How many invalidations of more than one key are remembered. A value that is older than all of them is not used.
    /// Default: 50,000.
    pub max_marks: usize,
    /// How many calls fail one after the other, over the time of a call at least, before Redis is left alone. Default: 5.
    pub max_failures: u32,
}

/// Files with certificates, in PEM.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RedisTls {
    /// The authorities that are trusted, in place of those of the system.
    pub ca_file: Option<std::path::PathBuf>,
    /// The certificate of this client. It needs a key.
    pub cert_file: Option<std::path::PathBuf>,
    /// The key of this client's certificate.
    pub key_file: Option<std::path::PathBuf>,
}

impl Default for RedisConfig {
    fn default() -> Self {
        Self {
            url: Secret::new("redis://127.0.0.1:6379"),
            username: None,
            password: None,
            database: None,
            sentinel_username: None,
            sentinel_password: None,
            tls: None,
            prefix: "cubbyhole".to_owned(),
            secret: None,
            clear_ids: false,
            call_timeout: Duration::from_millis(250),
            connect_timeout: Duration::from_secs(2),
            heartbeat: Duration::from_millis(250),
            heartbeat_timeout: Duration::from_secs(1),
            trust_for: Duration::from_secs(5),
            lease: Duration::from_secs(3),
            longest_pause: Duration::from_secs(5),
            max_lifetime: Duration::from_secs(24 * 60 * 60),
            max_value_bytes: 1024 * 1024,
            max_queued: 10_000,
            max_marks: 50_000,
            max_failures: 5,
        }
    }
}

impl RedisConfig {
    /// Makes a configuration with this URL and the defaults.
    #[must_use]
    pub fn from_url(url: impl Into<String>) -> Self {
        Self {
            url: Secret::new(url),
            ..Self::default()
        }
    }

    /// Says how long a copy may be stale when the connection is lost.
    #[must_use]
    pub fn staleness(&self) -> Duration {
        self.heartbeat + self.heartbeat_timeout + self.trust_for
    }

    /// Checks everything that can be checked without asking Redis.
    ///
    /// # Errors
    ///
    /// [`RedisConfigError`] that names the field and what is allowed.
    pub fn check(&self) -> Result<(), RedisConfigError> {
        self.endpoint().map(drop)
    }

    /// Reads the URL and everything that belongs to it.
    pub(crate) fn endpoint(&self) -> Result<Endpoint, RedisConfigError> {
        self.check_prefix()?;
        self.check_durations()?;
        self.check_numbers()?;
        Endpoint::of(self)
    }

    fn check_prefix(&self) -> Result<(), RedisConfigError> {
        let prefix = &self.prefix;
        let is_fine = |c: char| c.is_ascii_graphic() && !"{}*?[]\\".contains(c);
        if prefix.is_empty() || prefix.len() > 128 || !prefix.chars().all(is_fine) {
            return Err(RedisConfigError::invalid(
                "prefix",
                format!("{prefix:?}"),
                "1 to 128 visible ASCII characters without any of {}*?[]\\",
            ));
        }
        Ok(())
    }

    fn check_durations(&self) -> Result<(), RedisConfigError> {
        let durations = [
            ("call_timeout", self.call_timeout),
            ("connect_timeout", self.connect_timeout),
            ("heartbeat", self.heartbeat),
            ("heartbeat_timeout", self.heartbeat_timeout),
            ("trust_for", self.trust_for),
            ("lease", self.lease),
            ("longest_pause", self.longest_pause),
            ("max_lifetime", self.max_lifetime),
        ];
        for (field, duration) in durations {
            if duration < SHORTEST || duration > LONGEST {
                let allowed = "1 ms to 10 years";
                return Err(RedisConfigError::invalid(
                    field,
                    format!("{duration:?}"),
                    allowed,
                ));
            }
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<(), RedisConfigError> {
        let numbers = [
            ("max_value_bytes", self.max_value_bytes, MOST_BYTES),
            ("max_queued", self.max_queued, usize::MAX),
            ("max_marks", self.max_marks, usize::MAX),
            ("max_failures", self.max_failures as usize, usize::MAX),
        ];
        for (field, number, most) in numbers {
            if number == 0 || number > most {
                let allowed = "at least 1; for max_value_bytes, 511 MiB at most";
                return Err(RedisConfigError::invalid(
                    field,
                    number.to_string(),
                    allowed,
                ));
            }
        }
        Ok(())
    }
}

/// Redis counts milliseconds.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
/// Redis takes 512 MiB.
const MOST_BYTES: usize = 511 * 1024 * 1024;

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig")
            .field("prefix", &self.prefix)
            .field("call_timeout", &self.call_timeout)
            .field("heartbeat_timeout", &self.heartbeat_timeout)
            .field("trust_for", &self.trust_for)
            .field("lease", &self.lease)
            .field("max_value_bytes", &self.max_value_bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
