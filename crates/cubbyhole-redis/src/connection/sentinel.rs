//! The master that Sentinels name.

use redis::sentinel::{SentinelClientBuilder, SentinelServerType};
use redis::{Client, ConnectionAddr, RedisResult, TlsMode};

use super::Endpoint;
use crate::config::Sentinels;

impl Endpoint {
    /// Asks the Sentinels where the master is.
    pub(super) async fn master(&self, sentinels: &Sentinels) -> RedisResult<Client> {
        let kind = SentinelServerType::Master;
        let nodes = sentinels.nodes.iter().cloned();
        let mut builder = SentinelClientBuilder::new(nodes, &sentinels.service, kind)?;
        let settings = sentinels.master.redis_settings();
        builder = builder.set_client_to_redis_db(settings.db());
        if let Some(username) = settings.username() {
            builder = builder.set_client_to_redis_username(username);
        }
        if let Some(password) = settings.password() {
            builder = builder.set_client_to_redis_password(password);
        }
        if let Some(username) = &sentinels.username {
            builder = builder.set_client_to_sentinel_username(username);
        }
        if let Some(password) = &sentinels.password {
            builder = builder.set_client_to_sentinel_password(password.expose());
        }
        if matches!(sentinels.master.addr(), ConnectionAddr::TcpTls { .. }) {
            builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
            builder = builder.set_client_to_sentinel_tls_mode(TlsMode::Secure);
        }
        self.trusting(builder).build()?.async_get_client().await
    }

    #[cfg(feature = "tls")]
    fn trusting(&self, builder: SentinelClientBuilder) -> SentinelClientBuilder {
        match &self.certificates {
            None => builder,
            Some(certificates) => builder
                .set_client_to_redis_certificates(certificates.clone())
                .set_client_to_sentinel_certificates(certificates.clone()),
        }
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    const fn trusting(&self, builder: SentinelClientBuilder) -> SentinelClientBuilder {
        builder
    }
}
