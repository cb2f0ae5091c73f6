//! The address of Redis: one server, nodes of a cluster through which the others are found, or Sentinels that know
//! the current server.

use std::{fmt, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _,
    RedisConnectionInfo, RedisError, TlsMode,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster::{ClusterClient, ClusterClientBuilder},
    cluster_async::ClusterConnection,
    sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType},
};
use url::Url;

use crate::keys::Secret;

/// Most nodes of a cluster that may be named: the others are found through any of them.
const NODES_MAX: usize = 16;

/// Attempts at a command within a cluster that is being rearranged.
const CLUSTER_RETRIES: u32 = 3;

/// The shortest and the longest pause between these attempts, in milliseconds.
const CLUSTER_PAUSE: (u64, u64) = (10, 50);

const EXPECTED: &str = "expected redis:// or rediss:// and a host, such as rediss://user:password@host:6379/0; several by comma \
     (or redis-cluster://) are nodes of a cluster, redis-sentinel://host:26379/mymaster is a Sentinel";

/// The default port of Sentinels.
const SENTINEL_PORT: u16 = 26379;

/// The address of Redis, with user and password.
#[derive(Clone)]
pub struct RedisAddress {
    client: Either,
    /// The address as it was given.
    given: Secret,
    /// The address without user and password.
    shown: String,
}

#[derive(Clone)]
enum Either {
    Single(Box<Client>),
    Cluster(Box<ClusterClient>),
    Sentinel(Box<SentinelMaster>),
}

/// A server that Sentinels watch over.
#[derive(Clone)]
struct SentinelMaster {
    sentinels: Vec<ConnectionInfo>,
    /// The server's name at the Sentinels.
    master: String,
    /// User, password and TLS of the server.
    server: ConnectionInfo,
}

impl SentinelMaster {
    /// A client that asks the Sentinels anew each time, since the server may have changed.
    fn client(&self) -> Result<SentinelClient, RedisError> {
        let server = SentinelNodeConnectionInfo::default()
            .set_redis_connection_info(self.server.redis_settings().clone());
        let server = match self.server.addr() {
            ConnectionAddr::TcpTls { .. } => server.set_tls_mode(TlsMode::Secure),
            _ => server,
        };
        SentinelClient::build(self.sentinels.clone(), &self.master, Some(server), SentinelServerType::Master)
    }
}

/// An open connection. Clones share it, and are cheap.
#[derive(Clone)]
pub(super) enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl RedisAddress {
    /// Parses one address, or several by comma.
    ///
    /// # Errors
    /// A message without the given text, which may hold a password.
    pub fn parse(given: &str) -> Result<Self, String> {
        let nodes: Vec<Node> = given.split(',').map(|one| node(one.trim())).collect::<Result<_, _>>()?;
        if nodes.len() > NODES_MAX {
            return Err(format!("names more than {NODES_MAX} nodes; {EXPECTED}"));
        }
        if nodes.iter().any(|node| node.master.is_some()) {
            return sentinels(given, nodes);
        }
        let is_cluster = nodes.len() > 1 || nodes.iter().any(|node| node.of_cluster);
        let shown = nodes.iter().map(|node| node.shown.as_str()).collect::<Vec<_>>().join(",");
        let infos: Vec<ConnectionInfo> = nodes.into_iter().map(|node| node.info).collect();
        let unusable = |err: RedisError| format!("cannot be used ({err}); {EXPECTED}");
        let client = if is_cluster {
            if infos.iter().any(|info| info.redis_settings().db() != 0) {
                return Err(format!("names a database, and a cluster has one only; {EXPECTED}"));
            }
            let builder = ClusterClientBuilder::new(infos)
                .retries(CLUSTER_RETRIES)
                .min_retry_wait(CLUSTER_PAUSE.0)
                .max_retry_wait(CLUSTER_PAUSE.1);
            Either::Cluster(Box::new(builder.build().map_err(unusable)?))
        } else {
            let info = infos.into_iter().next().ok_or_else(|| format!("is empty; {EXPECTED}"))?;
            Either::Single(Box::new(Client::open(info).map_err(unusable)?))
        };
        Ok(Self { client, given: Secret::new(given), shown })
    }

    /// Whether both are the same address, password included.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.given == other.given
    }

    /// The servers to which the connection is not encrypted, without brackets.
    #[must_use]
    pub fn clear_text_hosts(&self) -> Vec<String> {
        let plain = self.shown.split(',').filter(|one| one.starts_with("redis://"));
        let hosts = plain
            .filter_map(|one| Some(Url::parse(one).ok()?.host_str()?.trim_matches(['[', ']']).to_owned()));
        hosts.collect()
    }

    pub(super) const fn is_cluster(&self) -> bool {
        matches!(self.client, Either::Cluster(_))
    }

    /// Opens a connection on which a command may take as long as `answer`. At most `pending` commands may be under
    /// way on it.
    pub(super) async fn open(
        &self,
        connect: Duration,
        answer: Duration,
        pending: usize,
    ) -> Result<Connection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(connect))
            .set_response_timeout(Some(answer))
            .set_concurrency_limit(pending);
        match &self.client {
            Either::Sentinel(watched) => {
                let mut client = watched.client()?;
                client.get_async_connection_with_config(&config).await.map(Connection::Single)
            }
            Either::Single(client) => {
                client.get_multiplexed_async_connection_with_config(&config).await.map(Connection::Single)
            }
            Either::Cluster(client) => {
                let config = redis::cluster::ClusterConfig::new()
                    .set_connection_timeout(connect)
                    .set_response_timeout(answer);
                client.get_async_connection_with_config(config).await.map(Connection::Cluster)
            }
        }
    }
}

impl Connection {
    pub(super) async fn send<T: redis::FromRedisValue>(
        &mut self,
        command: &redis::Cmd,
    ) -> Result<T, RedisError> {
        let value = match self {
            Self::Single(connection) => connection.req_packed_command(command).await?,
            Self::Cluster(connection) => connection.req_packed_command(command).await?,
        };
        Ok(redis::from_redis_value(value.extract_error()?)?)
    }
}

struct Node {
    info: ConnectionInfo,
    of_cluster: bool,
    /// The server's name at the Sentinels, where the address names one.
    master: Option<String>,
    shown: String,
}

fn sentinels(given: &str, nodes: Vec<Node>) -> Result<RedisAddress, String> {
    let shown = nodes.iter().map(|node| node.shown.as_str()).collect::<Vec<_>>().join(",");
    let mut watched: Option<SentinelMaster> = None;
    for Node { info, master, .. } in nodes {
        let Some(master) = master else {
            return Err(format!("names Sentinels and servers; {EXPECTED}"));
        };
        // User and password are for the server alone: the Sentinels are asked without them.
        let sentinel = info.clone().set_redis_settings(RedisConnectionInfo::default());
        match &mut watched {
            None => watched = Some(SentinelMaster { sentinels: vec![sentinel], master, server: info }),
            Some(first) if first.master == master => first.sentinels.push(sentinel),
            Some(_) => return Err(format!("names Sentinels of different servers; {EXPECTED}")),
        }
    }
    let watched = watched.ok_or_else(|| format!("is empty; {EXPECTED}"))?;
    Ok(RedisAddress { client: Either::Sentinel(Box::new(watched)), given: Secret::new(given), shown })
}

fn node(given: &str) -> Result<Node, String> {
    let not_one = || format!("is not an address of Redis; {EXPECTED}");
    let (scheme, rest) = given.split_once("://").ok_or_else(not_one)?;
    let (scheme, of_cluster) = match scheme.strip_suffix("-cluster") {
        Some(scheme) => (scheme, true),
        None => (scheme, false),
    };
    let (scheme, of_sentinel) = match scheme.strip_suffix("-sentinel") {
        Some(scheme) => (scheme, true),
        None => (scheme, false),
    };
    if !matches!(scheme, "redis" | "rediss") {
        return Err(not_one());
    }
    let mut url = Url::parse(&format!("{scheme}://{rest}")).map_err(|_| not_one())?;
    let Some(host) = url.host_str().filter(|host| !host.is_empty()) else { return Err(not_one()) };
    // A fragment would switch off the check of certificates.
    if url.fragment().is_some() || url.query().is_some() {
        return Err(format!("contains a query or a fragment; {EXPECTED}"));
    }
    let host = host.to_owned();
    let mut master = None;
    if of_sentinel {
        let name = url.path().trim_start_matches('/').to_owned();
        if name.is_empty() || name.contains(['/', '%']) {
            return Err(format!("does not say what the Sentinel calls the server; {EXPECTED}"));
        }
        master = Some(name);
        url.set_path("");
        if url.port().is_none() {
            url.set_port(Some(SENTINEL_PORT)).map_err(|()| not_one())?;
        }
    }
    let shown = format!("{scheme}://{host}{}", url.port().map(|port| format!(":{port}")).unwrap_or_default());
    let info = url.clone().into_connection_info().map_err(|_| not_one())?;
    Ok(Node { info, of_cluster, master, shown })
}

impl fmt::Display for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedisAddress").field(&self.shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_cluster(given: &str) -> bool {
        matches!(RedisAddress::parse(given).unwrap().client, Either::Cluster(_))
    }

    #[test]
    fn one_address_is_a_server_and_several_are_a_cluster() {
        for single in ["redis://localhost", "rediss://u:p@redis.example:6380/3", "redis://:p@[::1]:7000"] {
            assert!(!is_cluster(single), "{single}");
        }
        for cluster in
            ["redis://a,redis://b:7001", "redis-cluster://a", "rediss-cluster://:p@a, rediss://:p@b"]
        {
            assert!(is_cluster(cluster), "{cluster}");
        }
    }

    #[test]
    fn sentinels_share_a_name_for_the_server_and_are_asked_without_a_password() {
        let address =
            RedisAddress::parse("rediss-sentinel://u:p@a/main,rediss-sentinel://u:p@b:7000/main").unwrap();
        assert_eq!(address.to_string(), "rediss://a:26379,rediss://b:7000");
        let Either::Sentinel(watched) = address.client else { panic!("no Sentinel") };
        assert_eq!((watched.master.as_str(), watched.sentinels.len()), ("main", 2));
        assert!(watched.sentinels.iter().all(|sentinel| sentinel.redis_settings().password().is_none()));
        assert_eq!(watched.server.redis_settings().password(), Some("p"));
    }

    #[test]
    fn what_is_shown_of_an_address_has_no_password() {
        let address = RedisAddress::parse("rediss://user:hunter2@redis.example:6380/1").unwrap();
        assert_eq!(address.to_string(), "rediss://redis.example:6380");
        assert!(!format!("{address:?}").contains("hunter2"));
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        for wrong in [
            "",
            "localhost:6379",
            "http://hunter2@host",
            "redis://",
            "redis://u:hunter2@host/x",
            "rediss://u:hunter2@host#insecure",
            "redis://u:hunter2@host?protocol=3",
            "redis+sentinel://u:hunter2@host/master",
            "redis-sentinel://u:hunter2@host",
            "redis-sentinel://u:hunter2@a/one,redis-sentinel://u:hunter2@b/two",
            "redis-sentinel://u:hunter2@a/one,redis://u:hunter2@b",
            "redis://u:hunter2@a,redis://u:other@b",
            "redis://u:hunter2@a/1,redis://u:hunter2@b/1",
            "unix:///run/redis.sock",
        ] {
            let problem = RedisAddress::parse(wrong).unwrap_err();
            assert!(
                problem.contains("expected redis://") && !problem.contains("hunter2"),
                "{wrong}: {problem}"
            );
        }
    }
}
