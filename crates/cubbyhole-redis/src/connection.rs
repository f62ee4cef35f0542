//! Connections: one for commands, and one to each server for messages.

#[cfg(feature = "cluster")]
mod cluster;
#[cfg(feature = "sentinel")]
mod sentinel;

use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection, PubSubSink, PubSubStream};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, Pipeline, RedisFuture, RedisResult, Value,
};

use crate::config::{Certificates, Endpoint, Servers};

/// Where commands go.
#[derive(Clone)]
pub(crate) enum Commands {
    One(MultiplexedConnection),
    #[cfg(feature = "cluster")]
    Cluster(redis::cluster_async::ClusterConnection),
}

/// Where messages come from.
pub(crate) struct Link {
    pub(crate) sink: PubSubSink,
    pub(crate) stream: PubSubStream,
}

/// All that was connected at one time.
pub(crate) struct Session {
    pub(crate) commands: Commands,
    pub(crate) links: Vec<Link>,
    /// Which servers these are, and in which of their lives: when one is another, it may not know what was said last.
    pub(crate) lives: String,
    /// Where the servers are.
    pub(crate) addresses: Vec<String>,
}

/// How long things may take.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    pub(crate) call: Duration,
}

impl Limits {
    fn config(self) -> AsyncConnectionConfig {
        AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect))
            .set_response_timeout(Some(self.call))
    }
}

impl Endpoint {
    /// Connects to everything, and subscribes. The caller limits the time.
    pub(crate) async fn connect(&self, channel: &str, limits: Limits) -> RedisResult<Session> {
        match &self.servers {
            Servers::One(info) => {
                let client = self.client(info.clone())?;
                Session::with_one(client, channel, limits).await
            }
            #[cfg(feature = "cluster")]
            Servers::Cluster(nodes) => self.connect_cluster(nodes, channel, limits).await,
            #[cfg(feature = "sentinel")]
            Servers::Sentinel(sentinels) => {
                let client = self.master(sentinels).await?;
                Session::with_one(client, channel, limits).await
            }
        }
    }

    /// Says where the servers are now, if that can change without a connection being lost.
    pub(crate) async fn addresses(&self, commands: &Commands) -> RedisResult<Option<Vec<String>>> {
        match (&self.servers, commands) {
            #[cfg(feature = "cluster")]
            (Servers::Cluster(_), Commands::Cluster(connection)) => {
                let primaries = cluster::primaries(&mut connection.clone()).await?;
                Ok(Some(cluster::addresses(&primaries)))
            }
            #[cfg(feature = "sentinel")]
            (Servers::Sentinel(sentinels), _) => {
                let client = self.master(sentinels).await?;
                Ok(Some(vec![address(&client)]))
            }
            _ => Ok(None),
        }
    }

    fn client(&self, info: ConnectionInfo) -> RedisResult<Client> {
        match &self.certificates {
            None => Client::open(info),
            Some(certificates) => with_certificates(info, certificates),
        }
    }
}

#[cfg(feature = "tls")]
fn with_certificates(info: ConnectionInfo, certificates: &Certificates) -> RedisResult<Client> {
    Client::build_with_tls(info, certificates.clone())
}

#[cfg(not(feature = "tls"))]
const fn with_certificates(_: ConnectionInfo, never: &Certificates) -> RedisResult<Client> {
    match *never {}
}

impl Session {
    async fn with_one(client: Client, channel: &str, limits: Limits) -> RedisResult<Self> {
        let mut connection = open(&client, limits).await?;
        let link = Link::open(&client, channel).await?;
        Ok(Self {
            lives: life(&mut connection).await?,
            commands: Commands::One(connection),
            links: vec![link],
            addresses: vec![address(&client)],
        })
    }
}

impl Link {
    async fn open(client: &Client, channel: &str) -> RedisResult<Self> {
        let mut messages = client.get_async_pubsub().await?;
        messages.subscribe(channel).await?;
        let (sink, stream) = messages.split();
        Ok(Self { sink, stream })
    }
}

async fn open(client: &Client, limits: Limits) -> RedisResult<MultiplexedConnection> {
    let config = limits.config();
    client
        .get_multiplexed_async_connection_with_config(&config)
        .await
}

fn address(client: &Client) -> String {
    client.get_connection_info().addr().to_string()
}

/// Asks a server which of its lives this is: the number is another after each start.
async fn life(connection: &mut MultiplexedConnection) -> RedisResult<String> {
    let info: String = redis::cmd("INFO")
        .arg("server")
        .query_async(connection)
        .await?;
    let life = info.lines().find_map(|line| line.strip_prefix("run_id:"));
    Ok(life.unwrap_or_default().trim().to_owned())
}

impl ConnectionLike for Commands {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(connection) => connection.req_packed_command(cmd),
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => connection.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(connection) => connection.req_packed_commands(pipeline, offset, count),
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(connection) => connection.get_db(),
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}

impl std::fmt::Debug for Commands {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Commands")
    }
}
