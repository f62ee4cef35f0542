//! Where the servers are, read from a configuration.

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion};

#[cfg(feature = "sentinel")]
use super::Secret;
use super::{RedisConfig, RedisConfigError};

/// What is connected to.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) servers: Servers,
    pub(crate) certificates: Option<Certificates>,
}

#[derive(Clone)]
pub(crate) enum Servers {
    One(ConnectionInfo),
    #[cfg(feature = "cluster")]
    Cluster(Vec<ConnectionInfo>),
    #[cfg(feature = "sentinel")]
    Sentinel(Sentinels),
}

/// Sentinels, and what they are asked for.
#[cfg(feature = "sentinel")]
#[derive(Clone)]
pub(crate) struct Sentinels {
    pub(crate) nodes: Vec<ConnectionAddr>,
    pub(crate) service: String,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<Secret>,
    /// How the master is talked to; the address does not count.
    pub(crate) master: ConnectionInfo,
}

/// Certificates, as they were read from files.
#[cfg(feature = "tls")]
pub(crate) type Certificates = redis::TlsCertificates;
/// Nothing without TLS.
#[cfg(not(feature = "tls"))]
pub(crate) type Certificates = std::convert::Infallible;

impl Endpoint {
    pub(super) fn of(config: &RedisConfig) -> Result<Self, RedisConfigError> {
        let scheme = config.url.expose().split("://").next().unwrap_or_default();
        check_use(config, scheme)?;
        Ok(Self {
            servers: servers(config)?,
            certificates: config.tls.as_ref().map(certificates).transpose()?,
        })
    }
}

impl Endpoint {
    /// Returns the number of the database.
    pub(crate) fn database(&self) -> i64 {
        match &self.servers {
            Servers::One(info) => info.redis_settings().db(),
            #[cfg(feature = "cluster")]
            Servers::Cluster(_) => 0,
            #[cfg(feature = "sentinel")]
            Servers::Sentinel(sentinels) => sentinels.master.redis_settings().db(),
        }
    }

    /// Says whether all keys are on one server.
    pub(crate) const fn is_one_server(&self) -> bool {
        match self.servers {
            Servers::One(_) => true,
            #[cfg(feature = "cluster")]
            Servers::Cluster(_) => false,
            #[cfg(feature = "sentinel")]
            Servers::Sentinel(_) => true,
        }
    }
}

/// Refuses what such a URL has no use for.
fn check_use(config: &RedisConfig, scheme: &str) -> Result<(), RedisConfigError> {
    let is_secure = scheme.starts_with("rediss") || scheme == "valkeys";
    if config.tls.is_some() && !is_secure {
        let allowed = "certificates with a url that asks for TLS, such as rediss://";
        return Err(RedisConfigError::invalid(
            "tls",
            "there".to_owned(),
            allowed,
        ));
    }
    let has_sentinel = config.sentinel_username.is_some() || config.sentinel_password.is_some();
    if has_sentinel && !scheme.ends_with("-sentinel") {
        return Err(RedisConfigError::invalid(
            "sentinel_username or sentinel_password",
            "there".to_owned(),
            "either with a url of Sentinels, redis-sentinel:// or rediss-sentinel://",
        ));
    }
    Ok(())
}

fn servers(config: &RedisConfig) -> Result<Servers, RedisConfigError> {
    let url = config.url.expose();
    let (scheme, rest) = url
        .split_once("://")
        .ok_or_else(|| RedisConfigError::url("has no scheme"))?;
    match scheme {
        "redis-cluster" => cluster(config, "redis", rest),
        "rediss-cluster" => cluster(config, "rediss", rest),
        "redis-sentinel" => sentinel(config, "redis", rest),
        "rediss-sentinel" => sentinel(config, "rediss", rest),
        "redis" | "valkey" | "rediss" | "valkeys" | "unix" | "redis+unix" | "valkey+unix" => {
            info(config, url).map(Servers::One)
        }
        other => Err(RedisConfigError::url(format!("has the scheme {other:?}"))),
    }
}

#[cfg(feature = "cluster")]
fn cluster(config: &RedisConfig, scheme: &str, rest: &str) -> Result<Servers, RedisConfigError> {
    let hosts = Hosts::split(rest)?;
    if !matches!(hosts.path, "" | "0") || config.database.is_some_and(|number| number != 0) {
        return Err(RedisConfigError::url(
            "names a database, and a cluster has none but 0",
        ));
    }
    let nodes = hosts.urls(scheme).map(|url| info(config, &url));
    Ok(Servers::Cluster(nodes.collect::<Result<_, _>>()?))
}

#[cfg(not(feature = "cluster"))]
fn cluster(_: &RedisConfig, _: &str, rest: &str) -> Result<Servers, RedisConfigError> {
    Hosts::split(rest)?;
    Err(RedisConfigError::Feature {
        what: "a cluster",
        feature: "cluster",
    })
}

#[cfg(feature = "sentinel")]
fn sentinel(config: &RedisConfig, scheme: &str, rest: &str) -> Result<Servers, RedisConfigError> {
    let hosts = Hosts::split(rest)?;
    let (service, database) = hosts.path.split_once('/').unwrap_or((hosts.path, ""));
    if service.is_empty() {
        return Err(RedisConfigError::url(
            "names no service after the Sentinels, as in redis-sentinel://host:26379/service",
        ));
    }
    let infos = hosts
        .urls(scheme)
        .map(|url| info(config, &format!("{url}/{database}")));
    let infos: Vec<ConnectionInfo> = infos.collect::<Result<_, _>>()?;
    let master = infos.first().cloned();
    let master = master.ok_or_else(|| RedisConfigError::url("names no host"))?;
    Ok(Servers::Sentinel(Sentinels {
        nodes: infos.iter().map(|info| info.addr().clone()).collect(),
        service: service.to_owned(),
        username: config.sentinel_username.clone(),
        password: config.sentinel_password.clone(),
        master,
    }))
}

#[cfg(not(feature = "sentinel"))]
fn sentinel(_: &RedisConfig, _: &str, rest: &str) -> Result<Servers, RedisConfigError> {
    Hosts::split(rest)?;
    Err(RedisConfigError::Feature {
        what: "a master that Sentinels watch",
        feature: "sentinel",
    })
}

/// A URL with several hosts, after its scheme.
#[cfg_attr(
    not(any(feature = "cluster", feature = "sentinel")),
    expect(
        dead_code,
        reason = "it is read to be refused as precisely as with the feature"
    )
)]
struct Hosts<'a> {
    /// The user and password with the `@`, or nothing.
    user: &'a str,
    hosts: Vec<&'a str>,
    path: &'a str,
}

impl<'a> Hosts<'a> {
    fn split(rest: &'a str) -> Result<Self, RedisConfigError> {
        let at = rest.rfind('@').map_or(0, |at| at + 1);
        let (user, rest) = rest.split_at(at);
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let hosts: Vec<&str> = hosts.split(',').collect();
        if hosts.iter().any(|host| host.is_empty()) {
            return Err(RedisConfigError::url("has an empty host"));
        }
        Ok(Self { user, hosts, path })
    }

    /// One URL for each host.
    #[cfg(any(feature = "cluster", feature = "sentinel"))]
    fn urls(&self, scheme: &str) -> impl Iterator<Item = String> {
        let one = move |host| format!("{scheme}://{}{host}", self.user);
        self.hosts.iter().map(one)
    }
}

/// Reads the URL of one server, and lets the fields of the configuration have their way.
fn info(config: &RedisConfig, url: &str) -> Result<ConnectionInfo, RedisConfigError> {
    // The parser's own words are left out: they may show the URL.
    let info = url
        .into_connection_info()
        .map_err(|error| RedisConfigError::url(format!("cannot be read ({})", error.category())))?;
    check_tls(info.addr())?;
    let mut settings = info
        .redis_settings()
        .clone()
        .set_protocol(ProtocolVersion::RESP2);
    if let Some(username) = &config.username {
        settings = settings.set_username(username);
    }
    if let Some(password) = &config.password {
        settings = settings.set_password(password.expose());
    }
    if let Some(database) = config.database {
        settings = settings.set_db(database.into());
    }
    Ok(info.set_redis_settings(settings))
}

fn check_tls(address: &ConnectionAddr) -> Result<(), RedisConfigError> {
    match address {
        ConnectionAddr::TcpTls { insecure: true, .. } => Err(RedisConfigError::url(
            "asks for TLS without a check of who is at the other end",
        )),
        ConnectionAddr::TcpTls { .. } if cfg!(not(feature = "tls")) => {
            Err(RedisConfigError::Feature {
                what: "TLS",
                feature: "tls",
            })
        }
        _ => Ok(()),
    }
}

#[cfg(feature = "tls")]
fn certificates(tls: &super::RedisTls) -> Result<Certificates, RedisConfigError> {
    let read = |field, path: &Option<std::path::PathBuf>| {
        path.as_deref()
            .map(|path| read_file(field, path))
            .transpose()
    };
    let certificate = read("tls.cert_file", &tls.cert_file)?;
    let key = read("tls.key_file", &tls.key_file)?;
    let client_tls = match (certificate, key) {
        (Some(client_cert), Some(client_key)) => Some(redis::ClientTlsConfig {
            client_cert,
            client_key,
        }),
        (None, None) => None,
        _ => {
            let given = "one without the other".to_owned();
            let field = "tls.cert_file and tls.key_file";
            return Err(RedisConfigError::invalid(field, given, "both or none"));
        }
    };
    Ok(Certificates {
        client_tls,
        root_cert: read("tls.ca_file", &tls.ca_file)?,
    })
}

#[cfg(feature = "tls")]
fn read_file(field: &'static str, path: &std::path::Path) -> Result<Vec<u8>, RedisConfigError> {
    std::fs::read(path).map_err(|error| RedisConfigError::File {
        field,
        path: path.display().to_string(),
        problem: error.to_string(),
    })
}

#[cfg(not(feature = "tls"))]
fn certificates(_: &super::RedisTls) -> Result<Certificates, RedisConfigError> {
    Err(RedisConfigError::Feature {
        what: "TLS",
        feature: "tls",
    })
}
