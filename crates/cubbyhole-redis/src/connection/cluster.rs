//! A cluster: commands go where their keys are, and messages are heard from every primary.
//!
//! A message is sent to the whole cluster, but between its nodes it may be lost without anybody noticing. So each
//! primary is listened to: what a script says on a server is heard by those who listen there for as long as their
//! connection stands.

use redis::aio::ConnectionLike;
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::{ConnectionAddr, ConnectionInfo, RedisResult, Value};

use super::{Commands, Endpoint, Limits, Link, Session, life, open};

/// A primary: its host, which is empty if it is that of whoever was asked, and its port.
pub(super) type Primary = (String, u16);

/// How often a command is sent again because keys have moved.
const RETRIES: u32 = 3;

impl Endpoint {
    pub(super) async fn connect_cluster(
        &self,
        nodes: &[ConnectionInfo],
        channel: &str,
        limits: Limits,
    ) -> RedisResult<Session> {
        let mut connection = self.cluster_connection(nodes, limits).await?;
        let primaries = primaries(&mut connection).await?;
        let mut links = Vec::new();
        let mut lives = Vec::new();
        for primary in &primaries {
            let client = self.client(like(nodes, primary)?)?;
            links.push(Link::open(&client, channel).await?);
            lives.push(life(&mut open(&client, limits).await?).await?);
        }
        lives.sort_unstable();
        Ok(Session {
            commands: Commands::Cluster(connection),
            links,
            lives: lives.join(","),
            addresses: addresses(&primaries),
        })
    }

    async fn cluster_connection(
        &self,
        nodes: &[ConnectionInfo],
        limits: Limits,
    ) -> RedisResult<ClusterConnection> {
        let builder = ClusterClientBuilder::new(nodes.iter().cloned())
            .retries(RETRIES)
            .min_retry_wait(5)
            .max_retry_wait(50)
            .connection_timeout(limits.connect)
            .response_timeout(limits.call);
        let client = self.trusting_cluster(builder).build()?;
        client.get_async_connection().await
    }

    #[cfg(feature = "tls")]
    fn trusting_cluster(&self, builder: ClusterClientBuilder) -> ClusterClientBuilder {
        match &self.certificates {
            None => builder,
            Some(certificates) => builder.certs(certificates.clone()),
        }
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    fn trusting_cluster(&self, builder: ClusterClientBuilder) -> ClusterClientBuilder {
        builder
    }
}

/// How a primary is reached: as the nodes that were named, but elsewhere.
fn like(nodes: &[ConnectionInfo], (host, port): &Primary) -> RedisResult<ConnectionInfo> {
    let Some(named) = nodes.first() else {
        return Err(misunderstood());
    };
    let address = match named.addr().clone() {
        ConnectionAddr::TcpTls {
            host: own,
            insecure,
            tls_params,
            ..
        } => ConnectionAddr::TcpTls {
            host: first_of(host, own),
            port: *port,
            insecure,
            tls_params,
        },
        ConnectionAddr::Tcp(own, _) => ConnectionAddr::Tcp(first_of(host, own), *port),
        _ => return Err(misunderstood()),
    };
    Ok(named.clone().set_addr(address))
}

fn first_of(host: &str, own: String) -> String {
    if host.is_empty() {
        own
    } else {
        host.to_owned()
    }
}

/// Asks for the primaries, each once, in order.
pub(super) async fn primaries(connection: &mut impl ConnectionLike) -> RedisResult<Vec<Primary>> {
    let mut cmd = redis::cmd("CLUSTER");
    let slots = connection.req_packed_command(cmd.arg("SLOTS")).await?;
    let Value::Array(ranges) = slots else {
        return Err(misunderstood());
    };
    let mut primaries: Vec<Primary> = ranges.iter().filter_map(primary).collect();
    primaries.sort_unstable();
    primaries.dedup();
    if primaries.is_empty() {
        return Err(misunderstood());
    }
    Ok(primaries)
}

/// Reads one range of slots: its ends, its primary, its replicas.
fn primary(range: &Value) -> Option<Primary> {
    let Value::Array(range) = range else {
        return None;
    };
    let Value::Array(node) = range.get(2)? else {
        return None;
    };
    let host = match node.first()? {
        Value::BulkString(host) => String::from_utf8_lossy(host).into_owned(),
        _ => String::new(),
    };
    let Value::Int(port) = node.get(1)? else {
        return None;
    };
    Some((host, u16::try_from(*port).ok()?))
}

pub(super) fn addresses(primaries: &[Primary]) -> Vec<String> {
    let address = |(host, port): &Primary| format!("{host}:{port}");
    primaries.iter().map(address).collect()
}

fn misunderstood() -> redis::RedisError {
    let kind = redis::ErrorKind::UnexpectedReturnType;
    (kind, "the cluster does not say where its primaries are").into()
}
