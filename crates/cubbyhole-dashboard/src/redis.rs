//! The Redis that the processes of a fleet share.

use cubbyhole::{RedisConfig, RedisConfigError, RedisTier, Secret};

use crate::people::REMEMBERED;

/// Makes the tier of one process, and waits a moment for Redis; without it the process is on its own until it is back.
///
/// # Errors
///
/// [`RedisConfigError`] if the URL cannot be connected to.
pub async fn join(url: Secret) -> Result<RedisTier, RedisConfigError> {
    RedisTier::connect(config(url)).await
}

pub(crate) fn config(url: Secret) -> RedisConfig {
    let mut config = RedisConfig::default();
    config.url = url;
    config.prefix = "cubbyhole-dashboard".to_owned();
    config.max_lifetime = REMEMBERED;
    config
}
