//! `Connector`: makes connections, the same way for a server, a Sentinel and a cluster.

mod tls;

use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ErrorKind, FromRedisValue, IntoConnectionInfo as _,
    ProtocolVersion, PushInfo, RedisConnectionInfo, RedisError, RedisResult, TlsCertificates, TlsMode,
    aio::{MultiplexedConnection, PubSub},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
    io::tcp::TcpSettings,
    sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType},
};

use crate::{
    connection::Repeat,
    url::{Address, Credentials, Host, Topology, UrlError},
};

/// How often a cluster's client sends a command again: after a redirection, a lost connection, and while slots move. Not those
/// that must not be sent twice ([`Repeat`]).
const CLUSTER_RETRIES: u32 = 4;

/// Where to connect to, and how.
pub(crate) struct Connector {
    address: Address,
    certificates: TlsCertificates,
    timeout: Duration,
    /// What a cluster's client may do by itself.
    repeat: Repeat,
    /// One for each host of a single server or a cluster.
    clients: Vec<Client>,
    next_client: AtomicUsize,
}

/// A connection for commands. Cloned, it stays the same one.
#[derive(Clone)]
pub(crate) enum Connection {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Connector {
    /// Does no I/O.
    pub(crate) fn new(
        address: Address,
        certificates: TlsCertificates,
        timeout: Duration,
        repeat: Repeat,
    ) -> Result<Self, UrlError> {
        if address.tls {
            tls::check(certificates.root_cert.as_deref())?;
        }
        let mut connector =
            Self { address, certificates, timeout, repeat, clients: Vec::new(), next_client: AtomicUsize::new(0) };
        let clients = connector.address.hosts.iter().map(|host| connector.client(host));
        // Nothing but the certificates can be wrong now, and they were checked.
        connector.clients = clients.collect::<Result<_, _>>().map_err(|_| UrlError::CaInvalid)?;
        Ok(connector)
    }

    pub(crate) const fn is_cluster(&self) -> bool {
        matches!(self.address.topology, Topology::Cluster)
    }

    /// A connection for commands. `on_push` is told when it breaks; that of a cluster mends itself.
    pub(crate) async fn connect(
        &self,
        on_push: impl Fn(PushInfo) -> Result<(), redis::aio::SendError> + Send + Sync + 'static,
    ) -> RedisResult<Connection> {
        if self.is_cluster() {
            return Ok(Connection::Cluster(self.cluster_client()?.get_async_connection().await?));
        }
        let settings = AsyncConnectionConfig::new()
            // The caller limits both.
            .set_connection_timeout(None)
            .set_response_timeout(None)
            .set_push_sender(on_push);
        let client = self.master().await?;
        client.get_multiplexed_async_connection_with_config(&settings).await.map(Connection::Server)
    }

    /// A connection for subscriptions, to the master, or to one node of a cluster: a cluster passes messages to all nodes.
    pub(crate) async fn connect_for_subscriptions(&self) -> RedisResult<PubSub> {
        self.master().await?.get_async_pubsub().await
    }

    /// The one server, or the master that the sentinels name, or the next node of a cluster.
    async fn master(&self) -> RedisResult<Client> {
        if let Topology::Sentinel { master, credentials } = &self.address.topology {
            // A new client each time: the one of before knows sentinels that may be gone, too.
            return self.sentinel_client(master, credentials)?.async_get_client().await;
        }
        let next = self.next_client.fetch_add(1, Ordering::Relaxed);
        let client = self.clients.iter().cycle().nth(next % self.clients.len().max(1));
        client.cloned().ok_or_else(|| RedisError::from((ErrorKind::InvalidClientConfig, "there is no host")))
    }

    fn client(&self, host: &Host) -> RedisResult<Client> {
        let info = self.addr(host).into_connection_info()?.set_redis_settings(self.settings()).set_tcp_settings(tcp());
        if self.address.tls { Client::build_with_tls(info, self.certificates.clone()) } else { Client::open(info) }
    }

    fn sentinel_client(&self, master: &str, sentinel: &Credentials) -> RedisResult<SentinelClient> {
        let sentinels = self.address.hosts.iter().map(|host| self.addr(host));
        let mut builder = SentinelClientBuilder::new(sentinels, master, SentinelServerType::Master)?
            .set_client_to_redis_protocol(ProtocolVersion::RESP3)
            .set_client_to_redis_db(self.address.database)
            .set_client_to_redis_tcp_settings(tcp())
            .set_client_to_sentinel_tcp_settings(tcp());
        let server = &self.address.credentials;
        if let Some(user) = &server.user {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = &server.password {
            builder = builder.set_client_to_redis_password(password.expose());
        }
        if let Some(user) = &sentinel.user {
            builder = builder.set_client_to_sentinel_username(user);
        }
        if let Some(password) = &sentinel.password {
            builder = builder.set_client_to_sentinel_password(password.expose());
        }
        if self.address.tls {
            builder = builder
                .set_client_to_redis_tls_mode(TlsMode::Secure)
                .set_client_to_redis_certificates(self.certificates.clone())
                .set_client_to_sentinel_tls_mode(TlsMode::Secure)
                .set_client_to_sentinel_certificates(self.certificates.clone());
        }
        builder.build()
    }

    fn cluster_client(&self) -> RedisResult<ClusterClient> {
        let nodes = self.clients.iter().map(|client| client.get_connection_info().clone());
        let mut builder = ClusterClient::builder(nodes)
            .use_protocol(ProtocolVersion::RESP3)
            .tcp_settings(tcp())
            .retries(if self.repeat == Repeat::Harmless { CLUSTER_RETRIES } else { 0 })
            // A part of the whole, so that a node that is gone costs one attempt and not the call.
            .connection_timeout(self.timeout / 2)
            .response_timeout(self.timeout / 2)
            .overall_response_timeout(Some(self.timeout));
        if self.address.tls {
            builder = builder.tls(TlsMode::Secure).certs(self.certificates.clone());
        }
        builder.build()
    }

    fn addr(&self, host: &Host) -> ConnectionAddr {
        if self.address.tls {
            ConnectionAddr::TcpTls { host: host.name.clone(), port: host.port, insecure: false, tls_params: None }
        } else {
            ConnectionAddr::Tcp(host.name.clone(), host.port)
        }
    }

    fn settings(&self) -> RedisConnectionInfo {
        // RESP3 tells at once when a connection breaks; `CLIENT SETINFO` would need a permission more.
        let mut settings = RedisConnectionInfo::default()
            .set_protocol(ProtocolVersion::RESP3)
            .set_db(self.address.database)
            .set_skip_set_lib_name();
        if let Some(user) = &self.address.credentials.user {
            settings = settings.set_username(user);
        }
        if let Some(password) = &self.address.credentials.password {
            settings = settings.set_password(password.expose());
        }
        settings
    }
}

/// Nagle's algorithm makes small commands wait for the acknowledgment of earlier ones.
fn tcp() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

impl Connection {
    pub(crate) async fn query<T: FromRedisValue>(&mut self, command: &Cmd) -> RedisResult<T> {
        match self {
            Self::Server(connection) => command.query_async(connection).await,
            Self::Cluster(connection) => command.query_async(connection).await,
        }
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}
